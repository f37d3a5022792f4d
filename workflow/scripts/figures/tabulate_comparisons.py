"""Print and draw the comparisons of pairs of classifiers on the same test events."""

from leptonid.errors import clear_errors
from leptonid.figures.comparisons import COLUMNS, ado_figure, comparison_figure, to_latex, to_markdown
from leptonid.figures.frames import read_frame
from leptonid.figures.tables import frame_csv
from leptonid.options import add_figure, add_printed_table, add_sample, program
from leptonid.plotting import save
from leptonid.tables.files import write_text
from leptonid.tables.sample import read_sample


def main(argv: list[str] | None = None) -> None:
    """Run the program."""
    parser = program(__doc__, settings="classifiers")
    parser.add_argument("--comparisons", required=True, help="comparisons of pairs (Feather)")
    add_sample(parser)
    add_printed_table(parser)
    add_figure(parser, "figure", "ado")
    args = parser.parse_args(argv)

    table = read_frame(args.comparisons, COLUMNS, may_be_empty=True)
    label = read_sample(args.sample).label
    write_text(frame_csv(table), args.csv)
    write_text(to_markdown(table, label), args.markdown)
    write_text(to_latex(table, label), args.latex)
    save(comparison_figure(table, args.settings["classifiers"], label), args.figure)
    save(ado_figure(table, args.settings["classifiers"], label), args.ado)


if __name__ == "__main__":
    with clear_errors():
        main()
