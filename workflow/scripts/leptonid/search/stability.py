"""How stable a choice is: how often other events would choose the same observable, or one like it."""

from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np

from leptonid.metrics.bootstrap import bootstrap_weights
from leptonid.metrics.correlation import rank_correlations
from leptonid.metrics.ordering import Ordering
from leptonid.study.candidates import BEST


class Stability(NamedTuple):
    """Of each of K candidates, shapes (K,); NaN for those that are not among the best.

    Parameters
    ----------
    best_in
        The share of the bootstrap samples in which it has the largest ADO.
    correlation
        Its rank correlation with the candidate that has the largest ADO in all events.
    """

    best_in: np.ndarray
    correlation: np.ndarray


def stability_of_choice(
    ordering: Ordering,
    ados: np.ndarray,
    values_of: Callable[[Sequence[int]], np.ndarray],
    y: np.ndarray,
    weight: np.ndarray,
    samples: int,
) -> Stability:
    """Return how often each of the best candidates would be chosen in bootstrap samples of the events.

    A sample has as many events of each class. An event counts with its weight as often as it is drawn, and
    the ADOs of a sample follow to first order from the contributions of the events, so that terms of the
    order of 1 / N are left out.

    Parameters
    ----------
    ordering
        What chooses, on the N events that choose.
    ados : shape (K,)
        ADOs of all candidates, not flipped; NaN if unknown.
    values_of
        Returns the values, shape (n, N), of the candidates in these places, which rise.
    y, weight : shape (N,)
    samples
        Number of bootstrap samples.
    """
    best_in, correlation = np.full(len(ados), np.nan), np.full(len(ados), np.nan)
    separation = np.abs(ados - 0.5)
    ranked = np.argsort(-separation, kind="stable")[:BEST]
    places = np.sort(ranked[np.isfinite(separation[ranked])])
    if not samples or not len(places):
        return Stability(best_in, correlation)
    values = values_of(places)
    contributions = np.stack([ordering.contributions(row)[1] for row in values])
    counts = np.zeros(len(places))
    for drawn in bootstrap_weights(y, samples, seed=0):
        sampled = np.abs(ados[places] - 0.5 + drawn @ contributions.T)
        counts += np.bincount(sampled.argmax(axis=1), minlength=len(places))
    best_in[places] = counts / samples
    chosen = values[np.searchsorted(places, ranked[0])]
    correlation[places] = [rank_correlations(np.stack([chosen, row]), weight)[0, 1] for row in values]
    return Stability(best_in, correlation)
