"""Draw the distributions of the seven high-level variables and the jet mass in signal and background."""

import argparse

from leptonid.errors import clear_errors
from leptonid.figures.events import read_energy_unit, read_events, read_label
from leptonid.figures.variables import VARIABLES, variables_figure
from leptonid.plotting import save


def main(argv: list[str] | None = None) -> None:
    """Run the program."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--events", required=True, help="events of a split (Feather)")
    parser.add_argument("--output", nargs="+", required=True, help="PDF and PNG to write")
    args = parser.parse_args(argv)

    events = read_events(args.events, list(VARIABLES))
    save(variables_figure(events, read_energy_unit(args.events), read_label(args.events)), args.output)


if __name__ == "__main__":
    with clear_errors():
        main()
