"""Draw a guided search: AUC and ADO by pass, distributions and correlations of the chosen observables."""

import argparse

from leptonid.errors import clear_errors
from leptonid.figures.search import read_chosen, read_graphs, read_search, read_variables
from leptonid.figures.search_correlations import correlations_figure
from leptonid.figures.search_distributions import distributions_figure
from leptonid.figures.search_passes import passes_figure
from leptonid.plotting import save


def main(argv: list[str] | None = None) -> None:
    """Run the program."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--passes", required=True, help="passes.feather of the search")
    parser.add_argument("--events", required=True, help="events.feather of the search")
    parser.add_argument("--test", required=True, help="data/test.feather, for the high-level variables")
    parser.add_argument("--graphs", required=True, help="table of the study's graphs (Feather)")
    parser.add_argument("--passes-figure", nargs="+", required=True, help="PDF and PNG to write")
    parser.add_argument("--distributions", nargs="+", required=True, help="PDF and PNG to write")
    parser.add_argument("--correlations", nargs="+", required=True, help="PDF and PNG to write")
    args = parser.parse_args(argv)

    search = read_search(args.passes)
    events = read_chosen(args.events, search.chosen)
    variables = read_variables(args.test, events, args.events)
    save(passes_figure(search, read_graphs(args.graphs, search.chosen)), args.passes_figure)
    save(distributions_figure(search, events), args.distributions)
    save(correlations_figure(search, events, variables), args.correlations)


if __name__ == "__main__":
    with clear_errors():
        main()
