"""Compute AUCs of trainings on shares of the training events, and fit where they end."""

from leptonid.errors import clear_errors
from leptonid.evaluate.frames import write_scored
from leptonid.evaluate.learning_curve import learning_curve_table
from leptonid.metrics.scored_events import read_test_scores
from leptonid.options import program
from leptonid.tables.scores import read_scores_of_role


def main(argv: list[str] | None = None) -> None:
    """Run the program."""
    parser = program(
        __doc__, settings="trainings, classifier and fraction of each scores file; negative_weights"
    )
    parser.add_argument("--scores", nargs="+", required=True, help="scores.feather of the trainings")
    parser.add_argument("--output", required=True, help="table to write (Feather)")
    args = parser.parse_args(argv)

    trainings = [(name, fraction) for name, fraction in args.settings["trainings"]]
    scored = read_test_scores(trainings, args.scores)
    points, training_events = {}, {}
    for (name, fraction), path in zip(trainings, args.scores, strict=True):
        points.setdefault(name, {})[fraction] = scored[name, fraction]
        training_events.setdefault(name, {})[fraction] = len(read_scores_of_role(path, "train").event)
    table = learning_curve_table(points, training_events)
    write_scored(table, scored, args.settings, args.output)


if __name__ == "__main__":
    with clear_errors():
        main()
