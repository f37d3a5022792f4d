"""Weights that make the spectra of each class uniform in pT and eta (arXiv:2102.02278)."""

import numpy as np

from leptonid.data.simulation.muons.candidates import SELECTION

BINS = 32  # in each of pT and eta
ROUNDS = 20  # after which the histograms are flat to 1 in 1,000 for 1,000 muons


def uniform_weights(pt: np.ndarray, eta: np.ndarray) -> np.ndarray:
    """Return weights of N muons of one class, mean 1, with flat histograms of pT and of eta.

    The bins of pT and those of eta are rescaled in turn until both are flat; the paper does not say whether
    it takes bins of both at once, for which there are too few muons here. Empty bins stay empty.
    """
    bins = [
        np.clip(((values - low) / (high - low) * BINS).astype(np.int64), 0, BINS - 1)
        for values, low, high in (
            (pt, SELECTION.min_pt, SELECTION.max_pt),
            (eta, -SELECTION.max_eta, SELECTION.max_eta),
        )
    ]
    weights = np.ones(len(pt))
    for _ in range(ROUNDS):
        for number in bins:
            totals = np.bincount(number, weights, BINS)
            weights /= totals[number]
    return weights / weights.mean()
