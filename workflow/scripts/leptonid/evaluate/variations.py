"""How AUC and efficiencies of classifiers move when the cells of the test events change."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pandas as pd

from leptonid.errors import InputError
from leptonid.evaluate.binned_points import thresholds
from leptonid.evaluate.frames import frame_of, read_columns
from leptonid.metrics.auc import auc, combination_uncertainty, variance_correction
from leptonid.metrics.scored_events import ScoredEvents
from leptonid.metrics.working_points import EFFICIENCIES
from leptonid.study.layout import CLASSES

CHANGES = ("", "_difference", "_difference_test")
COLUMNS = {
    **{"classifier": str, "change": str, "unchanged": str, "test_events": int},
    **{f"auc{suffix}": float for suffix in CHANGES},
    **{"working_point": float, "threshold": float},
    **{f"{name}_efficiency{suffix}": float for name in CLASSES.values() for suffix in CHANGES},
}


def variations_table(
    name: str, path: str | Path, changes: Sequence[str], valid: ScoredEvents, unchanged: Sequence[str]
) -> pd.DataFrame:
    """Return one row per change and working point of one training of a classifier.

    `auc` and efficiencies are those of the changed test events; `_difference` is how far they moved from
    those of the events as they are, and `_difference_test` its uncertainty from the finite number of events,
    which are the same (of the AUC: DeLong et al.). Efficiencies are those of the threshold that keeps at
    least the `working_point` of the signal of the validation events as they are.

    Parameters
    ----------
    path
        Scores with `score` and `score_{change}`, see `leptonid.train.variations`.
    valid
        Scores of the validation events of this training.
    unchanged
        Inputs of the classifier that stay as they are.

    Raises
    ------
    InputError
        As from `read_columns`, and if an event has no finite score.
    """
    table = read_columns(path, ["score", *(f"score_{change}" for change in changes)])
    y, weight, nominal = (table[column].to_numpy() for column in ("y", "weight", "score"))
    cuts = thresholds(valid.y, valid.scores[0], valid.weight)
    auc_before = auc(y, nominal, weight)
    rows = []
    for change in changes:
        score = table[f"score_{change}"].to_numpy()
        if not np.isfinite(score).all():
            raise InputError(
                f"{path}: {change}: {np.count_nonzero(~np.isfinite(score))} events have no score"
            )
        after = auc(y, score, weight)
        moved = combination_uncertainty(y, [score, nominal], [1, -1], weight)
        start = (name, change, ", ".join(unchanged), len(y), after, after - auc_before, moved)
        for working_point, cut in zip(EFFICIENCIES, cuts, strict=True):
            efficiencies = []
            for value in CLASSES:
                own = y == value
                efficiencies += _moved(score[own] >= cut, nominal[own] >= cut, weight[own])
            rows.append((*start, working_point, cut, *efficiencies))
    return frame_of(rows, COLUMNS)


def _moved(after: np.ndarray, before: np.ndarray, weight: np.ndarray) -> tuple[float, float, float]:
    """Return the share that passes after a change, how far it moved, and the paired uncertainty of that."""
    shares = weight / weight.sum()
    steps = after.astype(float) - before
    difference = float(shares @ steps)
    variance = variance_correction(weight) * (((steps - difference) * shares) ** 2).sum()
    return float(shares @ after), difference, float(np.sqrt(variance))
