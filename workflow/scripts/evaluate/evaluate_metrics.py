"""Compute metrics, AUCs in bins, calibration, confusion matrices and overtraining of every classifier."""

import logging

import pandas as pd

from leptonid.errors import clear_errors
from leptonid.evaluate.binned_auc import binned_auc_table, read_kinematics
from leptonid.evaluate.frames import with_weighting, write_frame
from leptonid.evaluate.metric_tables import calibration_table, confusion_table, metrics_table
from leptonid.evaluate.overtraining import overtraining_table, score_histograms
from leptonid.metrics.scored_events import read_scores, read_test_scores, sort_by_auc
from leptonid.metrics.working_points import evaluate
from leptonid.options import program
from leptonid.study.classifiers import by_classifier

logger = logging.getLogger(__name__)

SEED = 0


def main(argv: list[str] | None = None) -> None:
    """Run the program."""
    parser = program(
        __doc__,
        settings="scores, the classifier of each scores file; threshold; bootstraps; negative_weights",
    )
    parser.add_argument("--scores", nargs="+", required=True, help="scores.feather of the trainings")
    parser.add_argument("--events", required=True, help="table of test events, for pt and eta (Feather)")
    for name in ("metrics", "auc-bins", "calibration", "confusion", "overtraining", "score-histograms"):
        parser.add_argument(f"--{name}", required=True, help="table to write (Feather)")
    args = parser.parse_args(argv)

    names, threshold = args.settings["scores"], args.settings["threshold"]
    test = sort_by_auc(read_test_scores(names, args.scores))
    first = next(iter(test.values()))
    kinematics = read_kinematics(args.events, first)
    if not kinematics:
        logger.info("%s has neither pt nor eta: the table of AUCs in bins has no rows", args.events)
    evaluations = evaluate(test, threshold, args.settings["bootstraps"], SEED)

    write_frame(binned_auc_table(test, kinematics), args.auc_bins)
    for table, path in (
        (metrics_table(test, evaluations, threshold), args.metrics),
        (calibration_table(evaluations), args.calibration),
        (confusion_table(evaluations, threshold), args.confusion),
    ):
        negative = args.settings["negative_weights"]
        write_frame(with_weighting(table, first.y, first.weight, negative), path)

    files = by_classifier(names, args.scores)
    overtraining, histograms = [], []
    for name in test:
        # There are many training events: those of one classifier are in memory at a time.
        train = read_scores([name] * len(files[name]), files[name], "train")
        overtraining.append(overtraining_table(train, {name: test[name]}))
        histograms.append(score_histograms(train, {name: test[name]}))
    write_frame(pd.concat(overtraining, ignore_index=True), args.overtraining)
    write_frame(pd.concat(histograms, ignore_index=True), args.score_histograms)


if __name__ == "__main__":
    with clear_errors():
        main()
