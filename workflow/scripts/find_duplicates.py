"""List the unique observables of each calorimeter, and the duplicates with what they equal and why."""

import argparse
import json
import logging

import numpy as np
import pyarrow as pa

from leptonid.efp.catalogue import graphs_from_table
from leptonid.efp.duplicates import SCHEMA, numerical_duplicates, unique_observables
from leptonid.errors import clear_errors
from leptonid.storage import metadata_of, read_feather, write_feather

logger = logging.getLogger(__name__)


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
    parser.add_argument("--settings", type=json.loads, required=True, help="JSON: kappas, betas, tolerance")
    parser.add_argument("--unique", required=True, help="table of unique observables (Feather)")
    parser.add_argument("--duplicates", required=True, help="table of duplicates (Feather)")
    args = parser.parse_args(argv)

    settings = args.settings
    graphs = graphs_from_table(read_feather(args.graphs))
    _, algebraic = unique_observables(graphs, settings["kappas"], settings["betas"])
    unique_rows, duplicate_rows = [], []
    metadata = {"tolerance": f"{settings['tolerance']:g}"}
    for path in args.tables:
        table = read_feather(path).drop_columns("event")
        source = metadata_of(table)
        calorimeter = source["calorimeter"]
        values = np.column_stack([column.to_numpy() for column in table.columns])
        numerical = numerical_duplicates(table.column_names, values, settings["tolerance"])
        dropped = {duplicate.observable for duplicate in numerical}
        kept = [name for name in table.column_names if name not in dropped]
        unique_rows += [{"calorimeter": calorimeter, "observable": name} for name in kept]
        duplicate_rows += [
            {"calorimeter": calorimeter, **duplicate._asdict()} for duplicate in (*algebraic, *numerical)
        ]
        metadata[f"{calorimeter}_judged_on"] = (
            f"{len(table)} events of {source['split']}, chunk {source['chunk']}"
        )
        logger.info(
            "%s: %d unique; %d algebraic and %d numerical duplicates or constants, judged on %s",
            calorimeter, len(kept), len(algebraic), len(numerical), metadata[f"{calorimeter}_judged_on"],
        )  # fmt: skip
    columns = [SCHEMA.field("calorimeter"), SCHEMA.field("observable")]
    write_feather(pa.Table.from_pylist(unique_rows, schema=pa.schema(columns)), args.unique, metadata)
    write_feather(pa.Table.from_pylist(duplicate_rows, schema=SCHEMA), args.duplicates, metadata)


if __name__ == "__main__":
    with clear_errors():
        main()
