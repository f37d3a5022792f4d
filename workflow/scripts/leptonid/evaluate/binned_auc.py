"""The AUC in bins of transverse momentum and pseudorapidity."""

from collections.abc import Mapping
from itertools import pairwise
from pathlib import Path

import numpy as np
import pandas as pd

from leptonid.errors import InputError
from leptonid.evaluate.frames import finite_values, frame_of, read_columns, weighting
from leptonid.metrics.scored_events import ScoredEvents, deviation
from leptonid.study.layout import KINEMATICS
from leptonid.tables.feather import read_schema

COLUMNS = {
    **{"classifier": str, "variable": str, "low": float, "high": float, "signal": int, "background": int},
    **{"auc": float, "auc_test": float, "auc_seeds": float, "weighted": bool},
    **{"effective_signal": float, "effective_background": float, "negative_weights": int},
}

BINS = 5


def read_kinematics(path: str | Path, scored: ScoredEvents) -> dict[str, np.ndarray]:
    """Return `pt` and `abs_eta` of the scored events, shapes (N,), as far as the table of events has them.

    Raises
    ------
    InputError
        As from `read_columns`, and if the table has other events or a value is not finite.
    """
    columns = [name for name in KINEMATICS if name in read_schema(path).names]
    table = read_columns(path, columns)
    if not np.array_equal(table["event"], scored.event) or not np.array_equal(table["y"], scored.y):
        raise InputError(f"{path}: its events are not those of the scores; train on the same data")
    values = {name: finite_values(path, table, name) for name in columns}
    if "eta" in values:
        values["abs_eta"] = np.abs(values.pop("eta"))
    return values


def binned_auc_table(
    scored: Mapping[str, ScoredEvents], kinematics: Mapping[str, np.ndarray]
) -> pd.DataFrame:
    """Return one row per classifier, variable and bin; bins have equal numbers of events.

    `auc` is the mean over trainings, `auc_test` its uncertainty from the test events (DeLong et al.),
    `auc_seeds` the standard deviation between trainings. They are NaN in bins where a class has no events or
    no weight. `effective_signal` and so on are those of the bin's events, see `weighting`.
    """
    rows = []
    for name, events in scored.items():
        for variable, values in kinematics.items():
            edges = np.unique(np.quantile(values, np.linspace(0, 1, BINS + 1)))
            place = np.searchsorted(edges[1:-1], values, side="right")
            for number, (low, high) in enumerate(pairwise(edges)):
                rows.append((name, variable, low, high, *_auc(events.take(place == number))))
    return frame_of(rows, COLUMNS)


def _auc(part: ScoredEvents) -> tuple:
    """Return the number of signal and background events, their AUC and its uncertainties, and `weighting`."""
    classes = [part.y == value for value in (1, 0)]
    numbers = [np.count_nonzero(members) for members in classes]
    estimates = np.nan, np.nan, np.nan
    if all(part.weight[members].sum() > 0 for members in classes):
        aucs = part.aucs()
        estimates = aucs.mean(), part.auc_uncertainty(), deviation(aucs)
    return *numbers, *estimates, *weighting(part.y, part.weight).values()
