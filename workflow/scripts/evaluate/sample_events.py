"""Sample test events with their scores and cells, to look at one by one."""

from leptonid.errors import clear_errors
from leptonid.evaluate.sampled_events import sampled_table
from leptonid.metrics.scored_events import read_test_scores
from leptonid.options import program
from leptonid.study.layout import Grid
from leptonid.tables.feather import write_feather


def main(argv: list[str] | None = None) -> None:
    """Run the program."""
    parser = program(
        __doc__,
        settings="scores, the classifier of each scores file; grids, of each table of cells; "
        "events, how many at most",
    )
    parser.add_argument("--scores", nargs="+", required=True, help="scores.feather of one training of each")
    parser.add_argument("--cells", nargs="*", default=[], help="cells of the test events (Feather)")
    parser.add_argument("--output", required=True, help="table to write (Feather)")
    args = parser.parse_args(argv)

    settings = args.settings
    grids = [Grid(**grid) for grid in settings["grids"]]
    cells = {grid.calorimeter: (path, grid) for path, grid in zip(args.cells, grids, strict=True)}
    scored = read_test_scores(settings["scores"], args.scores)
    write_feather(sampled_table(scored, cells, settings["events"]), args.output)


if __name__ == "__main__":
    with clear_errors():
        main()
