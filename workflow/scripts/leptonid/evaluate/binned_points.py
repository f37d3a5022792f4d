"""Efficiencies of thresholds, for all test events and in bins of transverse momentum and other variables."""

from collections.abc import Iterator, Mapping
from itertools import pairwise

import numpy as np
import pandas as pd

from leptonid.evaluate.binning import binned, place_of
from leptonid.evaluate.frames import frame_of, weighting
from leptonid.metrics.auc import effective_events
from leptonid.metrics.binomial import binomial_interval
from leptonid.metrics.curves import Cuts
from leptonid.metrics.scored_events import ScoredEvents
from leptonid.metrics.working_points import EFFICIENCIES
from leptonid.study.layout import CLASSES

COLUMNS = {
    **{"classifier": str, "training": int, "thresholds": str, "variable": str, "low": float, "high": float},
    **{"working_point": float, "threshold": float, "signal": int, "background": int},
    **{f"{name}_efficiency{suffix}": float for name in CLASSES.values() for suffix in ("", "_low", "_high")},
    **{f"rejection{suffix}": float for suffix in ("", "_low", "_high")},
    "background_passing": float,
    **{"weighted": bool, "effective_signal": float, "effective_background": float, "negative_weights": int},
}

# The variable of rows of all events.
ALL = "all"

# One threshold for all events, or one in each bin of the transverse momentum: its efficiency is flat.
COMMON, FLAT = "common", "flat in pt"


def working_points_table(
    name: str,
    test: ScoredEvents,
    valid: ScoredEvents,
    values: Mapping[str, np.ndarray],
    valid_pt: np.ndarray | None,
) -> pd.DataFrame:
    """Return one row per training of a classifier, kind of threshold, variable, bin and working point.

    A threshold is the highest score that keeps at least the signal efficiency `working_point` of the
    validation events: of all (`thresholds` is `common`), or of those in the bin (`flat in pt`). Scores of at
    least this pass. All efficiencies are of test events, which are independent of it, with
    `binomial_interval`: the share of the signal that passes differs from the working point where the two
    samples do. `rejection` is one over the background efficiency, NaN without background that passes, and
    `background_passing` how many effective events that is. Bins without events or weight of a class have NaN.

    Parameters
    ----------
    values
        What is binned, by name, (N,) of the test events.
    valid_pt
        Transverse momenta of the validation events; None if unknown: nothing is then flat in it.
    """
    everything = np.zeros(len(test.y), int)
    bins = {ALL: (np.array([np.nan, np.nan]), everything), **binned(values)}
    rows = []
    for training, (score, valid_score) in enumerate(zip(test.scores, valid.scores, strict=True)):
        common = thresholds(valid.y, valid_score, valid.weight)
        for variable, (edges, place) in bins.items():
            for number, limits in enumerate(pairwise(edges)):
                inside = place == number
                start = (name, training, COMMON, variable, *limits)
                rows += _rows(start, test, score, inside, common)
        if valid_pt is not None and "pt" in bins:
            edges, place = bins["pt"]
            valid_place = place_of(valid_pt, edges)
            for number, limits in enumerate(pairwise(edges)):
                own = valid_place == number
                flat = thresholds(valid.y[own], valid_score[own], valid.weight[own])
                start = (name, training, FLAT, "pt", *limits)
                rows += _rows(start, test, score, place == number, flat)
    return frame_of(rows, COLUMNS)


def thresholds(y: np.ndarray, score: np.ndarray, weight: np.ndarray) -> np.ndarray:
    """Return the highest scores that keep at least `EFFICIENCIES` of the signal, (E,); NaN without signal."""
    if not weight[y == 1].sum() > 0:
        return np.full(len(EFFICIENCIES), np.nan)
    return Cuts.of(y, score).thresholds(score, weight, EFFICIENCIES)


def _rows(
    start: tuple, test: ScoredEvents, score: np.ndarray, inside: np.ndarray, cuts: np.ndarray
) -> Iterator[tuple]:
    """Yield the rows of one bin."""
    y, score, weight = test.y[inside], score[inside], test.weight[inside]
    passes = score[:, None] >= cuts
    numbers, columns = [], []
    events = weighting(y, weight)
    for value, name in CLASSES.items():
        own = y == value
        numbers.append(np.count_nonzero(own))
        total = weight[own].sum()
        efficiency = np.full(len(cuts), np.nan)
        if total > 0:
            efficiency = np.where(np.isnan(cuts), np.nan, weight[own] @ passes[own] / total)
        columns += [
            efficiency,
            *binomial_interval(efficiency, np.full(len(cuts), events[f"effective_{name}"])),
        ]
    with np.errstate(divide="ignore"):
        rejection, high, low = (np.where(values > 0, 1 / values, np.nan) for values in columns[-3:])
    passing = [effective_events(weight[(y == 0) & kept]) for kept in passes.T]
    for place, efficiencies in enumerate(zip(*columns, rejection, low, high, passing, strict=True)):
        yield (*start, EFFICIENCIES[place], cuts[place], *numbers, *efficiencies, *events.values())
