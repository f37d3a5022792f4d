"""Print how AUC and efficiencies of classifiers move when the cells of the test events change."""

from leptonid.errors import clear_errors
from leptonid.figures.frames import read_frame
from leptonid.figures.variations_table import COLUMNS, to_csv, to_latex, to_markdown
from leptonid.options import add_printed_table, add_sample, program
from leptonid.tables.files import write_text
from leptonid.tables.sample import read_sample


def main(argv: list[str] | None = None) -> None:
    """Run the program."""
    parser = program(__doc__, settings="changes: pairs of a name and what it changes in words")
    parser.add_argument("--variations", required=True, help="table of the evaluation (Feather)")
    add_sample(parser)
    add_printed_table(parser)
    args = parser.parse_args(argv)

    table, changes = read_frame(args.variations, COLUMNS), dict(args.settings["changes"])
    label = read_sample(args.sample).label
    write_text(to_csv(table, changes, label), args.csv)
    write_text(to_markdown(table, changes, label), args.markdown)
    write_text(to_latex(table, changes, label), args.latex)


if __name__ == "__main__":
    with clear_errors():
        main()
