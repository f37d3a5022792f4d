"""How an AUC rises with the number of training events."""

import numpy as np


def learned_auc(fraction: np.ndarray, asymptote: float, missing: float, exponent: float) -> np.ndarray:
    """Return the AUC after a training on a fraction of the events: a power law that ends at `asymptote`.

    `missing` is what infinitely many events would add to the AUC of all events, fraction 1.
    """
    return asymptote - missing * fraction**-exponent
