"""Rank correlations of observables, with event weights."""

import numpy as np


def rank_correlations(columns: np.ndarray, weight: np.ndarray) -> np.ndarray:
    """Return Spearman's rank correlations of K columns, shape (K, N), with weights (N,), as (K, K).

    The rank of an event is the weight below it and half of that at its value. They are NaN for a constant
    column, and with fewer than two events.
    """
    weight = weight / weight.sum()
    ranks = np.array([_ranks(column, weight) for column in columns])
    # A constant column becomes exactly 0.
    ranks -= ranks[:, :1]
    ranks -= (ranks @ weight)[:, None]
    products = ranks * weight @ ranks.T
    with np.errstate(invalid="ignore"):
        norms = np.sqrt(np.diag(products))
        return products / np.outer(norms, norms)


def _ranks(values: np.ndarray, weight: np.ndarray) -> np.ndarray:
    _, place = np.unique(values, return_inverse=True)
    at_value = np.bincount(place, weight)
    return (np.cumsum(at_value) - at_value / 2)[place]
