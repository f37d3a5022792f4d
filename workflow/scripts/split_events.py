"""Write the table of events of one split: labels, weights, high-level variables and the mass."""

import argparse
import logging

from leptonid.data.splits import event_table
from leptonid.errors import clear_errors
from leptonid.storage import SPLITS, write_feather

logger = logging.getLogger(__name__)


def main(argv: list[str] | None = None) -> None:
    """Run the program."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--events", required=True, help="checked events (HDF5)")
    parser.add_argument("--split", choices=SPLITS, required=True)
    parser.add_argument("--output", required=True, help="table of events (Feather)")
    args = parser.parse_args(argv)

    table = event_table(args.events, args.split)
    write_feather(table, args.output)
    logger.info("%s: %d events", args.split, len(table))


if __name__ == "__main__":
    with clear_errors():
        main()
