"""The AUC in bins of transverse momentum, pseudorapidity and the number of cells."""

from collections.abc import Mapping
from itertools import pairwise

import numpy as np
import pandas as pd

from leptonid.evaluate.binning import binned
from leptonid.evaluate.frames import frame_of, weighting
from leptonid.metrics.scored_events import ScoredEvents, deviation

COLUMNS = {
    **{"classifier": str, "variable": str, "low": float, "high": float, "signal": int, "background": int},
    **{"auc": float, "auc_test": float, "auc_seeds": float, "weighted": bool},
    **{"effective_signal": float, "effective_background": float, "negative_weights": int},
}


def binned_auc_table(scored: Mapping[str, ScoredEvents], values: Mapping[str, np.ndarray]) -> pd.DataFrame:
    """Return one row per classifier, variable and bin; bins have equal numbers of events.

    `auc` is the mean over trainings, `auc_test` its uncertainty from the test events (DeLong et al.),
    `auc_seeds` the standard deviation between trainings. They are NaN in bins where a class has no events or
    no weight. `effective_signal` and so on are those of the bin's events, see `weighting`.
    """
    bins = binned(values)
    rows = []
    for name, events in scored.items():
        for variable, (edges, place) in bins.items():
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
