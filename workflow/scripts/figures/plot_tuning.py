"""Draw the tuning of a network: its trials in order, and against every hyperparameter."""

from leptonid.errors import clear_errors
from leptonid.figures.csv_files import read_csv
from leptonid.figures.tuning import COLUMNS, PARAMETERS, tuning_figure
from leptonid.options import add_figure, add_sample, program
from leptonid.plotting import save
from leptonid.tables.sample import read_sample


def main(argv: list[str] | None = None) -> None:
    """Run the program."""
    parser = program(__doc__, settings="title of the network")
    parser.add_argument("--trials", required=True, help="trials.csv of the tuning")
    parser.add_argument("--parameters", required=True, help="parameters.csv of the tuning")
    add_sample(parser)
    add_figure(parser, "output")
    args = parser.parse_args(argv)

    parameters = read_csv(args.parameters, PARAMETERS)
    trials = read_csv(args.trials, {**COLUMNS, **dict.fromkeys(parameters["parameter"], float)})
    label = read_sample(args.sample).label
    save(tuning_figure(trials, parameters, args.settings["title"], label), args.output)


if __name__ == "__main__":
    with clear_errors():
        main()
