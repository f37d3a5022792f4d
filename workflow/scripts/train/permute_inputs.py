"""Measure how much a network relies on each input: the drop of its test AUC when that is permuted."""

import logging
from functools import partial

from leptonid.errors import clear_errors
from leptonid.event_options import Tables, add_tables
from leptonid.options import add_threads, program
from leptonid.tables.files import write_text
from leptonid.train.export import load_network
from leptonid.train.importance import groups_of, permutation_importance
from leptonid.train.training import make_reproducible, predict, use_threads

logger = logging.getLogger(__name__)


def main(argv: list[str] | None = None) -> None:
    """Run the program."""
    parser = program(__doc__, "inputs, layout and a seed")
    parser.add_argument("--model", required=True, help="trained network (.keras)")
    add_tables(parser)
    add_threads(parser)
    parser.add_argument("--importance", required=True, help="one row per variable or group (CSV)")
    arguments = parser.parse_args(argv)

    settings, tables = arguments.settings, Tables.of(arguments)
    use_threads(arguments.threads)
    make_reproducible(settings["seed"])
    inputs = tables.inputs(settings["inputs"], settings["layout"])
    score = partial(predict, load_network(arguments.model))
    events = tables.read("test", inputs)
    table = permutation_importance(score, events, groups_of(inputs), settings["seed"])
    write_text(table.to_csv(index=False), arguments.importance)
    first = table.loc[table["drop"].idxmax()]
    logger.info("AUC %.4f; largest drop %.4f, without %s", first["auc"], first["drop"], first["variable"])


if __name__ == "__main__":
    with clear_errors():
        main()
