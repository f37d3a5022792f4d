"""Tabulate a guided search pass by pass, in the form of the papers: Markdown, LaTeX, and a drawn table."""

import argparse

from leptonid.errors import clear_errors
from leptonid.figures.search import read_graphs, read_search
from leptonid.figures.search_table import table_figure, to_latex, to_markdown
from leptonid.plotting import save
from leptonid.storage import write_text


def main(argv: list[str] | None = None) -> None:
    """Run the program."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--passes", required=True, help="passes.feather of the search")
    parser.add_argument("--graphs", required=True, help="table of the study's graphs (Feather)")
    parser.add_argument("--drawings", required=True, help="folder of the graphs' drawings, named n_d_k")
    parser.add_argument("--markdown", required=True, help="table to write")
    parser.add_argument("--latex", required=True, help="table to write")
    parser.add_argument("--figure", nargs="+", required=True, help="PDF and PNG to write")
    args = parser.parse_args(argv)

    search = read_search(args.passes)
    write_text(to_markdown(search, args.drawings, args.markdown), args.markdown)
    write_text(to_latex(search, args.drawings, args.latex), args.latex)
    save(table_figure(search, read_graphs(args.graphs, search.chosen)), args.figure)


if __name__ == "__main__":
    with clear_errors():
        main()
