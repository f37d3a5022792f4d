"""Print metrics, working points, AUCs in bins, calibration, confusion and overtraining as tables."""

from leptonid.errors import clear_errors
from leptonid.figures import binned_auc, binned_points, calibration, confusion, metrics_table, overtraining
from leptonid.figures.frames import read_frame
from leptonid.figures.tables import frame_csv
from leptonid.options import add_printed_table, add_sample, program
from leptonid.tables.files import write_text
from leptonid.tables.sample import read_sample

# Tables that are printed as they are, and their columns.
COLUMNS = {
    "auc_bins": binned_auc.COLUMNS,
    "working_points": binned_points.COLUMNS,
    "calibration": calibration.COLUMNS,
    "confusion": confusion.COLUMNS,
    "overtraining": overtraining.COLUMNS,
}


def main(argv: list[str] | None = None) -> None:
    """Run the program."""
    parser = program(__doc__, settings="classifiers")
    for name in ("metrics", *COLUMNS):
        option = f"--{name.replace('_', '-')}-table"
        parser.add_argument(option, required=True, help="table of the evaluation (Feather)")
    add_sample(parser)
    add_printed_table(parser)
    for name in COLUMNS:
        parser.add_argument(f"--{name.replace('_', '-')}", required=True, help="CSV table to write")
    args = parser.parse_args(argv)

    titles = {entry["name"]: entry["title"] for entry in args.settings["classifiers"]}
    label = read_sample(args.sample).label
    metrics = read_frame(args.metrics_table, metrics_table.COLUMNS)
    write_text(metrics_table.to_csv(metrics, titles, label), args.csv)
    write_text(metrics_table.to_markdown(metrics, label), args.markdown)
    write_text(metrics_table.to_latex(metrics, label), args.latex)
    for name, columns in COLUMNS.items():
        table = read_frame(getattr(args, f"{name}_table"), columns, may_be_empty=name == "auc_bins")
        write_text(frame_csv(table.rename(columns={"classifier": "features"})), getattr(args, name))


if __name__ == "__main__":
    with clear_errors():
        main()
