"""Draw the learning curves of all trainings: loss and AUC against epoch, for training and validation."""

import argparse

from leptonid.errors import clear_errors
from leptonid.figures.csv_files import read_csv
from leptonid.figures.events import read_label
from leptonid.figures.feature_sets import by_feature_set
from leptonid.figures.history import COLUMNS, learning_figure
from leptonid.plotting import save


def main(argv: list[str] | None = None) -> None:
    """Run the program."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--features", nargs="+", required=True, help="feature set of each history")
    parser.add_argument("--histories", nargs="+", required=True, help="history.csv of each training")
    parser.add_argument("--events", required=True, help="data/train.feather, for the label of the data")
    parser.add_argument("--output", nargs="+", required=True, help="PDF and PNG to write")
    args = parser.parse_args(argv)

    histories = by_feature_set(args.features, [read_csv(path, COLUMNS) for path in args.histories])
    save(learning_figure(histories, read_label(args.events)), args.output)


if __name__ == "__main__":
    with clear_errors():
        main()
