"""Write the non-empty cells of one calorimeter's images, one row per event of a split."""

import logging

from leptonid.data.receipt import verify_sources
from leptonid.data.splits import write_cell_table
from leptonid.errors import clear_errors
from leptonid.options import program
from leptonid.study.layout import LABEL, Grid
from leptonid.study.paths import SPLITS
from leptonid.study.sources import Reading

logger = logging.getLogger(__name__)


def main(argv: list[str] | None = None) -> None:
    """Run the program."""
    parser = program(
        __doc__, settings="sources (files of the split), image (its grid), label (group), reading"
    )
    parser.add_argument("--receipt", required=True, help="receipt of check_events.py (JSON)")
    parser.add_argument("--split", choices=SPLITS, required=True)
    parser.add_argument("--output", required=True, help="table of cells (Feather)")
    args = parser.parse_args(argv)

    verify_sources(args.settings["sources"], args.split, args.receipt)
    grid = Grid(**args.settings["image"])
    sources, label = args.settings["sources"], {LABEL: args.settings["label"]}
    reading = Reading.from_settings(args.settings["reading"])
    events, cells = write_cell_table(sources, args.split, grid, args.output, label, reading)
    logger.info("%s, %s: %d events, %.1f cells each", grid.calorimeter, args.split, events, cells / events)


if __name__ == "__main__":
    with clear_errors():
        main()
