"""Select the graphs whose Energy Flow Polynomials are computed, for one or several calorimeters."""

import logging

from leptonid.efp.catalogue import select_graphs
from leptonid.efp.graphs import graph_table
from leptonid.errors import clear_errors
from leptonid.options import program
from leptonid.tables.feather import write_feather

logger = logging.getLogger(__name__)


def main(argv: list[str] | None = None) -> None:
    """Run the program."""
    parser = program(__doc__, settings="graphs of calorimeters (lists of EnergyFlow selections)")
    parser.add_argument("--output", required=True, help="table of graphs to write (Feather)")
    args = parser.parse_args(argv)

    # The settings do not say which of the two keys a selection comes from, so that moving it from one to the
    # other reruns nothing.
    graphs = {
        calorimeter: select_graphs(selections, key=f"efp.graphs or efp.overrides.{calorimeter}.graphs")
        for calorimeter, selections in args.settings["graphs"].items()
    }
    table = graph_table(graphs)
    write_feather(table, args.output)
    logger.info("%d graphs", len(table))


if __name__ == "__main__":
    with clear_errors():
        main()
