"""Draw how the search for a network went, and its trials against every hyperparameter."""

import argparse

from leptonid.errors import clear_errors
from leptonid.figures.csv_files import read_csv
from leptonid.figures.events import read_label
from leptonid.figures.tuning import COLUMNS, PARAMETERS, tuning_figure
from leptonid.plotting import save


def main(argv: list[str] | None = None) -> None:
    """Run the program."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--features", required=True, help="name of the feature set")
    parser.add_argument("--trials", required=True, help="trials.csv of the search")
    parser.add_argument("--parameters", required=True, help="parameters.csv of the search")
    parser.add_argument("--events", required=True, help="data/train.feather, for the label of the data")
    parser.add_argument("--output", nargs="+", required=True, help="PDF and PNG to write")
    args = parser.parse_args(argv)

    parameters = read_csv(args.parameters, PARAMETERS)
    trials = read_csv(args.trials, {**COLUMNS, **dict.fromkeys(parameters["parameter"], float)})
    save(tuning_figure(trials, parameters, args.features, read_label(args.events)), args.output)


if __name__ == "__main__":
    with clear_errors():
        main()
