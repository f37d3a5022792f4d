"""Draw a guided search: AUC and ADO by pass, distributions and correlations of the chosen observables."""

from leptonid.errors import clear_errors
from leptonid.figures import search_correlations, search_distributions
from leptonid.figures.frames import read_frame
from leptonid.figures.search import read_graphs, read_search
from leptonid.figures.search_passes import passes_figure
from leptonid.options import add_figure, add_sample, program
from leptonid.plotting import save
from leptonid.tables.sample import read_sample


def main(argv: list[str] | None = None) -> None:
    """Run the program."""
    parser = program(
        __doc__,
        settings="titles: base, pass_0, black_box, calorimeters, observables; variables: name and title of "
        "each; classes",
    )
    parser.add_argument("--passes", required=True, help="passes.feather of the search")
    parser.add_argument("--histograms", required=True, help="histograms.feather of the search")
    parser.add_argument("--correlation-table", required=True, help="correlations.feather of the search")
    parser.add_argument("--graphs", nargs="?", help="table of the graphs (Feather), where there are EFPs")
    add_sample(parser)
    add_figure(parser, "passes-figure", "distributions", "correlations")
    args = parser.parse_args(argv)

    settings, sample = args.settings, read_sample(args.sample)
    label = sample.label
    search = read_search(args.passes, settings["titles"], sample.energy_unit)
    graphs = read_graphs(args.graphs, search.chosen)
    histograms = read_frame(args.histograms, search_distributions.COLUMNS, may_be_empty=True)
    table = read_frame(args.correlation_table, search_correlations.COLUMNS, may_be_empty=True)
    classes = settings["classes"]
    save(passes_figure(search, graphs, label), args.passes_figure)
    figure = search_distributions.distributions_figure(search, histograms, classes, label)
    save(figure, args.distributions)
    figure = search_correlations.correlations_figure(search, table, settings["variables"], classes, label)
    save(figure, args.correlations)


if __name__ == "__main__":
    with clear_errors():
        main()
