"""Collect the trials of all jobs of a search, and write the best network as a config overlay."""

import logging

from leptonid.errors import clear_errors
from leptonid.options import program
from leptonid.tables.files import write_text
from leptonid.train.tuning import best_overlay, parameter_table, read_trials, search_space

logger = logging.getLogger(__name__)


def main(argv: list[str] | None = None) -> None:
    """Run the program."""
    parser = program(__doc__, "ranges")
    parser.add_argument("--classifier", required=True, help="name of the network")
    parser.add_argument("--trials", nargs="+", required=True, help="tables of all jobs' trials (CSV)")
    parser.add_argument("--best", required=True, help="overlay of the config (YAML)")
    parser.add_argument("--all-trials", required=True, help="all trials in order (CSV)")
    parser.add_argument("--parameters", required=True, help="range and importance per hyperparameter (CSV)")
    arguments = parser.parse_args(argv)

    trials = read_trials(arguments.trials)
    overlay = best_overlay(trials, arguments.classifier)
    write_text(trials.to_csv(index=False), arguments.all_trials)
    parameters = parameter_table(trials, search_space(arguments.settings["ranges"]))
    write_text(parameters.to_csv(index=False), arguments.parameters)
    write_text(overlay, arguments.best)
    logger.info("%s", overlay)


if __name__ == "__main__":
    with clear_errors():
        main()
