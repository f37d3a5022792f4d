"""Draw the learning curves of networks: loss and AUC against epoch, for training and validation events."""

from leptonid.errors import clear_errors
from leptonid.figures.csv_files import read_csv
from leptonid.figures.history import COLUMNS, learning_figure
from leptonid.options import add_figure, add_sample, program
from leptonid.plotting import save
from leptonid.study.classifiers import by_classifier
from leptonid.tables.sample import read_sample


def main(argv: list[str] | None = None) -> None:
    """Run the program."""
    parser = program(__doc__, settings="classifiers; trainings, the classifier of each of --histories")
    parser.add_argument("--histories", nargs="+", required=True, help="history.csv of each training")
    add_sample(parser)
    add_figure(parser, "output")
    args = parser.parse_args(argv)

    tables = [read_csv(path, COLUMNS) for path in args.histories]
    histories = by_classifier(args.settings["trainings"], tables)
    label = read_sample(args.sample).label
    save(learning_figure(histories, args.settings["classifiers"], label), args.output)


if __name__ == "__main__":
    with clear_errors():
        main()
