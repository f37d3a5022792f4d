"""List the unique observables of each calorimeter, and the duplicates with what they equal and why."""

import argparse
import json
import logging

import numpy as np
import pyarrow as pa

from leptonid.efp.duplicates import unique_observables
from leptonid.efp.graphs import graphs_from_table
from leptonid.efp.numerical import SCHEMA, confirm, numerical_duplicates
from leptonid.efp.tables import point_clouds, read_columns
from leptonid.errors import clear_errors
from leptonid.storage import matching, read_feather, read_metadata, read_schema, write_feather

logger = logging.getLogger(__name__)

# EnergyFlow takes a millisecond for each.
CONFIRMED_ON = 200


def main(argv: list[str] | None = None) -> None:
    """Run the program."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--graphs", required=True, help="table of graphs (Feather)")
    parser.add_argument(
        "--tables",
        nargs="+",
        required=True,
        help="one EFP table per calorimeter, on which values are compared",
    )
    parser.add_argument("--cells", nargs="+", required=True, help="the tables of cells that they are from")
    parser.add_argument(
        "--settings",
        type=json.loads,
        required=True,
        help="JSON: calorimeters, each with its kappas and betas; coordinates, tolerance",
    )
    parser.add_argument("--unique", required=True, help="table of unique observables (Feather)")
    parser.add_argument("--duplicates", required=True, help="table of duplicates (Feather)")
    args = parser.parse_args(argv)

    settings, tolerance = args.settings, args.settings["tolerance"]
    all_graphs = read_feather(args.graphs)
    unique_rows, duplicate_rows = [], []
    metadata = {"tolerance": f"{tolerance:g}"}
    for path in args.tables:
        place = read_metadata(path)
        calorimeter = place["calorimeter"]
        graphs = graphs_from_table(all_graphs, calorimeter)
        _, algebraic = unique_observables(graphs, **settings["calorimeters"][calorimeter])
        names, values, events = _read_table(path)
        numerical = numerical_duplicates(names, values, tolerance)

        few = events[:CONFIRMED_ON]
        (cells,) = matching(args.cells, calorimeter=calorimeter, split=place["split"])
        clouds = point_clouds(read_feather(cells).take(few), settings["coordinates"])
        computed = {name: row[: len(few)] for name, row in zip(names, values, strict=True)}
        confirm(algebraic, graphs, clouds, computed, tolerance)

        dropped = {duplicate.observable for duplicate in numerical}
        kept = [name for name in names if name not in dropped]
        unique_rows += [{"calorimeter": calorimeter, "observable": name} for name in kept]
        for duplicates, count in ((algebraic, len(few)), (numerical, len(events))):
            judged = {
                "calorimeter": calorimeter,
                "tolerance": tolerance,
                "sample": f"{count} events of {place['split']}, chunk {place['chunk']}",
            }
            duplicate_rows += [{**judged, **duplicate._asdict()} for duplicate in duplicates]
        metadata[f"{calorimeter}_judged_on"] = judged["sample"]
        logger.info(
            "%s: %d unique; %d algebraic duplicates, %d numerical ones or constants, judged on %s",
            calorimeter, len(kept), len(algebraic), len(numerical), judged["sample"],
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


if __name__ == "__main__":
    with clear_errors():
        main()
