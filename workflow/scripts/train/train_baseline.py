"""Fit one baseline, boosted trees or logistic regression, to flat variables, and score all events with it."""

import logging

from threadpoolctl import threadpool_limits

from leptonid.errors import clear_errors
from leptonid.event_options import Tables, add_tables
from leptonid.options import add_threads, program
from leptonid.study.paths import SPLITS
from leptonid.tables.chunks import read_chunks
from leptonid.tables.files import write_json
from leptonid.tables.scores import write_scores
from leptonid.train.baselines import fit_baseline, save_baseline
from leptonid.train.partitions import partition
from leptonid.train.results import aucs

logger = logging.getLogger(__name__)


def main(argv: list[str] | None = None) -> None:
    """Run the program."""
    parser = program(
        __doc__,
        "model (trees or logistic), its settings, inputs, layout, weights, negative_weights, the seed, and "
        "repetition: null or another split of the events",
    )
    add_tables(parser)
    add_threads(parser)
    parser.add_argument("--model", required=True, help="fitted model (.skops)")
    parser.add_argument("--scores", required=True, help="scores of all events (Feather)")
    parser.add_argument("--metrics", required=True, help="AUC per role and facts of the fit (JSON)")
    arguments = parser.parse_args(argv)

    settings, tables = arguments.settings, Tables.of(arguments)
    inputs = tables.inputs(settings["inputs"], settings["layout"])
    events = {split: tables.read(split, inputs) for split in SPLITS}
    chunks = read_chunks(tables.events) if settings["repetition"] else None
    events = partition(events, settings["repetition"], chunks)
    logger.info(
        "%s of %d variables; %d training events", settings["model"], len(inputs.names), len(events["train"])
    )
    # The number of threads decides the order of sums, and so the last digits.
    with threadpool_limits(arguments.threads):
        baseline, facts = fit_baseline(events, inputs.names, settings)
        scores = {role: baseline.predict(some) for role, some in events.items()}

    metrics = {
        "model": settings["model"],
        **inputs.describe(tables.efps),
        "layout": settings["layout"],
        "seed": settings["seed"],
        "restarts": 0,
        **facts,
        **aucs(events, scores),
    }
    save_baseline(baseline, arguments.model)
    write_scores(events, scores, arguments.scores)
    write_json(metrics, arguments.metrics)
    logger.info("AUC: %s", metrics["auc"])


if __name__ == "__main__":
    with clear_errors():
        main()
