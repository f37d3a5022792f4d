"""Write the non-empty cells of one calorimeter's images, one row per event of a split."""

import argparse
import logging

from leptonid.calorimeter import GRIDS
from leptonid.data.splits import cell_table
from leptonid.errors import clear_errors
from leptonid.storage import SPLITS, write_feather

logger = logging.getLogger(__name__)


def main(argv: list[str] | None = None) -> None:
    """Run the program."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--events", required=True, help="checked events (HDF5)")
    parser.add_argument("--calorimeter", choices=sorted(GRIDS), required=True)
    parser.add_argument("--split", choices=SPLITS, required=True)
    parser.add_argument("--output", required=True, help="table of cells (Feather)")
    args = parser.parse_args(argv)

    table = cell_table(args.events, GRIDS[args.calorimeter], args.split)
    write_feather(table, args.output)
    cells = len(table["cell"].combine_chunks().flatten())
    logger.info(
        "%s, %s: %d events, %.1f cells each", args.calorimeter, args.split, len(table), cells / len(table)
    )


if __name__ == "__main__":
    with clear_errors():
        main()
