"""Draw calibration, confusion, AUCs and efficiencies in bins, and training against test scores."""

from leptonid.errors import clear_errors
from leptonid.figures import binned_auc, binned_points, calibration, confusion, overtraining
from leptonid.figures.frames import read_frame
from leptonid.options import add_figure, add_sample, program
from leptonid.plotting import save
from leptonid.tables.sample import read_sample


def main(argv: list[str] | None = None) -> None:
    """Run the program."""
    parser = program(
        __doc__, settings="classifiers; classes; curves, names of the classifiers that are drawn in bins"
    )
    tables = ("metrics", "auc-bins", "working-points", "calibration", "confusion", "overtraining")
    for name in (*tables, "score-histograms"):
        parser.add_argument(f"--{name}-table", required=True, help="table of the evaluation (Feather)")
    add_sample(parser)
    add_figure(parser, *tables[1:])
    args = parser.parse_args(argv)

    settings, sample = args.settings, read_sample(args.sample)
    words = settings["classifiers"], settings["classes"], sample.label
    metrics = read_frame(args.metrics_table, calibration.METRICS_COLUMNS)
    curves = read_frame(args.calibration_table, calibration.COLUMNS)
    save(calibration.calibration_figure(curves, metrics, *words), args.calibration)
    matrices = read_frame(args.confusion_table, confusion.COLUMNS)
    save(confusion.confusion_figure(matrices, *words), args.confusion)
    bins = read_frame(args.auc_bins_table, binned_auc.COLUMNS, may_be_empty=True)
    bins = bins[bins["classifier"].isin(settings["curves"])]
    figure = binned_auc.binned_auc_figure(bins, settings["classifiers"], sample.energy_unit, sample.label)
    save(figure, args.auc_bins)
    points = read_frame(args.working_points_table, binned_points.COLUMNS)
    points = points[points["classifier"].isin(settings["curves"])]
    figure = binned_points.binned_points_figure(
        points, settings["classifiers"], sample.energy_unit, sample.label
    )
    save(figure, args.working_points)
    distances = read_frame(args.overtraining_table, overtraining.COLUMNS)
    histograms = read_frame(args.score_histograms_table, overtraining.HISTOGRAM_COLUMNS)
    save(overtraining.overtraining_figure(distances, histograms, *words), args.overtraining)


if __name__ == "__main__":
    with clear_errors():
        main()
