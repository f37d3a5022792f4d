"""Compute the scalars of the images of one split: sums of ET, numbers of cells, largest cells, girths."""

import logging

import numpy as np
import pyarrow as pa

from leptonid.data.scalars import image_scalars
from leptonid.errors import InputError, clear_errors
from leptonid.options import program
from leptonid.study.features import Column
from leptonid.study.layout import Grid
from leptonid.study.paths import SPLITS
from leptonid.tables.cells import ROWS_AT_ONCE, read_cells
from leptonid.tables.feather import tables_with, write_feather
from leptonid.tables.flat import TABLE
from leptonid.tables.slices import slices

logger = logging.getLogger(__name__)


def main(argv: list[str] | None = None) -> None:
    """Run the program."""
    parser = program(__doc__, settings="images (grid of each calorimeter)")
    parser.add_argument(
        "--cells", nargs="+", required=True, help="tables of cells of all calorimeters (Feather)"
    )
    parser.add_argument("--split", choices=SPLITS, required=True)
    parser.add_argument("--output", required=True, help="table of scalars to write (Feather)")
    args = parser.parse_args(argv)

    event, columns = None, {}
    for calorimeter, settings in args.settings["images"].items():
        grid = Grid(**settings)
        (path,) = tables_with(args.cells, split=args.split, calorimeter=calorimeter)
        found, images = read_cells(path, grid)
        if event is not None and not np.array_equal(event, found):
            raise InputError(f"{path}: its {len(found)} events are not those of {args.cells[0]}")
        event = found
        parts = [image_scalars(images.take(rows), grid) for rows in slices(len(images), ROWS_AT_ONCE)]
        columns |= {
            str(Column(calorimeter, name)): np.concatenate([part[name] for part in parts])
            for name in parts[0]
        }
    write_feather(pa.table({"event": event, **columns}), args.output, {"split": args.split, TABLE: "scalars"})
    logger.info("%s: %d scalars of %d events", args.split, len(columns), len(event))


if __name__ == "__main__":
    with clear_errors():
        main()
