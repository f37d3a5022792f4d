"""Run one job's trials of the search for the best network of a feature set."""

from functools import partial
from pathlib import Path

from leptonid.errors import clear_errors
from leptonid.event_options import Tables, add_tables
from leptonid.options import add_threads, program
from leptonid.study.paths import TUNING_SPLITS
from leptonid.tables.files import write_text
from leptonid.tables.fingerprints import files_fingerprint
from leptonid.train.epochs import training_key
from leptonid.train.objective import validation_auc
from leptonid.train.precision import usable_precision
from leptonid.train.training import use_threads
from leptonid.train.tuning import open_study, run_trials, search_space, trial_table


def main(argv: list[str] | None = None) -> None:
    """Run the program."""
    parser = program(__doc__, "inputs, layout, kind, ranges, trials, jobs, seed, and the training of a trial")
    add_tables(parser)
    add_threads(parser)
    parser.add_argument("--job", type=int, required=True, help="number of this job, from 0")
    parser.add_argument(
        "--trials",
        required=True,
        help="table of this job's trials (CSV); all jobs share journal.log beside it",
    )
    arguments = parser.parse_args(argv)

    use_threads(arguments.threads)
    settings, tables = arguments.settings, Tables.of(arguments)
    inputs = tables.inputs(settings["inputs"], settings["layout"])
    training, valid = (tables.read(split, inputs) for split in TUNING_SPLITS)
    settings = inputs.with_scalings(settings)

    # More trials continue a search; any other change starts a new one.
    name = training_key(files_fingerprint(tables.files), {**settings, "trials": None})
    study = open_study(Path(arguments.trials).with_name("journal.log"), name, settings["epochs"])
    space = search_space(settings["ranges"])
    precision = usable_precision(settings["precision"])
    objective = partial(
        validation_auc, training=training, valid=valid, settings=settings, precision=precision
    )
    per_job, left = divmod(settings["trials"], settings["jobs"])
    share = per_job + (arguments.job < left)
    run_trials(study, space, arguments.job, share, settings["seed"], objective)
    write_text(trial_table(study, space, arguments.job).head(share).to_csv(index=False), arguments.trials)


if __name__ == "__main__":
    with clear_errors():
        main()
