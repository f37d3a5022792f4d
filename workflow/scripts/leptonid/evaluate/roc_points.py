"""ROC and precision-recall curves as tables, and background rejections relative to that of a reference."""

from collections.abc import Mapping

import numpy as np
import pandas as pd

from leptonid.errors import InputError
from leptonid.metrics.curves import SIGNAL_EFFICIENCY, Curve, relative_rejection

# Columns that are attributes of a `Curve`.
OF_CURVE = (
    *("reached", "precision", "precision_uncertainty"),
    *("average_precision", "average_precision_uncertainty", "signal_share"),
)

COLUMNS = (
    *("classifier", "signal_efficiency", "background_efficiency", "uncertainty"),
    *("ratio", "ratio_uncertainty", *OF_CURVE),
)


def roc_table(curves: Mapping[str, Curve], reference: str | None) -> pd.DataFrame:
    """Return one row per classifier and signal efficiency.

    `uncertainty` is the relative uncertainty of `background_efficiency`. `ratio` is the background rejection
    divided by that of the reference, with its relative uncertainty; NaN without a reference. `reached` is the
    signal efficiency of the tightest threshold that keeps at least `signal_efficiency`; where it is higher,
    events share a score, and the point is a random choice among them. `precision`, `average_precision` and
    `signal_share` are those of `Curve`, with absolute uncertainties.

    Raises
    ------
    InputError
        If the reference is not among the classifiers.
    """
    if reference and reference not in curves:
        raise InputError(f"reference: no scores of {reference}, only of {', '.join(sorted(curves))}")
    unknown = np.full(len(SIGNAL_EFFICIENCY), np.nan)
    parts = []
    for name, curve in curves.items():
        ratio, uncertainty = relative_rejection(curve, curves[reference]) if reference else (unknown, unknown)
        points = {
            "classifier": name,
            "signal_efficiency": SIGNAL_EFFICIENCY,
            "background_efficiency": curve.mean,
            "uncertainty": curve.uncertainty(),
            "ratio": ratio,
            "ratio_uncertainty": uncertainty,
            **{column: getattr(curve, column) for column in OF_CURVE},
        }
        parts.append(pd.DataFrame(points, columns=COLUMNS))
    return pd.concat(parts, ignore_index=True)
