"""Make a sample of the candidates of Delphes files: splits, matched spectra, weights, in one HDF5 file."""

import logging

from leptonid.data.delphes.parts import read_parts
from leptonid.data.delphes.sample import Settings, make_sample
from leptonid.data.hdf5 import write_events
from leptonid.errors import clear_errors
from leptonid.options import program

logger = logging.getLogger(__name__)

# Of the images, which take longer to compress well than to make.
COMPRESSION = 4


def main(argv: list[str] | None = None) -> None:
    """Read the parts, make the sample and write it."""
    parser = program(__doc__, settings="events, min_pt, granularity, matching, event_weights, seed")
    parser.add_argument("--parts", nargs="+", required=True, help="files made by read_delphes.py")
    parser.add_argument("--output", required=True, help="events (HDF5)")
    args = parser.parse_args(argv)

    groups, attributes = make_sample(read_parts(args.parts), Settings(**args.settings))
    write_events(args.output, groups, attributes, compression=COMPRESSION)
    logger.info("%s: %d events", args.output, sum(map(len, groups["y"].values())))


if __name__ == "__main__":
    with clear_errors():
        main()
