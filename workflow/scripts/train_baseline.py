"""Fit one baseline, boosted trees or logistic regression, to a flat feature set, and score all events."""

import argparse
import json
import logging

from threadpoolctl import threadpool_limits

from leptonid.errors import clear_errors
from leptonid.storage import SPLITS, write_feather, write_json
from leptonid.train.baselines import fit_baseline, save_baseline
from leptonid.train.inputs import described, images_and_columns, load_sample
from leptonid.train.partitions import partition
from leptonid.train.results import aucs, score_table

logger = logging.getLogger(__name__)


def main(argv: list[str] | None = None) -> None:
    """Run the program."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--events", nargs="+", required=True, help="tables of events of all splits (Feather)")
    parser.add_argument("--efps", nargs="*", default=[], help="EFP tables, where EFPs are inputs")
    parser.add_argument("--unique", nargs="?", help="table of unique observables, where EFPs are inputs")
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument(
        "--settings",
        type=json.loads,
        required=True,
        help="JSON: model (trees or logistic), its settings, inputs, weights, the seed, and repetition: "
        "null or another split of the events",
    )
    parser.add_argument("--model", required=True, help="fitted model (.skops)")
    parser.add_argument("--scores", required=True, help="scores of all events (Feather)")
    parser.add_argument("--metrics", required=True, help="AUC per role and facts of the fit (JSON)")
    args = parser.parse_args(argv)

    settings = args.settings
    _, columns = images_and_columns(settings["inputs"], args.unique)
    names = list(map(str, columns))
    samples = partition(
        {split: load_sample(split, [], columns, args.events, [], args.efps) for split in SPLITS},
        settings["repetition"],
    )
    logger.info(
        "%s of %d variables; %d training events", settings["model"], len(names), len(samples["train"].y)
    )
    # The number of threads decides the order of sums, and so the last digits.
    with threadpool_limits(args.threads):
        baseline, facts = fit_baseline(samples, names, settings)
        scores = {role: baseline.predict(sample) for role, sample in samples.items()}

    metrics = {
        "model": settings["model"],
        **described([], columns, args.efps),
        "seed": settings["seed"],
        "restarts": 0,
        **facts,
        **aucs(samples, scores),
    }
    save_baseline(baseline, args.model)
    write_feather(score_table(samples, scores), args.scores)
    write_json(metrics, args.metrics)
    logger.info("AUC: %s", metrics["auc"])


if __name__ == "__main__":
    with clear_errors():
        main()
