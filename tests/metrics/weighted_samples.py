"""Samples with weights and two scores whose weighted AUCs and ADO are known."""

from collections.abc import Iterator

import numpy as np
from scipy.stats import multivariate_normal, norm

# The classes are bivariate normal, with this distance of their means and this correlation.
DISTANCE, CORRELATION = 1.3, 0.6

# Weights exp(slope * first score) shift the mean of the first score by the slope, that of the second by the
# slope times the correlation.
SLOPES = np.array([0.3, -0.5])

MEANS = DISTANCE + (SLOPES[1] - SLOPES[0]) * np.array([1, CORRELATION])
TRUE_AREAS = norm.cdf(MEANS / np.sqrt(2))
TRUE_ADO = sum(
    multivariate_normal.cdf(sign * MEANS, cov=[[2, 2 * CORRELATION], [2 * CORRELATION, 2]])
    for sign in (1, -1)
)


def weighted_samples(count: int, negative: float) -> Iterator[tuple[np.ndarray, np.ndarray, np.ndarray]]:
    """Yield labels (N,), two scores (2, N) and weights (N,), of which a share is negative."""
    rng = np.random.default_rng(0)
    y = np.repeat([1, 0], [200, 250])
    for _ in range(count):
        first, other = rng.normal(size=(2, len(y)))
        second = CORRELATION * first + np.sqrt(1 - CORRELATION**2) * other
        scores = np.stack([first, second]) + DISTANCE * y
        # An independent sign changes no expectation but the sum of the weights.
        sign = np.where(rng.uniform(size=len(y)) < negative, -1, 1)
        yield y, scores, np.exp(SLOPES[y] * scores[0]) * rng.uniform(0.5, 1.5, len(y)) * sign
