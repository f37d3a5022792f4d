"""Print the passes of a search beside those of a published one, as tables."""

from leptonid.errors import clear_errors
from leptonid.figures.published import read_published_search
from leptonid.figures.published_search import PublishedSearch, to_csv, to_latex, to_markdown
from leptonid.figures.search import read_search
from leptonid.options import add_printed_table, add_sample, program
from leptonid.tables.files import write_text
from leptonid.tables.sample import read_sample


def main(argv: list[str] | None = None) -> None:
    """Run the program."""
    parser = program(
        __doc__,
        settings="titles: base, black_box, calorimeters, observables; table, its name in --published; "
        "published_events, its sample",
    )
    parser.add_argument("--passes", required=True, help="passes.feather of the search")
    parser.add_argument("--published", required=True, help="CSV of published searches, pass by pass")
    add_sample(parser)
    add_printed_table(parser)
    args = parser.parse_args(argv)

    titles = args.settings["titles"]
    table = PublishedSearch(
        read_search(args.passes, titles),
        read_sample(args.sample).label,
        read_published_search(args.published, args.settings["table"]),
        args.settings["published_events"],
        titles["calorimeters"],
    )
    write_text(to_csv(table), args.csv)
    write_text(to_markdown(table), args.markdown)
    write_text(to_latex(table), args.latex)


if __name__ == "__main__":
    with clear_errors():
        main()
