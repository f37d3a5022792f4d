"""Ranks of events by observables, and rank correlations, with event weights."""

from pathlib import Path

import numpy as np

from leptonid.compilation import jit_of
from leptonid.metrics import ordering
from leptonid.metrics.ordering import stable_order

jit = jit_of((Path(__file__), Path(ordering.__file__)))


def rank_correlations(columns: np.ndarray, weight: np.ndarray) -> np.ndarray:
    """Return Spearman's rank correlations of K columns, shape (K, N), with weights (N,), as (K, K).

    They are NaN for a constant column, and with fewer than two events.
    """
    weight = weight / weight.sum()
    found = ranks(columns, weight)
    # A constant column becomes exactly 0.
    found -= found[:, :1]
    found -= (found @ weight)[:, None]
    products = found * weight @ found.T
    with np.errstate(invalid="ignore"):
        norms = np.sqrt(np.diag(products))
        return products / np.outer(norms, norms)


def ranks(columns: np.ndarray, weight: np.ndarray) -> np.ndarray:
    """Return the rank of each of N events in each of K columns, shape (K, N), with weights (N,).

    It is the weight of the events below its value, and half of that at its value.
    """
    found = np.empty(np.shape(columns))
    _write_ranks(np.ascontiguousarray(columns, np.float64), np.asarray(weight, np.float64), found)
    return found


@jit
def _write_ranks(columns, weight, ranks):
    for place in range(len(columns)):
        order, keys = stable_order(columns[place])
        below = 0.0
        start = 0
        for position in range(len(order)):
            if position + 1 < len(order) and keys[position + 1] == keys[position]:
                continue
            at_value = 0.0
            for event in order[start : position + 1]:
                at_value += weight[event]
            for event in order[start : position + 1]:
                ranks[place, event] = below + at_value / 2
            below += at_value
            start = position + 1
