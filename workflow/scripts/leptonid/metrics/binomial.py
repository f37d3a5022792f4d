"""Uncertainties of efficiencies."""

import numpy as np
from scipy.special import betaincinv

# The probability of one standard deviation of a normal distribution.
LEVEL = 0.6827

ROUNDING = 1e-9


def binomial_interval(efficiency: np.ndarray, events: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the lower and upper limits of efficiencies, both as `efficiency`.

    Clopper and Pearson's interval, Biometrika 26 (1934) 404, at a confidence level of 68.27 %, which covers
    the true efficiency at least as often. Of weighted events, `efficiency` is the share of the weight, and
    `events` the effective number, (sum w)^2 / sum w^2: the interval is then approximate.

    Parameters
    ----------
    efficiency : any shape
        NaN, and values outside 0 to 1, which negative weights can give, have no interval (NaN).
    events : same shape
        Number of events that could have passed.
    """
    efficiency, events = np.broadcast_arrays(np.asarray(efficiency, float), np.asarray(events, float))
    # Sums of weights are rounded.
    known = (efficiency >= -ROUNDING) & (efficiency <= 1 + ROUNDING) & (events > 0)
    efficiency = np.clip(efficiency, 0, 1)
    passing = np.where(known, efficiency * events, np.nan)
    failing = np.where(known, events - passing, np.nan)
    tail = (1 - LEVEL) / 2
    low = np.where(passing > 0, betaincinv(passing, failing + 1, tail), 0)
    high = np.where(failing > 0, betaincinv(passing + 1, failing, 1 - tail), 1)
    return np.where(known, low, np.nan), np.where(known, high, np.nan)
