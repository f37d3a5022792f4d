"""Match the spectra of signal and background: bins and quotas of ET (or pT) and |eta|.

Without this the spectra alone separate the classes, at an AUC near 1.
"""

import numpy as np

BIN_ET = 0.5  # GeV
BIN_ETA = 0.4
SHAPE = (120, 6)  # bins: ET up to 60 GeV, |eta| up to 2.4; the last ones include what lies beyond


def bins(pt: np.ndarray, eta: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the bin numbers of candidates in ET and in |eta|."""
    row = np.minimum((pt / BIN_ET).astype(np.int64), SHAPE[0] - 1)
    column = np.minimum((np.abs(eta) / BIN_ETA).astype(np.int64), SHAPE[1] - 1)
    return row, column


def bin_numbers(pt: np.ndarray, eta: np.ndarray) -> np.ndarray:
    """Return one number for the bin of each candidate."""
    return np.ravel_multi_index(bins(pt, eta), SHAPE)


def quotas(pt: np.ndarray, eta: np.ndarray) -> np.ndarray:
    """Return how many candidates lie in each bin, shape `SHAPE`."""
    counts = np.zeros(SHAPE, np.int64)
    np.add.at(counts, bins(pt, eta), 1)
    return counts


def take(free: np.ndarray, pt: np.ndarray, eta: np.ndarray, tolerance: int = 0) -> np.ndarray:
    """Return which candidates fill free places, and remove those places from `free`, which is changed.

    Candidates are taken in their order. One whose own bin is full gets the nearest free place
    within `tolerance` bins (steps in ET plus steps in |eta|), or none.
    """
    taken = np.zeros(len(pt), bool)
    for number, (row, column) in enumerate(zip(*bins(pt, eta), strict=True)):
        place = (row, column)
        if tolerance and not free[place] and free.any():
            places = np.argwhere(free)
            distance = np.abs(places - place).sum(axis=1)
            nearest = distance.argmin()
            if distance[nearest] <= tolerance:
                place = tuple(places[nearest])
        if free[place]:
            free[place] -= 1
            taken[number] = True
    return taken
