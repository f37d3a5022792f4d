"""List the graphs whose Energy Flow Polynomials are to be computed."""

import argparse
import json
import logging

from leptonid.efp.catalogue import graph_table, select_graphs
from leptonid.errors import clear_errors
from leptonid.storage import write_feather

logger = logging.getLogger(__name__)


def main(argv: list[str] | None = None) -> None:
    """Run the program."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "--settings", type=json.loads, required=True, help="JSON: graphs (EnergyFlow selections)"
    )
    parser.add_argument("--output", required=True, help="table of graphs (Feather)")
    args = parser.parse_args(argv)

    graphs = select_graphs(args.settings["graphs"])
    write_feather(graph_table(graphs), args.output)
    logger.info("%d graphs", len(graphs))


if __name__ == "__main__":
    with clear_errors():
        main()
