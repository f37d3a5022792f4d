"""Compute the test AUC of every classifier, with its uncertainty and its scatter between trainings."""

from leptonid.errors import clear_errors
from leptonid.evaluate.auc_table import auc_table, read_training
from leptonid.evaluate.frames import write_scored
from leptonid.metrics.scored_events import read_test_scores
from leptonid.options import program
from leptonid.study.classifiers import by_classifier


def main(argv: list[str] | None = None) -> None:
    """Run the program."""
    parser = program(
        __doc__,
        settings="scores, the classifier of each scores file; trainings, the classifier and kind of run "
        "(seed, shuffle, fold or bootstrap) of each metrics file; negative_weights",
    )
    parser.add_argument("--scores", nargs="+", required=True, help="scores.feather of the trainings")
    parser.add_argument("--metrics", nargs="+", required=True, help="metrics.json of all trainings")
    parser.add_argument("--output", required=True, help="table to write (Feather)")
    args = parser.parse_args(argv)

    scored = read_test_scores(args.settings["scores"], args.scores)
    names, kinds = zip(*args.settings["trainings"], strict=True)
    files = by_classifier(names, list(zip(kinds, args.metrics, strict=True)))
    trainings = {name: [read_training(*file) for file in some] for name, some in files.items()}
    write_scored(auc_table(scored, trainings), scored, args.settings, args.output)


if __name__ == "__main__":
    with clear_errors():
        main()
