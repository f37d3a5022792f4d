"""Metrics, calibration curves and confusion matrices of classifiers."""

from collections.abc import Mapping

import pandas as pd

from leptonid.evaluate.frames import frame_of
from leptonid.metrics.scored_events import ScoredEvents
from leptonid.metrics.working_points import (
    EDGES,
    EFFICIENCIES,
    METRICS,
    Evaluation,
    calibration,
    confusion,
    metrics,
)
from leptonid.study.layout import CLASSES

REACHED = tuple(f"reached_{100 * efficiency:g}" for efficiency in EFFICIENCIES)

METRICS_COLUMNS = {
    **{"classifier": str, "test_events": int, "seeds": int, "threshold": float},
    **{metric + suffix: float for metric in METRICS for suffix in ("", "_test", "_seeds")},
    **dict.fromkeys(REACHED, float),
}

CALIBRATION_COLUMNS = {
    **{"classifier": str, "low": float, "high": float, "events": float},
    **{"mean_score": float, "signal_share": float, "signal_share_test": float},
}

CONFUSION_COLUMNS = {
    **{"classifier": str, "true": str, "predicted": str, "threshold": float},
    **{"events": float, "share": float, "share_test": float, "share_seeds": float},
}


def metrics_table(
    scored: Mapping[str, ScoredEvents], evaluations: Mapping[str, Evaluation], threshold: float
) -> pd.DataFrame:
    """Return one row per classifier: every metric with its uncertainties `_test` and `_seeds`.

    `reached_50` and so on are the signal efficiencies of the tightest thresholds that keep at least that
    much, means over the trainings.
    """
    rows = []
    for name, evaluation in evaluations.items():
        events = scored[name]
        row = {"classifier": name, "test_events": len(events.y), "seeds": len(events.scores)}
        row["threshold"] = threshold
        row |= dict(zip(REACHED, evaluation.reached.mean(axis=0), strict=True))
        for metric, estimate in metrics(events, evaluation).items():
            row |= {
                metric: estimate.value,
                f"{metric}_test": estimate.test,
                f"{metric}_seeds": estimate.seeds,
            }
        rows.append([row[column] for column in METRICS_COLUMNS])
    return frame_of(rows, METRICS_COLUMNS)


def calibration_table(evaluations: Mapping[str, Evaluation]) -> pd.DataFrame:
    """Return one row per classifier and bin of the score.

    `events` is the mean sum of weights over trainings, `signal_share_test` the uncertainty from the test
    events.
    """
    rows = [
        (name, *values)
        for name, evaluation in evaluations.items()
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
