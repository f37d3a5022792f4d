"""Draw the permutation importance of the inputs of a network: the drop of its AUC when one is permuted."""

from leptonid.errors import clear_errors
from leptonid.figures.csv_files import read_csv
from leptonid.figures.importance import COLUMNS, importance_figure
from leptonid.options import add_figure, add_sample, program
from leptonid.plotting import save
from leptonid.tables.sample import read_sample


def main(argv: list[str] | None = None) -> None:
    """Run the program."""
    parser = program(
        __doc__,
        settings="title of the network; titles of its images and variables, and of calorimeters",
    )
    parser.add_argument("--importance", required=True, help="permutation importance of a network (CSV)")
    add_sample(parser)
    add_figure(parser, "output")
    args = parser.parse_args(argv)

    table = read_csv(args.importance, COLUMNS)
    titles = [args.settings[key] for key in ("title", "titles", "calorimeters")]
    save(importance_figure(table, *titles, read_sample(args.sample).label), args.output)


if __name__ == "__main__":
    with clear_errors():
        main()
