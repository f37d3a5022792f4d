"""Draw the distributions of the variables of the layout in signal and background."""

from leptonid.errors import clear_errors
from leptonid.figures.frames import read_frame
from leptonid.figures.variables import COLUMNS, variables_figure
from leptonid.options import add_figure, add_sample, program
from leptonid.plotting import save
from leptonid.tables.sample import read_sample


def main(argv: list[str] | None = None) -> None:
    """Run the program."""
    parser = program(__doc__, settings="variables: name, title, unit and log of each; classes")
    parser.add_argument("--histograms", required=True, help="distributions of the variables (Feather)")
    add_sample(parser)
    add_figure(parser, "output")
    args = parser.parse_args(argv)

    settings, sample = args.settings, read_sample(args.sample)
    table = read_frame(args.histograms, COLUMNS)
    figure = variables_figure(
        table, settings["variables"], settings["classes"], sample.energy_unit, sample.label
    )
    save(figure, args.output)


if __name__ == "__main__":
    with clear_errors():
        main()
