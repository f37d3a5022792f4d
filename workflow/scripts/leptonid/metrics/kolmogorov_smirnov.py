"""The distance of two distributions of weighted events."""

from collections.abc import Sequence

import numpy as np
from scipy.stats import kstwo

from leptonid.metrics.auc import effective_events


def kolmogorov_smirnov(samples: Sequence[np.ndarray], weights: Sequence[np.ndarray]) -> tuple[float, float]:
    """Return the Kolmogorov-Smirnov distance of two samples and its asymptotic p-value.

    The distance is the largest one between the cumulative shares of the samples' weights. The p-value takes
    samples for those of their effective numbers of events, which holds where weights do not depend on the
    values, and is approximate otherwise.

    Parameters
    ----------
    samples, weights : shapes (N,) and (M,)
    """
    values, place = np.unique(np.concatenate(samples), return_inverse=True)
    first, second = (
        np.cumsum(np.bincount(own, weight, len(values))) / weight.sum()
        for own, weight in zip(np.split(place, [len(samples[0])]), weights, strict=True)
    )
    distance = np.abs(first - second).max()
    sizes = [effective_events(weight) for weight in weights]
    events = sizes[0] * sizes[1] / sum(sizes)
    return float(distance), float(kstwo.sf(distance, max(1, np.round(events))))
