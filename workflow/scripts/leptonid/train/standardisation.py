"""Scale and offset that give variables mean 0 and standard deviation 1, whatever their magnitude."""

import numpy as np

from leptonid.train.slices import slices

# All at once would take several times the memory of the values.
COLUMNS_AT_ONCE = 256


def standardisation(values: np.ndarray, weight: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return scale and offset, (F,) float64: values * scale + offset has weighted mean 0 and deviation 1.

    EFPs range over 40 orders of magnitude, so all is float64, and no deviation is too small to divide by. A
    constant variable becomes 0.

    Parameters
    ----------
    values : shape (N, F).
    weight : shape (N,).
    """
    scale, offset = np.empty((2, values.shape[1]))
    for columns in slices(values.shape[1], COLUMNS_AT_ONCE):
        scale[columns], offset[columns] = _of_block(values[:, columns], weight)
    return scale, offset


def _of_block(values: np.ndarray, weight: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    magnitude = np.abs(values).max(axis=0)
    magnitude[magnitude == 0] = 1
    scaled = values / magnitude
    mean = np.average(scaled, axis=0, weights=weight)
    spread = np.sqrt(np.average((scaled - mean) ** 2, axis=0, weights=weight))
    constant = spread <= 1e-12 * np.abs(mean)
    scale = np.where(constant, 0, 1 / np.where(constant, 1, spread))
    return scale / magnitude, -mean * scale
