"""Histogram the variables of the sample in both classes."""

from leptonid.errors import clear_errors
from leptonid.evaluate.frames import write_frame
from leptonid.evaluate.histograms import variable_histograms
from leptonid.options import program


def main(argv: list[str] | None = None) -> None:
    """Run the program."""
    parser = program(
        __doc__,
        settings="variables, pairs of a name and its axis: range and bins, or null; optional, which a table "
        "can lack",
    )
    parser.add_argument("--events", required=True, help="table of events of a split (Feather)")
    parser.add_argument("--output", required=True, help="table to write (Feather)")
    args = parser.parse_args(argv)

    axes, optional = dict(args.settings["variables"]), args.settings["optional"]
    write_frame(variable_histograms(args.events, axes, optional), args.output)


if __name__ == "__main__":
    with clear_errors():
        main()
