"""Choose the observable of a pass of a search: the candidate with the largest ADO."""

import argparse
import json
import logging

from leptonid.errors import clear_errors
from leptonid.search.passes import choose, inputs_before
from leptonid.storage import write_json

logger = logging.getLogger(__name__)


def main(argv: list[str] | None = None) -> None:
    """Run the program."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--number", type=int, required=True, help="of the pass, from 1")
    parser.add_argument("--candidates", nargs="+", required=True, help="tables of candidates (Feather)")
    parser.add_argument("--before", nargs="?", help="choice of the pass before, if any (JSON)")
    parser.add_argument("--settings", type=json.loads, required=True, help="JSON: base")
    parser.add_argument("--output", required=True, help="choice to write (JSON)")
    args = parser.parse_args(argv)

    choice = choose(args.number, inputs_before(args.settings, args.before), args.candidates)
    write_json(choice, args.output)
    logger.info("stopped: %s", choice["stopped"]) if choice["stopped"] else logger.info(
        "%s of %d candidates, ADO %.4f", choice["inputs"][-1], choice["candidates"], choice["ado"]
    )


if __name__ == "__main__":
    with clear_errors():
        main()
