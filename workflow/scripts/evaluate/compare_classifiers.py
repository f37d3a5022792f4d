"""Compare the AUCs of all pairs of classifiers on the same test events."""

from leptonid.errors import clear_errors
from leptonid.evaluate.comparisons import comparison_table
from leptonid.evaluate.frames import write_scored
from leptonid.metrics.scored_events import read_test_scores
from leptonid.options import program


def main(argv: list[str] | None = None) -> None:
    """Run the program."""
    parser = program(__doc__, settings="scores, the classifier of each scores file; negative_weights")
    parser.add_argument("--scores", nargs="+", required=True, help="scores.feather of the trainings")
    parser.add_argument("--output", required=True, help="table to write (Feather)")
    args = parser.parse_args(argv)

    scored = read_test_scores(args.settings["scores"], args.scores)
    write_scored(comparison_table(scored), scored, args.settings, args.output)


if __name__ == "__main__":
    with clear_errors():
        main()
