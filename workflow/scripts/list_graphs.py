"""List the graphs whose Energy Flow Polynomials are to be computed, and by which calorimeter."""

import argparse
import json
import logging

from leptonid.efp.catalogue import select_graphs
from leptonid.efp.graphs import graph_table
from leptonid.errors import clear_errors
from leptonid.storage import write_feather

logger = logging.getLogger(__name__)


def main(argv: list[str] | None = None) -> None:
    """Run the program."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "--settings",
        type=json.loads,
        required=True,
        help="JSON: calorimeters, each with its graphs (EnergyFlow selections)",
    )
    parser.add_argument("--output", required=True, help="table of graphs (Feather)")
    args = parser.parse_args(argv)

    # Which of the two keys it is stays out of the settings, as moving a selection from one to the other
    # is to rerun nothing.
    table = graph_table(
        {
            name: select_graphs(settings["graphs"], key=f"efp.graphs or efp.overrides.{name}.graphs")
            for name, settings in args.settings["calorimeters"].items()
        }
    )
    write_feather(table, args.output)
    logger.info("%d graphs", len(table))


if __name__ == "__main__":
    with clear_errors():
        main()
