"""Draw how much a network relies on each of its inputs: the drop of its test AUC when that is permuted."""

import argparse

from leptonid.errors import clear_errors
from leptonid.figures.csv_files import read_csv
from leptonid.figures.events import read_label
from leptonid.figures.feature_sets import feature_sets
from leptonid.figures.importance import COLUMNS, importance_figure
from leptonid.plotting import save


def main(argv: list[str] | None = None) -> None:
    """Run the program."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--features", required=True, help="name of the feature set")
    parser.add_argument("--importance", required=True, help="permutation importance of a network (CSV)")
    parser.add_argument("--events", required=True, help="events of the test split, for the label")
    parser.add_argument("--output", nargs="+", required=True, help="PDF and PNG to write")
    args = parser.parse_args(argv)

    table, title = read_csv(args.importance, COLUMNS), feature_sets([args.features])[args.features].title
    save(importance_figure(table, title, read_label(args.events)), args.output)


if __name__ == "__main__":
    with clear_errors():
        main()
