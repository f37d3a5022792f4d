"""Draw the AUCs of networks beside those of trees and logistic regression that see the same variables."""

import argparse

from leptonid.errors import clear_errors
from leptonid.figures.baselines import baseline_figure
from leptonid.figures.events import read_label
from leptonid.figures.scores import read_test_scores
from leptonid.plotting import save


def main(argv: list[str] | None = None) -> None:
    """Run the program."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--features", nargs="+", required=True, help="classifier of each scores file")
    parser.add_argument("--scores", nargs="+", required=True, help="scores.feather of each training")
    parser.add_argument("--events", required=True, help="data/test.feather, for the label of the data")
    parser.add_argument("--output", nargs="+", required=True, help="PDF and PNG to write")
    args = parser.parse_args(argv)

    scored = read_test_scores(args.features, args.scores)
    save(baseline_figure(scored, read_label(args.events)), args.output)


if __name__ == "__main__":
    with clear_errors():
        main()
