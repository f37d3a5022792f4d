"""The AUC against the number of training events, and where it ends."""

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
from scipy.optimize import curve_fit

from leptonid.evaluate.frames import frame_of
from leptonid.metrics.auc import mean_auc_covariance
from leptonid.metrics.learning import learned_auc
from leptonid.metrics.scored_events import ScoredEvents, deviation

COLUMNS = {
    **{"classifier": str, "fraction": float, "training_events": int, "seeds": int},
    **dict.fromkeys(("auc", "auc_test", "auc_seeds"), float),
    **{
        f"{name}{suffix}": float
        for name in ("asymptote", "missing", "exponent")
        for suffix in ("", "_uncertainty")
    },
}

# A power law has three parameters.
LEAST_POINTS = 4

# Steeper and flatter power laws cannot be told from a step and from a straight line.
EXPONENTS = (0.05, 3.0)


def learning_curve_table(
    points: Mapping[str, Mapping[float, ScoredEvents]], training_events: Mapping[str, Mapping[float, int]]
) -> pd.DataFrame:
    """Return one row per classifier and fraction of the training events, with the fit of its classifier.

    `auc` is the mean over seeds, `auc_test` its uncertainty from the test events (DeLong et al.), `auc_seeds`
    the standard deviation between seeds. The fit is that of `learned_auc`, see `power_law`; NaN where it
    cannot be made.

    Parameters
    ----------
    points
        Scores of the same test events by classifier and fraction.
    """
    rows = []
    for name, curve in points.items():
        fractions = sorted(curve)
        scored = [curve[fraction] for fraction in fractions]
        aucs = [events.aucs() for events in scored]
        test = mean_auc_covariance(scored[0].y, [events.scores for events in scored], scored[0].weight)
        means = np.array([values.mean() for values in aucs])
        fit = power_law(np.array(fractions), means, test, _scatter(aucs))
        for place, fraction in enumerate(fractions):
            seeds = aucs[place]
            numbers = (training_events[name][fraction], len(seeds), means[place])
            rows.append((name, fraction, *numbers, np.sqrt(test[place, place]), deviation(seeds), *fit))
    return frame_of(rows, COLUMNS)


def power_law(
    fractions: np.ndarray, aucs: np.ndarray, test: np.ndarray, scatter: np.ndarray | None
) -> tuple[float, ...]:
    """Fit the three parameters of `learned_auc` to AUCs, (K,); return each with its uncertainty.

    Parameters
    ----------
    test : shape (K, K)
        Covariances of the AUCs from the test events, which are the same for all.
    scatter : shape (K,)
        Standard deviation of each AUC from its trainings; None if unknown: it is then taken from the scatter
        around a fit without it.
    """
    unknown = (np.nan,) * 6
    if len(fractions) < LEAST_POINTS or not np.isfinite(aucs).all():
        return unknown
    try:
        if scatter is None:
            first, _ = _fitted(fractions, aucs, None)
            freedom = max(1, len(fractions) - 3)
            rest = aucs - learned_auc(fractions, *first)
            scatter = np.full(len(aucs), np.sqrt((rest**2).sum() / freedom))
        values, covariance = _fitted(fractions, aucs, test + np.diag(scatter**2))
    except (RuntimeError, np.linalg.LinAlgError):
        return unknown
    errors = np.sqrt(np.diag(covariance))
    return tuple(float(number) for pair in zip(values, errors, strict=True) for number in pair)


def _fitted(
    fractions: np.ndarray, aucs: np.ndarray, covariance: np.ndarray | None
) -> tuple[np.ndarray, np.ndarray]:
    start = (min(aucs[-1] + 0.005, 1), 0.005, 0.5)
    bounds = ([0, 0, EXPONENTS[0]], [1, 1, EXPONENTS[1]])
    return curve_fit(learned_auc, fractions, aucs, start, covariance, absolute_sigma=True, bounds=bounds)


def _scatter(aucs: Sequence[np.ndarray]) -> np.ndarray | None:
    """Return the uncertainties of mean AUCs from the scatter of seeds in all points; None for one seed."""
    if min(map(len, aucs)) < 2:
        return None
    single = np.sqrt(np.mean([np.var(values, ddof=1) for values in aucs]))
    return np.array([single / np.sqrt(len(values)) for values in aucs])
