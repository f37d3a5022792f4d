"""Draw one calorimeter's images: the mean of signal and background, and single events."""

import argparse
import json

from leptonid.calorimeter import GRIDS
from leptonid.errors import clear_errors
from leptonid.figures.events import read_cells, read_energy_unit, read_label
from leptonid.figures.images import mean_figure, single_figure
from leptonid.plotting import save


def main(argv: list[str] | None = None) -> None:
    """Run the program."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--calorimeter", choices=GRIDS, required=True)
    parser.add_argument("--events", required=True, help="events of a split (Feather)")
    parser.add_argument("--cells", required=True, help="this calorimeter's cells of the same split (Feather)")
    parser.add_argument(
        "--settings", type=json.loads, required=True, help="JSON: single_events of each class"
    )
    parser.add_argument("--mean", nargs="+", required=True, help="PDF and PNG to write")
    parser.add_argument("--single", nargs="+", required=True, help="PDF and PNG to write")
    args = parser.parse_args(argv)

    grid = GRIDS[args.calorimeter]
    unit, label = read_energy_unit(args.events), read_label(args.events)
    cells = read_cells(args.cells, args.events, grid)
    save(mean_figure(cells, grid, unit, label), args.mean)
    save(single_figure(cells, grid, unit, label, args.settings["single_events"]), args.single)


if __name__ == "__main__":
    with clear_errors():
        main()
