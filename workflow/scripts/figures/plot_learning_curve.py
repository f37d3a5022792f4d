"""Draw and print AUCs against the number of training events, and where they end."""

from leptonid.errors import clear_errors
from leptonid.figures.frames import read_frame
from leptonid.figures.learning_curve import COLUMNS, learning_curve_figure
from leptonid.figures.tables import frame_csv
from leptonid.options import add_figure, add_sample, program
from leptonid.plotting import save
from leptonid.tables.files import write_text
from leptonid.tables.sample import read_sample


def main(argv: list[str] | None = None) -> None:
    """Run the program."""
    parser = program(__doc__, settings="classifiers")
    parser.add_argument("--points", required=True, help="table of the evaluation (Feather)")
    add_sample(parser)
    add_figure(parser, "output")
    parser.add_argument("--csv", required=True, help="table to write (CSV)")
    args = parser.parse_args(argv)

    table = read_frame(args.points, COLUMNS)
    label = read_sample(args.sample).label
    save(learning_curve_figure(table, args.settings["classifiers"], label), args.output)
    write_text(frame_csv(table.rename(columns={"classifier": "features"})), args.csv)


if __name__ == "__main__":
    with clear_errors():
        main()
