"""Draw ROC curves, background rejection and precision-recall curves, and print their points."""

from leptonid.errors import clear_errors
from leptonid.figures.frames import read_frame
from leptonid.figures.published import read_published
from leptonid.figures.roc import (
    AUC_COLUMNS,
    COLUMNS,
    RocCurves,
    precision_figure,
    rejection_figure,
    roc_figure,
    sampled_points,
)
from leptonid.figures.tables import frame_csv
from leptonid.options import add_figure, add_sample, program
from leptonid.plotting import save
from leptonid.tables.files import write_text
from leptonid.tables.sample import read_sample


def main(argv: list[str] | None = None) -> None:
    """Run the program."""
    parser = program(
        __doc__,
        settings="classifiers; reference: one of them or null; published_events: sample of --published",
    )
    parser.add_argument("--curves", required=True, help="points of ROC curves (Feather)")
    parser.add_argument("--auc", required=True, help="AUCs of the classifiers (Feather)")
    parser.add_argument("--published", nargs="?", help="CSV of published AUCs, to show them")
    add_sample(parser)
    add_figure(parser, "roc", "rejection", "precision")
    parser.add_argument("--csv", required=True, help="table of points to write (CSV)")
    args = parser.parse_args(argv)

    settings, label = args.settings, read_sample(args.sample).label
    curves = RocCurves.of(
        read_frame(args.curves, COLUMNS),
        read_frame(args.auc, AUC_COLUMNS),
        settings["classifiers"],
        read_published(args.published),
        settings["published_events"],
    )
    save(roc_figure(curves, label), args.roc)
    save(rejection_figure(curves, settings["reference"], label), args.rejection)
    save(precision_figure(curves, label), args.precision)
    table = sampled_points(curves.points).rename(columns={"classifier": "features"})
    write_text(frame_csv(table), args.csv)


if __name__ == "__main__":
    with clear_errors():
        main()
