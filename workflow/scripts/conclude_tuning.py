"""Collect the trials of all jobs of a search, and write the best network as a config overlay."""

import argparse
import json
import logging

from leptonid.errors import clear_errors
from leptonid.storage import write_text
from leptonid.train.tuning import best_overlay, parameter_table, read_trials, search_space

logger = logging.getLogger(__name__)


def main(argv: list[str] | None = None) -> None:
    """Run the program."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--features", required=True, help="name of the feature set")
    parser.add_argument("--trials", nargs="+", required=True, help="tables of all jobs' trials (CSV)")
    parser.add_argument("--settings", type=json.loads, required=True, help="JSON: ranges")
    parser.add_argument("--best", required=True, help="overlay of the config (YAML)")
    parser.add_argument("--all-trials", required=True, help="all trials in order (CSV)")
    parser.add_argument(
        "--parameters", required=True, help="each hyperparameter's range and importance (CSV)"
    )
    args = parser.parse_args(argv)

    trials = read_trials(args.trials)
    overlay = best_overlay(trials, args.features)
    write_text(trials.to_csv(index=False), args.all_trials)
    parameters = parameter_table(trials, search_space(args.settings["ranges"]))
    write_text(parameters.to_csv(index=False), args.parameters)
    write_text(overlay, args.best)
    logger.info("%s", overlay)


if __name__ == "__main__":
    with clear_errors():
        main()
