"""Write the result of a study in a few sentences, as Markdown and as the first page of the report."""

from pathlib import Path

from leptonid.errors import clear_errors
from leptonid.figures import auc_table, comparisons
from leptonid.figures.frames import read_frame
from leptonid.figures.search import read_search
from leptonid.figures.summary import summarize, to_markdown, to_rst
from leptonid.options import add_sample, program
from leptonid.tables.files import write_text
from leptonid.tables.sample import read_sample


def main(argv: list[str] | None = None) -> None:
    """Run the program."""
    parser = program(
        __doc__, settings="classifiers, reference, classes; searches: titles of each, as --passes"
    )
    parser.add_argument("--auc", required=True, help="AUCs of the classifiers (Feather)")
    parser.add_argument("--comparisons", required=True, help="comparisons of pairs (Feather)")
    parser.add_argument("--passes", nargs="*", default=[], help="passes.feather of every search")
    parser.add_argument("--drawings", nargs="?", help="list of the graphs' drawings, which lie beside it")
    parser.add_argument("--description", required=True, help="what the report says about the workflow (rst)")
    add_sample(parser)
    parser.add_argument("--markdown", required=True, help="summary to write")
    parser.add_argument("--report", required=True, help="first page of the report to write (rst)")
    args = parser.parse_args(argv)

    sample = read_sample(args.sample)
    summary = summarize(
        read_frame(args.auc, auc_table.COLUMNS),
        read_frame(args.comparisons, comparisons.COLUMNS, may_be_empty=True),
        {entry["name"]: entry["title"] for entry in args.settings["classifiers"]},
        args.settings["reference"],
        [
            read_search(path, titles, sample.energy_unit)
            for path, titles in zip(args.passes, args.settings["searches"], strict=True)
        ],
        args.settings["classes"],
        sample.label,
    )
    drawings = str(Path(args.drawings or "").parent)
    write_text(to_markdown(summary, drawings, args.markdown), args.markdown)
    description = Path(args.description).read_text(encoding="utf-8")
    write_text(f"{to_rst(summary, drawings)}\n{description}", args.report)


if __name__ == "__main__":
    with clear_errors():
        main()
