"""Average decision ordering (ADO): the share of signal-background pairs that two functions order alike.

It is exact, over all pairs, and takes O(N log N): like Kendall's tau it counts concordant and discordant
pairs, but only pairs of the two classes. Definition: Faucett, Thaler and Whiteson, arXiv:2010.11998.
"""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import numpy as np

from leptonid.compilation import jit_of
from leptonid.errors import InputError
from leptonid.metrics.auc import variance_correction
from leptonid.tables.arrays import real_numbers

jit = jit_of((Path(__file__),))

# Bits per pass of the radix sort: few passes, with counts that fit into the cache.
DIGIT = 11


def ado(
    f: np.ndarray,
    g: np.ndarray,
    y: np.ndarray,
    against: np.ndarray | None = None,
    flip: bool = True,
    weight: np.ndarray | None = None,
) -> float:
    """Return the share of signal-background pairs that two functions order alike; ties count one half.

    A pair counts with the product of the weights of its events. With negative weights the result can lie
    outside 0 to 1.

    Parameters
    ----------
    f, g : shape (N,)
        Values of the two functions. Only their order as float64 matters; infinities are allowed.
    y : shape (N,), 1 = signal, 0 = background.
    against : shape (N,)
        A third function, to restrict the pairs to those that it orders opposite to `f`, without ties. The
        result is NaN if there are none, or if the sum of their weights is not above 0.
    flip
        Return 1 - ADO where the ADO is below 1/2, since -g carries the same information as g.
    weight : shape (N,)
        Event weights; 1 by default.

    Raises
    ------
    InputError
        If lengths differ, a class is empty, the sum of its weights is not above 0, a label is neither 1 nor
        0, a weight is infinite, or a value is NaN, masked or no number.
    """
    return Ordering(f, y, against, weight).ado(g, flip).value


@dataclass(frozen=True)
class Ado:
    """An ADO, its standard error due to the finite number of events, and how many pairs have a weight."""

    value: float
    uncertainty: float
    pairs: int


class Ordering:
    """The order of a function `f`, to compare others with: over all pairs, or those that `against` misorders.

    Parameters and errors as for `ado`. `pairs` is the number of pairs with a weight.

    Notes
    -----
    Let sf, sg, sh be the signs of a pair's differences in f, g (`against`) and h. The pairs X that f and g
    order oppositely have sf sg = -1; without ties the indicator of X is (1 - sf sg) / 2, so that the sum of
    sf sh over X is (T_fh - T_gh) / 2, where T_fh is the sum of sf sh over all pairs. Breaking ties of f by
    g and ties of g by f cancels the pairs with a tie in one of them, so this holds for all f and g.
    """

    def __init__(
        self,
        f: np.ndarray,
        y: np.ndarray,
        against: np.ndarray | None = None,
        weight: np.ndarray | None = None,
    ):
        self.signal = _signal(y)
        weight = None if weight is None else self._weights(weight)
        # Whole numbers keep the sums exact, and are faster.
        self.weight = np.ones(len(self.signal), np.int64) if weight is None else weight
        f = self._validated(f, "f")
        ranks = [f]
        if against is not None:
            g = self._validated(against, "against")
            ranks = [_ranks(f, g), _ranks(g, f)]
        self._sides = [_Side.of(ranks, members, weight) for members in (self.signal, ~self.signal)]
        if against is None:
            totals = [self.weight[self.signal == other].sum() for other in (False, True)]
            self._pairs = self.weight * np.where(self.signal, *totals)
        else:
            self._pairs = self._sums_per_event(f)  # sf sf = 1 in every pair
        self._total = self._pairs[self.signal].sum().item()
        self.pairs = self._total if weight is None else self._number_of_pairs(f, y, against)
        # Sums of weights are rounded, so that only the number tells whether there are pairs.
        self._has_ado = self.pairs > 0 and self._total > 0

    def ado(self, h: np.ndarray, flip: bool = True) -> Ado:
        """Return the ADO of `f` and `h`, shape (N,), with its uncertainty.

        The sum over pairs and the number of pairs are two-sample U-statistics; the variance of their ratio
        follows from the contributions of each event, as for the AUC in DeLong et al., Biometrics 44 (1988)
        837, with weights as in `leptonid.metrics.auc.auc_covariance`. It is NaN with fewer than two events
        with a weight in a class.
        """
        value, contributions = self.contributions(h)
        variance = sum(
            (contributions[members] ** 2).sum() * variance_correction(self.weight[members])
            for members in (self.signal, ~self.signal)
        )
        return Ado(max(value, 1 - value) if flip else value, float(np.sqrt(variance)), self.pairs)

    def contributions(self, h: np.ndarray) -> tuple[float, np.ndarray]:
        """Return the ADO (not flipped) of `f` and `h`, and what each event contributes to it, shape (N,).

        Where event i is there v_i times, the sum of v_i times its contribution changes the ADO, to first
        order in v_i - 1; contributions add up to 0 in each class. All are NaN where there are no pairs.
        """
        sums = self._sums_per_event(self._validated(h, "g"))
        if not self._has_ado:
            return np.nan, np.full(len(sums), np.nan)
        mean = sums[self.signal].sum().item() / self._total
        # Squares of large weights would be infinite.
        return (1 + mean) / 2, (sums - mean * self._pairs) / self._total / 2

    def pairs_per_event(self) -> np.ndarray:
        """Return the weight of the pairs that each event is in, shape (N,): without weights, their number."""
        return self._pairs.copy()

    def ados(self, columns: np.ndarray, threads: int = 1) -> np.ndarray:
        """Return the ADO (not flipped) of `f` and each of K functions, shape (K,); NaN as of `ado`.

        Parameters
        ----------
        columns : shape (K, N)
        threads
            Number of threads that share the functions.
        """
        with ThreadPoolExecutor(threads) as pool:
            sums = np.fromiter(pool.map(self._sum, columns, range(len(columns))), float, len(columns))
        return (1 + sums / self._total) / 2 if self._has_ado else np.full(len(columns), np.nan)

    def _sum(self, h: np.ndarray, column: int) -> float:
        """Return the sum of sf sh over all pairs."""
        return self._sides[0].sums(self._validated(h, f"column {column}")).sum().item()

    def _sums_per_event(self, h: np.ndarray) -> np.ndarray:
        """Return the sum of sf sh over the pairs of each event, shape (N,)."""
        sums = np.empty(len(h), self.weight.dtype)
        for members, side in zip((self.signal, ~self.signal), self._sides, strict=True):
            sums[members] = side.sums(h)
        return sums

    def _number_of_pairs(self, f: np.ndarray, y: np.ndarray, against: np.ndarray | None) -> int:
        there = self.weight != 0
        others = None if against is None else np.asarray(against)[there]
        return Ordering(f[there], np.asarray(y)[there], others).pairs

    def _weights(self, weight: np.ndarray) -> np.ndarray | None:
        """Return the weights as float64, None where all are 1."""
        weight = self._validated(weight, "weight")
        if np.isinf(weight).any():
            raise InputError(f"weight: event {np.flatnonzero(np.isinf(weight))[0]} is infinite")
        for members, name in ((self.signal, "signal"), (~self.signal, "background")):
            total = weight[members].sum()
            if not total > 0:
                raise InputError(f"weight: the {name} events have no weight: the sum of theirs is {total:g}")
        return None if (weight == 1).all() else weight

    def _validated(self, values: np.ndarray, name: str) -> np.ndarray:
        values = real_numbers(values, name)
        if values.shape != self.signal.shape:
            raise InputError(
                f"{name} must be a list as long as y, {len(self.signal)}; found shape {values.shape}"
            )
        if np.isnan(values).any():
            raise InputError(f"{name}: event {np.flatnonzero(np.isnan(values))[0]} is NaN")
        return values


def _signal(y: np.ndarray) -> np.ndarray:
    """Return a mask of the signal events; errors as for `ado`."""
    y = real_numbers(y, "y, 1 (signal) or 0 (background)")
    if y.ndim != 1:
        raise InputError(f"y must be a list of 1 (signal) and 0 (background); found shape {y.shape}")
    signal = y == 1
    other = np.flatnonzero(~signal & (y != 0))
    if len(other):
        raise InputError(f"y must be 1 (signal) or 0 (background); event {other[0]} is {y[other[0]]:g}")
    count = np.count_nonzero(signal)
    if not 0 < count < len(y):
        raise InputError(
            f"an ordering needs both classes, found {count} signal and {len(y) - count} background events"
        )
    return signal


def _ranks(first: np.ndarray, second: np.ndarray) -> np.ndarray:
    """Return ranks by `first`, then by `second`; events equal in both share a rank."""
    order = np.lexsort((second, first))
    steps = np.zeros(len(order), bool)
    for values in (first[order], second[order]):
        steps[1:] |= values[1:] != values[:-1]
    ranks = np.empty(len(order))
    ranks[order] = np.cumsum(steps)
    return ranks


class _Places(NamedTuple):
    """Places of a function's values among those of the other class; events of the own class come first.

    `low`, shape (N,), is for an event of the own class the number of events of the other class below it, and
    for an event of the other class its place among them in rising order. `high`, shape (own,), is the number
    of events of the other class that are not above it. `below`, shape (others + 1,), is the weight of the
    events of the other class below each place; None where all weights are 1.
    """

    low: np.ndarray
    high: np.ndarray
    below: np.ndarray | None

    @classmethod
    def of(cls, f: np.ndarray, weight: np.ndarray | None, own: int) -> "_Places":
        """Return the places of values, shape (N,), of which the first `own` belong to the own class."""
        order = np.argsort(f[own:])
        others = f[own:][order]
        low = np.empty(len(f), np.int32)
        low[:own] = np.searchsorted(others, f[:own], "left")
        low[own:][order] = np.arange(len(others))
        high = np.searchsorted(others, f[:own], "right").astype(np.int32)
        return cls(low, high, None if weight is None else np.append(0, np.cumsum(weight[own:][order])))


class _Side(NamedTuple):
    """One class against the other: its events followed by those of the other, and places per function.

    `weight` is None where all weights are 1.
    """

    events: np.ndarray
    weight: np.ndarray | None
    places: list[_Places]

    @classmethod
    def of(cls, functions: list[np.ndarray], members: np.ndarray, weight: np.ndarray | None) -> "_Side":
        """Return the side of the class with the mask `members`, shape (N,)."""
        events = np.argsort(~members, kind="stable")
        own = np.count_nonzero(members)
        weight = None if weight is None else weight[events]
        return cls(events, weight, [_Places.of(f[events], weight, own) for f in functions])

    def sums(self, h: np.ndarray) -> np.ndarray:
        """Return the weighted sum of sf sh over the pairs of each event of the class, shape (own,)."""
        order, keys = stable_order(h[self.events])
        whole = self.weight is None
        sums = []
        for places in self.places:
            own = len(places.high)
            tree = np.zeros(len(order) - own + 1, np.int32 if whole else np.float64)
            sums.append(np.empty(own, np.int64 if whole else np.float64))
            _add_signs(places, order, keys, self.weight, tree, sums[-1])
        if whole:
            return sums[0] if len(sums) == 1 else (sums[0] - sums[1]) // 2
        return self.weight[:own] * (sums[0] if len(sums) == 1 else (sums[0] - sums[1]) / 2)


@jit
def _add_signs(places, order, keys, weight, tree, sums):
    """Write, for each event of one class, the sum of w sf sh over the events of the other class into `sums`.

    The order of f is given by its `places`; that of h by the rising `order` of the events (events of the own
    class first where h ties) and its sorted `keys`. The Fenwick `tree`, which is given empty, holds the
    events of the other class below the current value of h, by their place in f.
    """
    low, high, below = places
    own = len(high)
    others = len(order) - own
    inserted = 0 * tree[0]
    start = 0
    for position in range(len(order)):
        event = order[position]
        if event < own:
            sums[event] = 2 * (_excess(tree, low[event], high[event]) - inserted)
        elif weight is None:
            _insert(tree, low[event], 1)
            inserted += 1
        else:
            _insert(tree, low[event], weight[event])
            inserted += weight[event]
        if position + 1 < len(order) and keys[position + 1] == keys[position]:
            continue
        if position > start:
            # Once without and once with the events of equal h: ties are neither below nor above.
            for event in order[start : position + 1]:
                if event >= own:
                    break
                once = sums[event] // 2 if weight is None else sums[event] / 2
                sums[event] = once + _excess(tree, low[event], high[event]) - inserted
        start = position + 1
    for event in range(own):
        if weight is None:
            sums[event] += others - low[event] - high[event]
        else:
            sums[event] += below[others] - below[low[event]] - below[high[event]]


@jit
def _excess(tree, low, high):
    """Return the weight of inserted places below `low` plus that below `high`."""
    below = _count(tree, low)
    return below + (_count(tree, high) if high > low else below)


@jit
def _insert(tree, place, weight):
    position = place + 1
    while position < len(tree):
        tree[position] += weight
        position += position & -position


@jit
def _count(tree, place):
    """Return the weight of inserted places below `place`."""
    total = 0 * tree[0]
    while place > 0:
        total += tree[place]
        place -= place & -place
    return total


@jit
def stable_order(values):
    """Return the stable rising order of values, (N,) float64, and sorted keys that are equal where these are.

    A radix sort from the lowest digit up: several times faster than NumPy's sorts, with or without ties.
    """
    # The bits of a float as an integer that rises with it; + 0.0 turns -0.0 into 0.0.
    keys = (values + 0.0).view(np.uint64)
    sign = np.uint64(1 << 63)
    for event in range(len(keys)):
        keys[event] = ~keys[event] if keys[event] & sign else keys[event] | sign
    order = np.arange(len(keys)).astype(np.int32)
    next_keys, next_order = np.empty_like(keys), np.empty_like(order)
    for shift in range(0, 64, DIGIT):
        digits = (keys >> np.uint64(shift)) & np.uint64(2**DIGIT - 1)
        places = np.zeros(2**DIGIT + 1, np.int32)
        for digit in digits:
            places[digit + np.uint64(1)] += 1
        places = np.cumsum(places)
        for event in range(len(keys)):
            place = places[digits[event]]
            places[digits[event]] += 1
            next_keys[place], next_order[place] = keys[event], order[event]
        keys, next_keys, order, next_order = next_keys, keys, next_order, order
    return order, keys
