"""Pairwise comparisons of classifiers on the same test events."""

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
from scipy.stats import norm

from leptonid.evaluate.frames import frame_of
from leptonid.metrics.auc import mean_auc_covariance
from leptonid.metrics.scored_events import ScoredEvents, sort_by_auc

COLUMNS = {
    **{"first": str, "second": str, "auc_first": float, "auc_second": float, "difference": float},
    **{"uncertainty_test": float, "uncertainty_seeds": float, "z": float, "p": float},
}


def comparison_table(scored: Mapping[str, ScoredEvents]) -> pd.DataFrame:
    """Return one row per pair of classifiers, the one with the higher mean AUC first, best pairs first.

    `uncertainty_test` is the paired uncertainty of the difference from the test events (DeLong et al.),
    `uncertainty_seeds` that of the mean over trainings from their scatter; a classifier with one training
    contributes nothing to it. `z` is the difference in units of both in quadrature, `p` its two-sided normal
    probability.
    """
    scored = sort_by_auc(scored)
    names = list(scored)
    aucs = {name: events.aucs() for name, events in scored.items()}
    variance = _variance_of_differences(list(scored.values()))
    rows = []
    for i, j in zip(*np.triu_indices(len(names), 1), strict=True):
        pair = names[i], names[j]
        means = [aucs[name].mean() for name in pair]
        difference, test, seeds = (
            means[0] - means[1],
            np.sqrt(variance[i, j]),
            _scatter([aucs[name] for name in pair]),
        )
        total = np.hypot(test, np.nan_to_num(seeds))
        z = difference / total if total > 0 else np.nan
        rows.append((*pair, *means, difference, test, seeds, z, 2 * norm.sf(abs(z))))
    return frame_of(rows, COLUMNS)


def _variance_of_differences(scored: Sequence[ScoredEvents]) -> np.ndarray:
    """Return the variances of differences of mean AUCs due to the finite number of test events, (K, K)."""
    first = scored[0]
    covariance = mean_auc_covariance(first.y, [events.scores for events in scored], first.weight)
    variance = np.diag(covariance)
    # Rounding can make it negative where two classifiers score alike.
    return np.maximum(variance[:, None] + variance - 2 * covariance, 0)


def _scatter(aucs: Sequence[np.ndarray]) -> float:
    """Return the uncertainty of a difference of means from the scatter of trainings, NaN if unknown."""
    variances = [np.var(values, ddof=1) / len(values) for values in aucs if len(values) > 1]
    return float(np.sqrt(sum(variances))) if variances else np.nan
