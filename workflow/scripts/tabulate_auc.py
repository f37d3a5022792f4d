"""Write the AUCs of trained classifiers, with their uncertainties and beside published ones, as tables."""

import argparse
import json

from leptonid.errors import clear_errors
from leptonid.figures.auc_table import auc_rows, read_trainings, to_csv, to_latex, to_markdown
from leptonid.figures.events import read_label
from leptonid.figures.published import read_published
from leptonid.figures.scores import read_test_scores
from leptonid.storage import write_text


def main(argv: list[str] | None = None) -> None:
    """Run the program."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--features", nargs="+", required=True, help="classifier of each scores file")
    parser.add_argument("--scores", nargs="+", required=True, help="scores.feather of each seed")
    parser.add_argument(
        "--trainings",
        nargs="+",
        required=True,
        help="classifier/run of each metrics file",
    )
    parser.add_argument("--metrics", nargs="+", required=True, help="metrics.json of all trainings")
    parser.add_argument("--events", required=True, help="data/test.feather, for the label of the data")
    parser.add_argument("--published", required=True, help="CSV of published AUCs")
    parser.add_argument("--settings", type=json.loads, required=True, help="JSON: published, true or false")
    parser.add_argument("--csv", required=True, help="table to write")
    parser.add_argument("--markdown", required=True, help="table to write")
    parser.add_argument("--latex", required=True, help="table to write")
    args = parser.parse_args(argv)

    scored = read_test_scores(args.features, args.scores)
    trainings = read_trainings(args.trainings, args.metrics)
    label = read_label(args.events)
    published = read_published(args.published) if args.settings["published"] else {}
    rows = auc_rows(scored, trainings, published)
    write_text(to_csv(rows, label), args.csv)
    write_text(to_markdown(rows, label), args.markdown)
    write_text(to_latex(rows, label), args.latex)


if __name__ == "__main__":
    with clear_errors():
        main()
