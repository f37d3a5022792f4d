"""Metrics, calibration curves and confusion matrices of classifiers."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from leptonid.evaluate.frames import frame_of
from leptonid.metrics.scored_events import ScoredEvents
from leptonid.metrics.working_points import (
    EDGES,
    EFFICIENCIES,
    METRICS,
    Estimate,
    Evaluation,
    calibration,
    confusion,
    metrics,
)
from leptonid.study.layout import CLASSES

REACHED = tuple(f"reached_{100 * efficiency:g}" for efficiency in EFFICIENCIES)
PASSING = tuple(f"passing_{100 * efficiency:g}" for efficiency in EFFICIENCIES)

# What recalibration changes.
RECALIBRATED = ("brier", "log_loss", "calibration_error")

METRICS_COLUMNS = {
    **{"classifier": str, "test_events": int, "seeds": int, "threshold": float},
    **{metric + suffix: float for metric in METRICS for suffix in ("", "_test", "_seeds")},
    **dict.fromkeys((*REACHED, *PASSING), float),
    "recalibration": str,
    **{
        f"recalibrated_{metric}{suffix}": float
        for metric in RECALIBRATED
        for suffix in ("", "_test", "_seeds")
    },
}

CALIBRATION_COLUMNS = {
    **{"classifier": str, "recalibration": str, "low": float, "high": float, "events": float},
    **{"mean_score": float, "signal_share": float, "signal_share_test": float},
}

CONFUSION_COLUMNS = {
    **{"classifier": str, "true": str, "predicted": str, "threshold": float},
    **{"events": float, "share": float, "share_test": float, "share_seeds": float},
}


@dataclass(frozen=True)
class Recalibration:
    """A `kind` of recalibration, of `recalibration.KINDS`, and the events and evaluations with it."""

    kind: str
    scored: Mapping[str, ScoredEvents]
    evaluations: Mapping[str, Evaluation]


def metrics_table(
    scored: Mapping[str, ScoredEvents],
    evaluations: Mapping[str, Evaluation],
    threshold: float,
    recalibration: Recalibration | None = None,
) -> pd.DataFrame:
    """Return one row per classifier: every metric with its uncertainties `_test` and `_seeds`.

    `reached_50` and so on are the signal efficiencies of the tightest thresholds that keep at least that
    much, means over the trainings; `passing_50` and so on how many effective background events pass there, in
    the training that leaves the fewest. `recalibrated_` are metrics after recalibration, NaN without it;
    `recalibration` is then empty.
    """
    rows = []
    for name, evaluation in evaluations.items():
        events = scored[name]
        row = {"classifier": name, "test_events": len(events.y), "seeds": len(events.scores)}
        row["threshold"] = threshold
        row |= dict(zip(REACHED, evaluation.reached.mean(axis=0), strict=True))
        row |= dict(zip(PASSING, evaluation.effective_left.min(axis=0), strict=True))
        row |= _estimates("", metrics(events, evaluation))
        row["recalibration"] = recalibration.kind if recalibration else ""
        if recalibration:
            after = metrics(recalibration.scored[name], recalibration.evaluations[name])
            row |= _estimates("recalibrated_", {metric: after[metric] for metric in RECALIBRATED})
        rows.append([row.get(column, np.nan) for column in METRICS_COLUMNS])
    return frame_of(rows, METRICS_COLUMNS)


def _estimates(prefix: str, estimates: Mapping[str, Estimate]) -> dict[str, float]:
    """Return the columns of some metrics."""
    return {
        f"{prefix}{metric}{suffix}": value
        for metric, estimate in estimates.items()
        for suffix, value in (("", estimate.value), ("_test", estimate.test), ("_seeds", estimate.seeds))
    }


def calibration_table(
    evaluations: Mapping[str, Evaluation], recalibration: Recalibration | None = None
) -> pd.DataFrame:
    """Return one row per classifier and bin of the score, before and after recalibration.

    `recalibration` is empty before it. `events` is the mean sum of weights over trainings,
    `signal_share_test` the uncertainty from the test events.
    """
    parts = {"": evaluations}
    if recalibration:
        parts[recalibration.kind] = recalibration.evaluations
    rows = [
        (name, kind, *values)
        for kind, some in parts.items()
        for name, evaluation in some.items()
        for values in zip(EDGES[:-1], EDGES[1:], *calibration(evaluation), strict=True)
    ]
    return frame_of(rows, CALIBRATION_COLUMNS)


def confusion_table(evaluations: Mapping[str, Evaluation], threshold: float) -> pd.DataFrame:
    """Return one row per classifier, true class and predicted class.

    `events` is the mean sum of weights over trainings, `share` the share of the true class, with its
    uncertainty from the test events and its standard deviation between seeds.
    """
    rows = []
    for name, evaluation in evaluations.items():
        for (true, predicted), share in confusion(evaluation).items():
            events = share.value * evaluation.sample.events[0, 0, true]
            estimates = (threshold, events, share.value, share.test, share.seeds)
            rows.append((name, CLASSES[true], CLASSES[predicted], *estimates))
    return frame_of(rows, CONFUSION_COLUMNS)
