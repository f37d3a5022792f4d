"""The AUC of every classifier, with its statistical uncertainty and its scatter between trainings."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from leptonid.errors import InputError
from leptonid.evaluate.frames import frame_of
from leptonid.metrics.scored_events import ScoredEvents, deviation
from leptonid.tables.files import read_json

COLUMNS = {
    **{"classifier": str, "model": str, "auc": float, "auc_test": float, "seeds": int, "auc_seeds": float},
    **{"shuffles": int, "shuffles_mean": float, "shuffles_deviation": float},
    **{"folds": int, "folds_mean": float, "folds_deviation": float},
    **{"bootstraps": int, "bootstraps_mean": float, "bootstraps_low": float, "bootstraps_high": float},
    **{"restarts": int, "dead_seeds": int, "dead_shuffles": int, "dead_folds": int, "dead_bootstraps": int},
    **{"test_events": int},
}

# Kinds of runs: on the splits of the file with different seeds, on other splits of all events, and on other
# samples of the training events.
SEED, SHUFFLE, FOLD, BOOTSTRAP = KINDS = ("seed", "shuffle", "fold", "bootstrap")


@dataclass(frozen=True)
class Training:
    """What metrics.json says of one training.

    `kind` is one of `KINDS`, `auc` the AUC on the events that the training held out for testing. `dead` says
    whether the validation AUC is consistent with 0.5, `restarts` how many dead trainings were discarded.
    """

    kind: str
    model: str
    auc: float
    restarts: int
    dead: bool


def read_training(kind: str, path: str) -> Training:
    """Read metrics.json of a run of this kind; raises InputError if it is damaged or incomplete."""
    metrics = read_json(path, "the metrics of a training")
    try:
        return Training(kind, metrics["model"], metrics["auc"]["test"], metrics["restarts"], metrics["dead"])
    except (KeyError, TypeError) as error:
        raise InputError(f"{path}: cannot be read as the metrics of a training ({error!r})") from error


def auc_table(
    scored: Mapping[str, ScoredEvents], trainings: Mapping[str, Sequence[Training]]
) -> pd.DataFrame:
    """Return one row per classifier, highest AUC first.

    Parameters
    ----------
    scored
        Scores of the test events, one training per seed.
    trainings
        All trainings of each classifier, those with other seeds and those on other splits.

    Returns
    -------
    `auc`, the mean over the seeds, with the uncertainty from the test events, `auc_test` (DeLong et al.), and
    the standard deviation between seeds, `auc_seeds`; number, mean and standard deviation of the AUCs of
    shuffles and folds; number, mean and central 95 % of those of bootstraps; `restarts`, and the number of
    dead trainings of each kind.

    Raises
    ------
    InputError
        If a classifier does not have as many trainings with seeds as scores.
    """
    rows = []
    for name, events in scored.items():
        runs = {kind: [run for run in trainings.get(name, []) if run.kind == kind] for kind in KINDS}
        aucs = events.aucs()
        if len(runs[SEED]) != len(aucs):
            raise InputError(
                f"{name}: needs the metrics of each of its {len(aucs)} seeds, found {len(runs[SEED])}"
            )
        seeds, shuffles, folds = (
            _scatter(values)
            for values in (aucs, *([run.auc for run in runs[kind]] for kind in (SHUFFLE, FOLD)))
        )
        rows.append(
            (
                *(name, runs[SEED][0].model, float(aucs.mean()), events.auc_uncertainty()),
                *(seeds[0], seeds[2], *shuffles, *folds),
                *_interval([run.auc for run in runs[BOOTSTRAP]]),
                sum(run.restarts for some in runs.values() for run in some),
                *(sum(run.dead for run in runs[kind]) for kind in KINDS),
                len(events.y),
            )
        )
    return frame_of(sorted(rows, key=lambda row: row[2], reverse=True), COLUMNS)


def _interval(aucs: Sequence[float]) -> tuple[int, float, float, float]:
    """Return number, mean and the ends of the central 95 %, NaN where there are fewer than two."""
    low, high = np.percentile(aucs, [2.5, 97.5]).tolist() if len(aucs) > 1 else (math.nan, math.nan)
    return len(aucs), float(np.mean(aucs)) if aucs else math.nan, low, high


def _scatter(aucs: Sequence[float] | np.ndarray) -> tuple[int, float, float]:
    """Return number, mean and standard deviation, NaN where there are too few."""
    return len(aucs), float(np.mean(aucs)) if len(aucs) else math.nan, deviation(aucs)
