"""Score the test events with a network after changes of their calorimeter cells."""

import logging
from functools import partial

from leptonid.errors import clear_errors
from leptonid.event_options import Tables, add_tables
from leptonid.options import add_threads, program
from leptonid.tables.feather import write_feather
from leptonid.train.export import load_network
from leptonid.train.training import make_reproducible, predict, use_threads
from leptonid.train.variations import Change, scores_of_changes

logger = logging.getLogger(__name__)


def main(argv: list[str] | None = None) -> None:
    """Run the program."""
    parser = program(__doc__, "inputs, layout, a seed, and changes: pairs of a name and what it changes")
    parser.add_argument("--model", required=True, help="trained network (.keras)")
    add_tables(parser)
    add_threads(parser)
    parser.add_argument("--output", required=True, help="one row per event (Feather)")
    arguments = parser.parse_args(argv)

    settings, tables = arguments.settings, Tables.of(arguments)
    use_threads(arguments.threads)
    make_reproducible(settings["seed"])
    inputs = tables.inputs(settings["inputs"], settings["layout"])
    changes = {name: Change(**change) for name, change in settings["changes"]}
    score = partial(predict, load_network(arguments.model))
    events = tables.read("test", inputs)
    table = scores_of_changes(score, events, inputs.images, changes, settings["seed"])
    write_feather(table, arguments.output)
    logger.info("%d events scored with %d changes", len(table), len(changes))


if __name__ == "__main__":
    with clear_errors():
        main()
