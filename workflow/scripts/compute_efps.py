"""Compute the Energy Flow Polynomials of one chunk of the events of a split, on one calorimeter."""

import argparse
import json
import logging

import pyarrow as pa

from leptonid.efp.catalogue import graphs_from_table
from leptonid.efp.engine import compute
from leptonid.efp.tables import chunk_of, point_clouds, write_efps
from leptonid.errors import clear_errors
from leptonid.storage import metadata_of, read_feather

logger = logging.getLogger(__name__)


def main(argv: list[str] | None = None) -> None:
    """Run the program."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--graphs", required=True, help="table of graphs (Feather)")
    parser.add_argument(
        "--cells", required=True, help="table of cells of one calorimeter and split (Feather)"
    )
    parser.add_argument("--chunk", type=int, required=True, help="number of the chunk, from 0")
    parser.add_argument(
        "--settings",
        type=json.loads,
        required=True,
        help="JSON: kappas, betas, coordinates, chunks (of this split)",
    )
    parser.add_argument("--output", required=True, help="table with one column per observable (Feather)")
    args = parser.parse_args(argv)

    settings = args.settings
    cells = chunk_of(read_feather(args.cells), args.chunk, settings["chunks"])
    graphs = graphs_from_table(read_feather(args.graphs))
    logger.info("%d graphs on %d events", len(graphs), len(cells))
    values = compute(
        point_clouds(cells, settings["coordinates"]), graphs, settings["kappas"], settings["betas"]
    )
    table = pa.Table.from_pandas(values, preserve_index=False)
    table = table.add_column(0, "event", cells["event"])
    write_efps(table, args.output, {**metadata_of(cells), "chunk": str(args.chunk)})
    logger.info("%d observables", values.shape[1])


if __name__ == "__main__":
    with clear_errors():
        main()
