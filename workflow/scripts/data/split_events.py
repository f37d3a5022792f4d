"""Write the table of events of one split: labels, weights, variables and kinematics."""

import logging

from leptonid.data.receipt import verify_sources
from leptonid.data.splits import write_event_table
from leptonid.errors import clear_errors
from leptonid.options import program
from leptonid.study.layout import Contents
from leptonid.study.paths import SPLITS
from leptonid.study.sources import Reading

logger = logging.getLogger(__name__)


def main(argv: list[str] | None = None) -> None:
    """Run the program."""
    parser = program(__doc__, settings="sources (files of the split), layout, negative_weights, reading")
    parser.add_argument("--receipt", required=True, help="receipt of check_events.py (JSON)")
    parser.add_argument("--split", choices=SPLITS, required=True)
    parser.add_argument("--output", required=True, help="table of events (Feather)")
    args = parser.parse_args(argv)

    verify_sources(args.settings["sources"], args.split, args.receipt)
    contents, negative = Contents.from_settings(args.settings["layout"]), args.settings["negative_weights"]
    sources, reading = args.settings["sources"], Reading.from_settings(args.settings["reading"])
    events = write_event_table(sources, args.split, contents, args.output, negative, reading)
    logger.info("%s: %d events", args.split, events)


if __name__ == "__main__":
    with clear_errors():
        main()
