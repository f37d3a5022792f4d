"""Draw the AUCs of networks beside those of the baselines with the same inputs."""

from leptonid.errors import clear_errors
from leptonid.figures.baselines import baseline_figure
from leptonid.figures.frames import read_frame
from leptonid.options import add_figure, add_sample, program
from leptonid.plotting import save
from leptonid.tables.sample import read_sample


def main(argv: list[str] | None = None) -> None:
    """Run the program."""
    parser = program(__doc__, settings="classifiers: networks and baselines to draw")
    parser.add_argument("--auc", required=True, help="AUCs of the classifiers (Feather)")
    add_sample(parser)
    add_figure(parser, "output")
    args = parser.parse_args(argv)

    aucs = read_frame(args.auc, ["classifier", "auc", "auc_test"])
    label = read_sample(args.sample).label
    save(baseline_figure(aucs, args.settings["classifiers"], label), args.output)


if __name__ == "__main__":
    with clear_errors():
        main()
