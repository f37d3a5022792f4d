"""Bayesian optimisation of a network: trials that jobs share through a journal, and their results."""

import json
import logging
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import numpy as np
import optuna
import pandas as pd
import yaml
from optuna.distributions import BaseDistribution, FloatDistribution, IntDistribution
from optuna.storages import JournalStorage
from optuna.storages.journal import JournalFileBackend, JournalFileOpenLock
from optuna.trial import TrialState

from leptonid.errors import DivergenceError, InputError

logger = logging.getLogger(__name__)
# Every trial is logged here.
optuna.logging.set_verbosity(optuna.logging.WARNING)

WHOLE = ("blocks", "filters", "phi_dense", "phi_units", "dense", "units")
PARAMETERS = (*WHOLE, "dropout", "learning_rate")
LOGARITHMIC = ("learning_rate",)
COLUMNS = ("number", "job", "state", "auc", "auc_uncertainty", "epochs")
# With fewer, the best tenth, which importances are computed from, is one trial.
FEWEST_FOR_IMPORTANCE = 20

# Seconds after which a lock file counts as left by a killed job; a record is written in milliseconds.
LOCK_SECONDS = 30
# What every record of a journal holds.
RECORD = {"op_code", "worker_id"}


def search_space(ranges: Mapping[str, Sequence[float]]) -> dict[str, BaseDistribution]:
    """Return the distribution of each hyperparameter, drawn from [low, high] with its ends.

    Integers where only those make sense; the learning rate is uniform in its logarithm.
    """
    space = {}
    for name in PARAMETERS:
        if name in ranges:
            low, high = ranges[name]
            whole, logarithmic = name in WHOLE, name in LOGARITHMIC
            space[name] = (
                IntDistribution(low, high) if whole else FloatDistribution(low, high, log=logarithmic)
            )
    return space


def open_study(journal: str | Path, name: str, epochs: int) -> optuna.Study:
    """Return the study of this name in a journal, new if there is none; many jobs can use it at once.

    A trial is pruned if, after a quarter of the epochs or more, its lowest validation loss so far is above
    the median of that of finished trials at the same epoch.

    Raises
    ------
    InputError
        If the journal is damaged, or cannot be read or written. It is then unchanged.
    """
    journal = Path(journal)
    # A file made with O_EXCL, which NFS supports.
    lock = JournalFileOpenLock(str(journal), LOCK_SECONDS)
    try:
        journal.parent.mkdir(parents=True, exist_ok=True)
        _repair(journal, lock)
        storage = _storage(journal, lock)
    except OSError as error:
        raise InputError(f"{journal}: the journal cannot be read and written ({error.strerror})") from error
    pruner = optuna.pruners.MedianPruner(n_warmup_steps=epochs // 4)
    return optuna.create_study(
        storage=storage, study_name=name, direction="maximize", pruner=pruner, load_if_exists=True
    )


def run_trials(
    study: optuna.Study,
    space: Mapping[str, BaseDistribution],
    job: int,
    count: int,
    seed: int,
    objective: Callable[[optuna.Trial], float],
) -> None:
    """Run the trials that a job lacks of `count`; a trial that was cut off by a kill counts as failed.

    Parameters
    ----------
    objective
        Takes a trial with its parameters and returns the value to maximise. It may raise
        `optuna.TrialPruned` or a `DivergenceError`; both count as a trial.
    """
    own = [trial for trial in study.get_trials(deepcopy=False) if trial.user_attrs.get("job") == job]
    for trial in own:
        if trial.state == TrialState.RUNNING:
            study.tell(trial.number, state=TrialState.FAIL)
            logger.info("trial %d was cut off; another replaces it", trial.number)
    left = count - sum(trial.state in (TrialState.COMPLETE, TrialState.PRUNED) for trial in own)
    # Trials that were cut off count here, so that a network that killed its job is not drawn again.
    for started in range(len(own), len(own) + left):
        (state,) = np.random.SeedSequence((seed, job, started)).generate_state(1)
        study.sampler = optuna.samplers.TPESampler(seed=int(state), constant_liar=True)
        trial = study.ask(space)
        trial.set_user_attr("job", job)
        logger.info("trial %d: %s", trial.number, _listed(trial.params))
        try:
            value = objective(trial)
        except optuna.TrialPruned:
            study.tell(trial, state=TrialState.PRUNED)
            logger.info("trial %d: pruned", trial.number)
        except DivergenceError as error:
            # Not failed: the sampler learns from pruned trials only.
            trial.set_user_attr("diverged", True)
            study.tell(trial, state=TrialState.PRUNED)
            logger.info("trial %d: diverged: %s", trial.number, error)
        else:
            study.tell(trial, value)
            logger.info("trial %d: AUC %.4f", trial.number, value)


def trial_table(study: optuna.Study, space: Mapping[str, BaseDistribution], job: int) -> pd.DataFrame:
    """Return the finished trials of a job, one row per trial: `COLUMNS` and the hyperparameters.

    `state` is complete, pruned or diverged. `auc` is the validation AUC; for a pruned trial Keras' estimate
    after its last epoch, weighted and on a grid of cuts; empty for a diverged one.
    """
    rows = []
    for trial in study.get_trials(deepcopy=False, states=(TrialState.COMPLETE, TrialState.PRUNED)):
        if trial.user_attrs["job"] == job:
            complete = trial.state == TrialState.COMPLETE
            state = "diverged" if "diverged" in trial.user_attrs else trial.state.name.lower()
            value = trial.value if complete else trial.user_attrs.get("auc")
            uncertainty = trial.user_attrs.get("auc_uncertainty")
            facts = (trial.number, job, state, value, uncertainty, len(trial.intermediate_values))
            rows.append((*facts, *(trial.params[name] for name in space)))
    return pd.DataFrame(rows, columns=[*COLUMNS, *space])


def read_trials(paths: Sequence[str | Path]) -> pd.DataFrame:
    """Return the trials of all jobs, in the order of their start.

    Raises
    ------
    InputError
        If the tables are not of one study, or no trial is complete.
    """
    trials = pd.concat([pd.read_csv(path) for path in paths])
    trials = trials.sort_values("number", ignore_index=True)
    folder = Path(paths[0]).parent
    if trials["number"].duplicated().any():
        raise InputError(f"{folder}: its tables are of more than one study; delete the folder and tune again")
    if not (trials["state"] == "complete").any():
        counts = trials["state"].value_counts().to_dict()
        raise InputError(
            f"{folder}: no trial is complete ({_listed(counts)}); change the ranges of train.tuning, first"
            " that of the learning rate"
        )
    return trials


def best_trial(trials: pd.DataFrame) -> pd.Series:
    """Return the complete trial with the largest AUC, the first of equal ones."""
    return trials.loc[trials["auc"].where(trials["state"] == "complete").idxmax()]


def best_overlay(trials: pd.DataFrame, classifier: str) -> str:
    """Return the best network as a config overlay (YAML), with a comment on its origin."""
    best = best_trial(trials)
    values = {
        name: int(best[name]) if name in WHOLE else float(best[name]) for name in PARAMETERS if name in trials
    }
    overlay = {"train": {"features": {classifier: values}}}
    return (
        f"# The best of {len(trials)} networks tried for {classifier}: AUC {best['auc']:.4f} +- "
        f"{best['auc_uncertainty']:.4f} on the validation events.\n"
        "# To train it, give this file with --configfile, after your own if you have one.\n"
        + yaml.safe_dump(overlay, sort_keys=False)
    )


def parameter_table(trials: pd.DataFrame, space: Mapping[str, BaseDistribution]) -> pd.DataFrame:
    """Return the range and the importance of each hyperparameter.

    Columns `parameter`, `low`, `high`, and `importance`: how much it decides whether a trial is among the
    best tenth. Importances are shares that sum to 1 (PED-ANOVA, arXiv:2304.10255), over the complete trials;
    empty if there are fewer than `FEWEST_FOR_IMPORTANCE`.
    """
    complete = trials[trials["state"] == "complete"]
    shares = {}
    if len(complete) >= FEWEST_FOR_IMPORTANCE:
        study = optuna.create_study(direction="maximize")
        for _, trial in complete.iterrows():
            study.add_trial(
                optuna.create_trial(
                    value=trial["auc"],
                    params={name: trial[name] for name in space},
                    distributions=dict(space),
                )
            )
        shares = optuna.importance.get_param_importances(study)
    rows = [(name, drawn.low, drawn.high, shares.get(name)) for name, drawn in space.items()]
    return pd.DataFrame(rows, columns=["parameter", "low", "high", "importance"])


def _repair(journal: Path, lock: JournalFileOpenLock) -> None:
    """Remove an unfinished last line that a crash left; the next line would be appended to it.

    Optuna does not look at the last whole line before it appends to it: all are checked first.
    """
    if not journal.exists():
        return
    lock.acquire()
    try:
        *lines, unfinished = journal.read_bytes().split(b"\n")
        for number, line in enumerate(lines, 1):
            if problem := _problem(line):
                raise _damaged(journal, f"line {number}: {problem}")
        if unfinished:
            with journal.open("r+b") as file:
                file.truncate(sum(map(len, lines)) + len(lines))
    finally:
        lock.release()


def _storage(journal: Path, lock: JournalFileOpenLock) -> JournalStorage:
    """Return the storage after it has applied all records; what it raises depends on the record."""
    try:
        return JournalStorage(JournalFileBackend(str(journal), lock))
    except (ValueError, TypeError, LookupError, AttributeError, AssertionError) as error:
        raise _damaged(journal, repr(error)) from error


def _problem(line: bytes) -> str:
    """Return why a line of a journal is no record, nothing if it is one."""
    try:
        record = json.loads(line)
    except (ValueError, RecursionError) as error:
        return str(error)
    if not isinstance(record, dict) or not record.keys() >= RECORD:
        return "no record of Optuna"
    return ""


def _damaged(journal: Path, problem: str) -> InputError:
    return InputError(
        f"{journal}: damaged ({problem}); delete it together with the tables beside it to start again"
    )


def _listed(values: Mapping) -> str:
    return ", ".join(
        f"{name} {value:.4g}" if isinstance(value, float) else f"{name} {value}"
        for name, value in values.items()
    )
