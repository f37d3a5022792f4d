"""Pairwise comparisons of classifiers on the same test events."""

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
from scipy.stats import norm

from leptonid.evaluate.frames import frame_of
from leptonid.metrics.auc import mean_auc_covariance
from leptonid.metrics.ordering import Ordering
from leptonid.metrics.scored_events import ScoredEvents, sort_by_auc

COLUMNS = {
    **{"first": str, "second": str, "auc_first": float, "auc_second": float, "difference": float},
    **{"uncertainty_test": float, "uncertainty_seeds": float, "z": float, "p": float},
    **{"ado": float, "uncertainty_ado": float},
}


def comparison_table(scored: Mapping[str, ScoredEvents]) -> pd.DataFrame:
    """Return one row per pair of classifiers, the one with the higher mean AUC first, best pairs first.

    `uncertainty_test` is the paired uncertainty of the difference from the test events (DeLong et al.),
    `uncertainty_seeds` that of the mean over trainings from their scatter; a classifier with one training
    contributes nothing to it. `z` is the difference in units of both in quadrature, `p` its two-sided normal
    probability. `ado` is the average decision ordering of the first trainings of both, over all pairs of
    signal and background event with their weights, with its uncertainty from the test events.
    """
    scored = sort_by_auc(scored)
    names = list(scored)
    ados = _ados(list(scored.values()))
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
        rows.append((*pair, *means, difference, test, seeds, z, 2 * norm.sf(abs(z)), *ados[i, j]))
    return frame_of(rows, COLUMNS)


def _ados(scored: Sequence[ScoredEvents]) -> dict[tuple[int, int], tuple[float, float]]:
    """Return the ADO of the first trainings of every pair of classifiers, and its uncertainty."""
    ados = {}
    for i, first in enumerate(scored[:-1]):
        ordering = Ordering(first.scores[0], first.y, weight=first.weight)
        for j, second in enumerate(scored[i + 1 :], i + 1):
            found = ordering.ado(second.scores[0], flip=False)
            ados[i, j] = found.value, found.uncertainty
    return ados


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
