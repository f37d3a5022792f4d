"""Print the AUCs of classifiers, with their uncertainties and published values, as tables."""

from leptonid.errors import clear_errors
from leptonid.figures.auc_table import COLUMNS, AucTable, to_csv, to_latex, to_markdown
from leptonid.figures.frames import read_frame
from leptonid.figures.published import read_published
from leptonid.options import add_printed_table, add_sample, program
from leptonid.tables.files import write_text
from leptonid.tables.sample import read_sample


def main(argv: list[str] | None = None) -> None:
    """Run the program."""
    parser = program(__doc__, settings="classifiers; published_events, sample of --published")
    parser.add_argument("--auc", required=True, help="AUCs of the classifiers (Feather)")
    parser.add_argument("--published", nargs="?", help="CSV of published AUCs, to show them")
    add_sample(parser)
    add_printed_table(parser)
    args = parser.parse_args(argv)

    table = AucTable(
        read_frame(args.auc, COLUMNS),
        {entry["name"]: entry["title"] for entry in args.settings["classifiers"]},
        read_sample(args.sample).label,
        read_published(args.published),
        args.settings["published_events"],
    )
    write_text(to_csv(table), args.csv)
    write_text(to_markdown(table), args.markdown)
    write_text(to_latex(table), args.latex)


if __name__ == "__main__":
    with clear_errors():
        main()
