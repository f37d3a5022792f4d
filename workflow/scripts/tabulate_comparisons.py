"""Compare trained classifiers in pairs on the same test events: tables and a figure of significances."""

import argparse

from leptonid.errors import clear_errors
from leptonid.figures.comparisons import comparison_figure, comparison_table, to_latex, to_markdown
from leptonid.figures.events import read_label
from leptonid.figures.scores import read_test_scores
from leptonid.figures.tables import frame_csv
from leptonid.plotting import save
from leptonid.storage import write_text


def main(argv: list[str] | None = None) -> None:
    """Run the program."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--features", nargs="+", required=True, help="classifier of each scores file")
    parser.add_argument("--scores", nargs="+", required=True, help="scores.feather of each training")
    parser.add_argument("--events", required=True, help="data/test.feather, for the label of the data")
    parser.add_argument("--csv", required=True, help="table to write")
    parser.add_argument("--markdown", required=True, help="table to write")
    parser.add_argument("--latex", required=True, help="table to write")
    parser.add_argument("--figure", nargs="+", required=True, help="PDF and PNG to write")
    args = parser.parse_args(argv)

    scored = read_test_scores(args.features, args.scores)
    table = comparison_table(scored)
    label = read_label(args.events)
    write_text(frame_csv(table), args.csv)
    write_text(to_markdown(table, label), args.markdown)
    write_text(to_latex(table, label), args.latex)
    save(comparison_figure(scored, table, label), args.figure)


if __name__ == "__main__":
    with clear_errors():
        main()
