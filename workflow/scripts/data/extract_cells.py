"""Write the non-empty cells of one calorimeter's images, one row per event of a split."""

import logging

from leptonid.data.receipt import verify_sources
from leptonid.data.splits import write_cell_table
from leptonid.errors import clear_errors
from leptonid.options import program
from leptonid.study.layout import Grid
from leptonid.study.paths import SPLITS

logger = logging.getLogger(__name__)


def main(argv: list[str] | None = None) -> None:
    """Run the program."""
    parser = program(__doc__, settings="sources (HDF5 files of the split), image (its grid)")
    parser.add_argument("--receipt", required=True, help="receipt of check_events.py (JSON)")
    parser.add_argument("--split", choices=SPLITS, required=True)
    parser.add_argument("--output", required=True, help="table of cells (Feather)")
    args = parser.parse_args(argv)

    verify_sources(args.settings["sources"], args.split, args.receipt)
    grid = Grid(**args.settings["image"])
    events, cells = write_cell_table(args.settings["sources"], args.split, grid, args.output)
    logger.info("%s, %s: %d events, %.1f cells each", grid.calorimeter, args.split, events, cells / events)


if __name__ == "__main__":
    with clear_errors():
        main()
