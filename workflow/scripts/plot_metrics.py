"""Draw calibration, confusion matrices, AUCs in bins, and training against test scores of classifiers."""

import argparse

from leptonid.errors import clear_errors
from leptonid.figures import binned_auc, calibration, confusion, overtraining
from leptonid.figures.csv_files import read_csv
from leptonid.figures.events import read_energy_unit, read_label
from leptonid.figures.scores import read_scores, read_test_scores, sort_by_auc
from leptonid.plotting import save


def main(argv: list[str] | None = None) -> None:
    """Run the program."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--features", nargs="+", required=True, help="classifier of each scores file")
    parser.add_argument("--scores", nargs="+", required=True, help="scores.feather of each training")
    parser.add_argument("--curves", nargs="+", required=True, help="classifiers whose AUC is drawn in bins")
    parser.add_argument("--events", required=True, help="data/test.feather, for label and unit of the data")
    for name in ("metrics", "auc-bins", "calibration", "confusion", "overtraining"):
        parser.add_argument(f"--{name}-table", required=True, help="CSV of tabulate_metrics")
    for name in ("auc-bins", "calibration", "confusion", "overtraining"):
        parser.add_argument(f"--{name}", nargs="+", required=True, help="PDF and PNG to write")
    args = parser.parse_args(argv)

    label = read_label(args.events)
    columns = {"features": str, "brier": float, "calibration_error": float}
    metrics = read_csv(args.metrics_table, columns)
    curves = read_csv(args.calibration_table, calibration.COLUMNS)
    save(calibration.calibration_figure(curves, metrics, label), args.calibration)
    matrices = read_csv(args.confusion_table, confusion.COLUMNS)
    save(confusion.confusion_figure(matrices, label), args.confusion)
    bins = read_csv(args.auc_bins_table, binned_auc.COLUMNS, may_be_empty=True)
    bins = bins[bins["features"].isin(args.curves)]
    save(binned_auc.binned_auc_figure(bins, read_energy_unit(args.events), label), args.auc_bins)
    test = sort_by_auc(read_test_scores(args.features, args.scores))
    train = read_scores(args.features, args.scores, "train")
    distances = read_csv(args.overtraining_table, overtraining.COLUMNS)
    save(overtraining.overtraining_figure(train, test, distances, label), args.overtraining)


if __name__ == "__main__":
    with clear_errors():
        main()
