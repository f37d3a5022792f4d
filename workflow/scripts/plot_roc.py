"""Draw the ROC curves of trained classifiers on their test events, linear and as background rejection."""

import argparse
import json

from leptonid.errors import InputError, clear_errors
from leptonid.figures.curves import curves
from leptonid.figures.events import read_label
from leptonid.figures.published import read_published
from leptonid.figures.roc import rejection_figure, roc_figure
from leptonid.figures.scores import read_test_scores
from leptonid.plotting import save

SEED = 0


def main(argv: list[str] | None = None) -> None:
    """Run the program."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--features", nargs="+", required=True, help="classifier of each scores file")
    parser.add_argument("--scores", nargs="+", required=True, help="scores.feather of each training")
    parser.add_argument("--events", required=True, help="data/test.feather, for the label of the data")
    parser.add_argument("--published", required=True, help="CSV of published AUCs")
    parser.add_argument(
        "--settings",
        type=json.loads,
        required=True,
        help="JSON: bootstraps, published (true or false), reference (a classifier or null)",
    )
    parser.add_argument("--roc", nargs="+", required=True, help="PDF and PNG to write")
    parser.add_argument("--rejection", nargs="+", required=True, help="PDF and PNG to write")
    args = parser.parse_args(argv)

    reference = args.settings["reference"]
    if reference and reference not in args.features:
        raise InputError(
            f"reference: no scores of {reference}, only of {', '.join(sorted(set(args.features)))}"
        )
    scored = read_test_scores(args.features, args.scores)
    label = read_label(args.events)
    published = read_published(args.published) if args.settings["published"] else {}
    drawn = curves(scored, args.settings["bootstraps"], SEED)
    save(roc_figure(scored, drawn, published, label), args.roc)
    save(rejection_figure(scored, drawn, reference, published, label), args.rejection)


if __name__ == "__main__":
    with clear_errors():
        main()
