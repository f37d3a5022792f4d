"""Compute ROC curves of classifiers, and their background rejections relative to that of a reference."""

from leptonid.errors import clear_errors
from leptonid.evaluate.frames import write_scored
from leptonid.evaluate.roc_points import roc_table
from leptonid.metrics.curves import curves
from leptonid.metrics.scored_events import read_test_scores
from leptonid.options import program

SEED = 0


def main(argv: list[str] | None = None) -> None:
    """Run the program."""
    parser = program(
        __doc__,
        settings="scores, the classifier of each scores file; bootstraps; reference, a classifier or null; "
        "negative_weights",
    )
    parser.add_argument("--scores", nargs="+", required=True, help="scores.feather of the trainings")
    parser.add_argument("--output", required=True, help="table to write (Feather)")
    args = parser.parse_args(argv)

    scored = read_test_scores(args.settings["scores"], args.scores)
    table = roc_table(curves(scored, args.settings["bootstraps"], SEED), args.settings["reference"])
    write_scored(table, scored, args.settings, args.output)


if __name__ == "__main__":
    with clear_errors():
        main()
