"""Choose the observable of a pass: the candidate with the largest ADO."""

import logging

from leptonid.errors import clear_errors
from leptonid.options import program
from leptonid.search.passes import choose, inputs_before
from leptonid.tables.files import write_json

logger = logging.getLogger(__name__)


def main(argv: list[str] | None = None) -> None:
    """Run the program."""
    parser = program(__doc__, settings="base")
    parser.add_argument("--number", type=int, required=True, help="number of the pass, from 1")
    parser.add_argument("--candidates", nargs="+", required=True, help="tables of candidates (Feather)")
    parser.add_argument("--previous", nargs="?", help="choice of the previous pass, if any (JSON)")
    parser.add_argument("--output", required=True, help="choice to write (JSON)")
    args = parser.parse_args(argv)

    choice = choose(args.number, inputs_before(args.settings, args.previous), args.candidates)
    write_json(choice, args.output)
    if choice["stopped"]:
        logger.info("stopped: %s", choice["stopped"])
    else:
        chosen, count = choice["inputs"][-1], choice["candidates"]
        logger.info("%s of %d candidates, ADO %.4f", chosen, count, choice["ado"])


if __name__ == "__main__":
    with clear_errors():
        main()
