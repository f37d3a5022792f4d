"""Draw the ROC curves of trained feature sets on their test events, linear and as background rejection."""

import argparse

from leptonid.errors import clear_errors
from leptonid.figures.events import read_label
from leptonid.figures.roc import rejection_figure, roc_figure
from leptonid.figures.scores import read_test_scores
from leptonid.plotting import save


def main(argv: list[str] | None = None) -> None:
    """Run the program."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--features", nargs="+", required=True, help="feature set of each scores file")
    parser.add_argument("--scores", nargs="+", required=True, help="scores.feather of each training")
    parser.add_argument("--events", required=True, help="data/test.feather, for the label of the data")
    parser.add_argument("--roc", nargs="+", required=True, help="PDF and PNG to write")
    parser.add_argument("--rejection", nargs="+", required=True, help="PDF and PNG to write")
    args = parser.parse_args(argv)

    scored = read_test_scores(args.features, args.scores)
    label = read_label(args.events)
    save(roc_figure(scored, label), args.roc)
    save(rejection_figure(scored, label), args.rejection)


if __name__ == "__main__":
    with clear_errors():
        main()
