"""List the unique observables of every calorimeter, and the duplicates with the observables they equal."""

import logging

import numpy as np
import pyarrow as pa

from leptonid.efp.duplicates import unique_observables
from leptonid.efp.graphs import graphs_from_table
from leptonid.efp.numerical import SCHEMA, confirm, numerical_duplicates
from leptonid.efp.tables import read_columns
from leptonid.errors import InputError, clear_errors
from leptonid.options import program
from leptonid.study.layout import Grid
from leptonid.tables.cells import pixel_positions, read_cells
from leptonid.tables.feather import read_feather, read_metadata, read_schema, tables_with, write_feather

logger = logging.getLogger(__name__)

# Events on which algebraic duplicates are confirmed: EnergyFlow takes about a millisecond per event.
CONFIRMATION_EVENTS = 200


def main(argv: list[str] | None = None) -> None:
    """Run the program."""
    parser = program(
        __doc__,
        settings="images (grids) and exponents (kappas, betas) of calorimeters; coordinates, tolerance",
    )
    parser.add_argument("--graphs", required=True, help="table of graphs (Feather)")
    parser.add_argument("--tables", nargs="+", required=True, help="one EFP table per calorimeter")
    parser.add_argument("--cells", nargs="+", required=True, help="the tables of cells behind them")
    parser.add_argument("--unique", required=True, help="table of unique observables to write (Feather)")
    parser.add_argument("--duplicates", required=True, help="table of duplicates to write (Feather)")
    args = parser.parse_args(argv)

    settings, tolerance = args.settings, args.settings["tolerance"]
    all_graphs = read_feather(args.graphs)
    unique_rows, duplicate_rows = [], []
    metadata = {"tolerance": f"{tolerance:g}"}
    for path in args.tables:
        place = read_metadata(path)
        calorimeter = place["calorimeter"]
        graphs = graphs_from_table(all_graphs, calorimeter)
        _, algebraic = unique_observables(graphs, **settings["exponents"][calorimeter])
        names, values, events = _read_table(path)
        numerical = numerical_duplicates(names, values, tolerance)

        first = events[:CONFIRMATION_EVENTS]
        (cells,) = tables_with(args.cells, calorimeter=calorimeter, split=place["split"])
        clouds = _read_clouds(cells, Grid(**settings["images"][calorimeter]), settings["coordinates"], first)
        first_values = {name: row[: len(first)] for name, row in zip(names, values, strict=True)}
        confirm(algebraic, graphs, clouds, first_values, tolerance)

        dropped = {duplicate.observable for duplicate in numerical}
        kept = [name for name in names if name not in dropped]
        unique_rows += [{"calorimeter": calorimeter, "observable": name} for name in kept]
        for duplicates, count in ((algebraic, len(first)), (numerical, len(events))):
            sample = f"{count} events of {place['split']}, chunk {place['chunk']}"
            common = {"calorimeter": calorimeter, "tolerance": tolerance, "sample": sample}
            duplicate_rows += [{**common, **duplicate._asdict()} for duplicate in duplicates]
        metadata[f"{calorimeter}_judged_on"] = sample
        logger.info(
            "%s: %d unique; %d algebraic duplicates, %d numerical duplicates or constants, judged on %s",
            calorimeter, len(kept), len(algebraic), len(numerical), sample,
        )  # fmt: skip
    columns = [SCHEMA.field("calorimeter"), SCHEMA.field("observable")]
    write_feather(pa.Table.from_pylist(unique_rows, schema=pa.schema(columns)), args.unique, metadata)
    write_feather(pa.Table.from_pylist(duplicate_rows, schema=SCHEMA), args.duplicates, metadata)


def _read_table(path: str) -> tuple[list[str], np.ndarray, np.ndarray]:
    """Return the observables of an EFP table, their values, shape (observables, events), and its events."""
    events = read_feather(path, ["event"])["event"].to_numpy()
    names = [name for name in read_schema(path).names if name != "event"]
    values = np.empty((len(names), len(events)))
    for row, column in enumerate(read_columns(path, names)):
        values[row] = column.to_numpy()
    return names, values, events


def _read_clouds(cells: str, grid: Grid, coordinates: str, events: np.ndarray) -> list[np.ndarray]:
    """Return the point clouds of consecutive events of a table of cells."""
    cell_events, images = read_cells(cells, grid, rows=slice(int(events[0]), int(events[-1]) + 1))
    if not np.array_equal(cell_events, events):
        raise InputError(f"{cells}: its events are not those of the EFP tables; run again to recreate them")
    return images.point_clouds(pixel_positions(grid, coordinates))


if __name__ == "__main__":
    with clear_errors():
        main()
