"""Do one job's trials of a search for the best network of a feature set."""

import argparse
import json
from functools import partial
from pathlib import Path

from leptonid.errors import clear_errors
from leptonid.storage import write_text
from leptonid.train.epochs import training_key
from leptonid.train.inputs import images_and_columns, load_sample
from leptonid.train.objective import validation_auc
from leptonid.train.precision import usable_precision
from leptonid.train.training import use_threads
from leptonid.train.tuning import open_study, run_trials, search_space, trial_table


def main(argv: list[str] | None = None) -> None:
    """Run the program."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "--events", nargs="+", required=True, help="tables of events of train and valid (Feather)"
    )
    parser.add_argument("--cells", nargs="*", default=[], help="tables of cells, where images are inputs")
    parser.add_argument("--efps", nargs="*", default=[], help="EFP tables, where EFPs are inputs")
    parser.add_argument("--unique", nargs="?", help="table of unique observables, where EFPs are inputs")
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--job", type=int, required=True, help="number of this job, from 0")
    parser.add_argument(
        "--settings",
        type=json.loads,
        required=True,
        help="JSON: inputs, ranges, trials, jobs, seed, and the training of every trial",
    )
    parser.add_argument(
        "--trials",
        required=True,
        help="table of this job's trials (CSV); journal.log beside it is all jobs' memory",
    )
    args = parser.parse_args(argv)

    settings = args.settings
    use_threads(args.threads)
    images, columns = images_and_columns(settings["inputs"], args.unique)
    training, valid = (
        load_sample(split, images, columns, args.events, args.cells, args.efps)
        for split in ("train", "valid")
    )

    # More trials continue a search; any other change begins a new one.
    name = training_key((training, valid), {**settings, "trials": None})
    study = open_study(Path(args.trials).with_name("journal.log"), name, settings["epochs"])
    space = search_space(settings["ranges"])
    precision = usable_precision(settings["precision"])
    objective = partial(
        validation_auc, training=training, valid=valid, settings=settings, precision=precision
    )
    each, left = divmod(settings["trials"], settings["jobs"])
    share = each + (args.job < left)
    run_trials(study, space, args.job, share, settings["seed"], objective)
    write_text(trial_table(study, space, args.job).head(share).to_csv(index=False), args.trials)


if __name__ == "__main__":
    with clear_errors():
        main()
