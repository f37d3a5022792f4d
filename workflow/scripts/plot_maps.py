"""Draw what an image network sees: saliency and occlusion maps of signal and background."""

import argparse

from leptonid.errors import clear_errors
from leptonid.figures.events import read_energy_unit, read_label
from leptonid.figures.feature_sets import feature_sets
from leptonid.figures.maps import COLUMNS, maps_figure
from leptonid.plotting import save
from leptonid.storage import read_feather


def main(argv: list[str] | None = None) -> None:
    """Run the program."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--features", required=True, help="name of the feature set")
    parser.add_argument("--maps", required=True, help="maps of a network (Feather)")
    parser.add_argument("--events", required=True, help="events of the test split, for label and unit")
    parser.add_argument("--output", nargs="+", required=True, help="PDF and PNG to write")
    args = parser.parse_args(argv)

    maps, title = read_feather(args.maps, COLUMNS), feature_sets([args.features])[args.features].title
    save(maps_figure(maps, title, read_energy_unit(args.events), read_label(args.events)), args.output)


if __name__ == "__main__":
    with clear_errors():
        main()
