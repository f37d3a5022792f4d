"""Compute metrics, working points, AUCs in bins, calibration, confusion and overtraining of classifiers."""

import logging

import pandas as pd

from leptonid.errors import clear_errors
from leptonid.evaluate.binned_auc import binned_auc_table
from leptonid.evaluate.binned_points import working_points_table
from leptonid.evaluate.binning import read_cell_numbers, read_kinematics
from leptonid.evaluate.frames import write_frame, write_scored
from leptonid.evaluate.metric_tables import (
    Recalibration,
    calibration_table,
    confusion_table,
    metrics_table,
)
from leptonid.evaluate.overtraining import overtraining_table, score_histograms
from leptonid.evaluate.recalibration import recalibrated
from leptonid.metrics.scored_events import read_scores, read_test_scores, sort_by_auc
from leptonid.metrics.working_points import evaluate
from leptonid.options import program
from leptonid.study.classifiers import by_classifier
from leptonid.study.layout import Grid

logger = logging.getLogger(__name__)

SEED = 0

TABLES = (
    *("metrics", "working-points", "auc-bins", "calibration", "confusion", "overtraining"),
    "score-histograms",
)


def main(argv: list[str] | None = None) -> None:
    """Run the program."""
    parser = program(
        __doc__,
        settings="scores, the classifier of each scores file; threshold; bootstraps; negative_weights; "
        "recalibration, its kind or null; grids of the tables of cells",
    )
    parser.add_argument("--scores", nargs="+", required=True, help="scores.feather of the trainings")
    parser.add_argument("--events", required=True, help="table of test events, for pt and eta (Feather)")
    parser.add_argument("--valid-events", required=True, help="the same for the validation events")
    parser.add_argument("--cells", nargs="*", default=[], help="tables of cells of the test events")
    for name in TABLES:
        parser.add_argument(f"--{name}", required=True, help="table to write (Feather)")
    args = parser.parse_args(argv)

    names, threshold = args.settings["scores"], args.settings["threshold"]
    test = sort_by_auc(read_test_scores(names, args.scores))
    first = next(iter(test.values()))
    values = read_kinematics(args.events, first)
    if not values:
        logger.info("%s has neither pt nor eta: they have no bins", args.events)
    grids = [Grid(**grid) for grid in args.settings["grids"]]
    values["cells"] = read_cell_numbers(zip(args.cells, grids, strict=True), first)
    sampling = threshold, args.settings["bootstraps"], SEED
    evaluations = evaluate(test, *sampling)
    valid = read_scores(names, args.scores, "valid")
    recalibration = None
    if kind := args.settings["recalibration"]:
        negative = args.settings["negative_weights"]
        mapped = {name: recalibrated(kind, valid[name], events, negative) for name, events in test.items()}
        recalibration = Recalibration(kind, mapped, evaluate(mapped, *sampling))

    write_frame(binned_auc_table(test, values), args.auc_bins)
    for table, path in (
        (metrics_table(test, evaluations, threshold, recalibration), args.metrics),
        (calibration_table(evaluations, recalibration), args.calibration),
        (confusion_table(evaluations, threshold), args.confusion),
    ):
        write_scored(table, test, args.settings, path)

    files = by_classifier(names, args.scores)
    points, overtraining, histograms = [], [], []
    valid_pt = read_kinematics(args.valid_events, valid[names[0]]).get("pt")
    for name in test:
        points.append(working_points_table(name, test[name], valid[name], values, valid_pt))
        # There are many training events: those of one classifier are in memory at a time.
        train = read_scores([name] * len(files[name]), files[name], "train")
        overtraining.append(overtraining_table(train, {name: test[name]}))
        histograms.append(score_histograms(train, {name: test[name]}))
    write_frame(pd.concat(points, ignore_index=True), args.working_points)
    write_frame(pd.concat(overtraining, ignore_index=True), args.overtraining)
    write_frame(pd.concat(histograms, ignore_index=True), args.score_histograms)


if __name__ == "__main__":
    with clear_errors():
        main()
