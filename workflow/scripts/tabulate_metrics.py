"""Write the metrics of trained classifiers, their calibration, over-training and AUC in bins, as tables."""

import argparse
import json
import logging

from leptonid.errors import clear_errors
from leptonid.figures.binned_auc import binned_auc_table, read_kinematics
from leptonid.figures.calibration import calibration_table
from leptonid.figures.confusion import confusion_table
from leptonid.figures.evaluation import evaluate, metrics
from leptonid.figures.events import read_label
from leptonid.figures.metrics_table import metrics_table, to_latex, to_markdown
from leptonid.figures.overtraining import overtraining_table
from leptonid.figures.scores import read_scores, read_test_scores, sort_by_auc
from leptonid.figures.tables import frame_csv
from leptonid.storage import write_text

logger = logging.getLogger("tabulate_metrics")

SEED = 0


def main(argv: list[str] | None = None) -> None:
    """Run the program."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--features", nargs="+", required=True, help="classifier of each scores file")
    parser.add_argument("--scores", nargs="+", required=True, help="scores.feather of each training")
    parser.add_argument("--events", required=True, help="data/test.feather, for pt, eta and the data's label")
    parser.add_argument("--settings", type=json.loads, required=True, help="JSON: threshold, bootstraps")
    parser.add_argument("--csv", required=True, help="table of metrics to write")
    parser.add_argument("--markdown", required=True, help="table of metrics to write")
    parser.add_argument("--latex", required=True, help="table of metrics to write")
    parser.add_argument("--auc-bins", required=True, help="CSV of AUCs in bins to write")
    parser.add_argument("--calibration", required=True, help="CSV of calibration curves to write")
    parser.add_argument("--confusion", required=True, help="CSV of confusion matrices to write")
    parser.add_argument("--overtraining", required=True, help="CSV of training against test scores to write")
    args = parser.parse_args(argv)

    test = sort_by_auc(read_test_scores(args.features, args.scores))
    train = read_scores(args.features, args.scores, "train")
    label = read_label(args.events)
    threshold = args.settings["threshold"]
    kinematics = read_kinematics(args.events, next(iter(test.values())))
    if not kinematics:
        logger.info("%s has neither pt nor eta: the table of AUCs in bins has no rows", args.events)
    evaluations = evaluate(test, threshold, args.settings["bootstraps"], SEED)
    found = {name: metrics(each, evaluations[name]) for name, each in test.items()}

    write_text(frame_csv(metrics_table(found, test, threshold, label)), args.csv)
    write_text(to_markdown(found, threshold, label), args.markdown)
    write_text(to_latex(found, threshold, label), args.latex)
    write_text(frame_csv(binned_auc_table(test, kinematics)), args.auc_bins)
    write_text(frame_csv(calibration_table(evaluations)), args.calibration)
    write_text(frame_csv(confusion_table(evaluations, threshold)), args.confusion)
    write_text(frame_csv(overtraining_table(train, test)), args.overtraining)


if __name__ == "__main__":
    with clear_errors():
        main()
