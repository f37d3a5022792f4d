"""Image the electrons in one part of a ROOT file that Delphes wrote: the hardest of each event."""

import logging

from leptonid.data.delphes.candidates import read_candidates
from leptonid.data.delphes.parts import Part, write_part
from leptonid.errors import clear_errors
from leptonid.options import program

logger = logging.getLogger(__name__)


def main(argv: list[str] | None = None) -> None:
    """Read the part and write its candidates."""
    parser = program(
        __doc__,
        settings="path, label (signal, background), file (its number), part, parts, min_pt (GeV), "
        "granularity (strict, overlap)",
    )
    parser.add_argument("--output", required=True, help="candidates of the part (HDF5)")
    args = parser.parse_args(argv)

    settings = args.settings
    numbers = (settings["part"], settings["parts"])
    groups, entries, drops = read_candidates(
        settings["path"], *numbers, settings["min_pt"], settings["granularity"]
    )
    part = Part(settings["label"], settings["file"], *numbers, groups, entries, drops)
    write_part(args.output, part)
    logger.info("%s: %d candidates of %d events", args.output, len(part), entries)


if __name__ == "__main__":
    with clear_errors():
        main()
