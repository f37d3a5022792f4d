"""Check an HDF5 file in the published layout and keep a copy of what the workflow uses of it."""

import argparse
import json

from leptonid.calorimeter import GRIDS
from leptonid.data.published import check_events, copy_events
from leptonid.errors import clear_errors


def main(argv: list[str] | None = None) -> None:
    """Run the program."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--source", required=True, help="events in the published layout (HDF5)")
    parser.add_argument("--settings", type=json.loads, required=True, help="JSON: label, efp_calorimeters")
    parser.add_argument("--output", required=True, help="checked copy (HDF5)")
    args = parser.parse_args(argv)

    images = [GRIDS[name].image for name in args.settings["efp_calorimeters"]]
    findings = check_events(args.source, efp_images=images)
    copy_events(args.source, args.output, findings, label=args.settings["label"])


if __name__ == "__main__":
    with clear_errors():
        main()
