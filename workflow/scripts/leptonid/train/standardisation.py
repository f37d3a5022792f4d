"""Scale and offset that give variables mean 0 and standard deviation 1, whatever their magnitude."""

import numpy as np

from leptonid.tables.slices import slices

# Values that are held a second time.
VALUES_AT_ONCE = 2**24


def standardisation(values: np.ndarray, weight: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return scale and offset, (F,) float64: values * scale + offset has weighted mean 0 and deviation 1.

    EFPs range over 40 orders of magnitude, so all is float64, and no deviation is too small to divide by. A
    constant variable becomes 0.

    Parameters
    ----------
    values : shape (N, F).
    weight : shape (N,).
    """
    blocks = slices(len(values), max(1, VALUES_AT_ONCE // values.shape[1]))
    magnitude = np.max([np.abs(values[rows]).max(axis=0) for rows in blocks], axis=0)
    magnitude[magnitude == 0] = 1
    sums = sum((values[rows] / magnitude * weight[rows, None]).sum(axis=0) for rows in blocks)
    total = weight[:, None].sum(axis=0)
    mean = sums / total
    squares = sum(
        ((values[rows] / magnitude - mean) ** 2 * weight[rows, None]).sum(axis=0) for rows in blocks
    )
    spread = np.sqrt(squares / total)
    constant = spread <= 1e-12 * np.abs(mean)
    scale = np.where(constant, 0, 1 / np.where(constant, 1, spread))
    return scale / magnitude, -mean * scale
