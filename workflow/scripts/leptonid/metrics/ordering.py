"""Average decision ordering (ADO): how alike two functions of an event order signal-background pairs.

Exactly, over all pairs, in O(N log N): the ADO counts concordant and discordant pairs of the two classes,
as Kendall's tau does of all events. Definitions: Faucett, Thaler and Whiteson, arXiv:2010.11998.
"""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import NamedTuple

import numba
import numpy as np

from leptonid.errors import InputError

# Bits of a number that are sorted at a time: few passes over the values, and counts that stay in the cache.
DIGIT = 11


def ado(
    f: np.ndarray, g: np.ndarray, y: np.ndarray, against: np.ndarray | None = None, flip: bool = True
) -> float:
    """Return the share of signal-background pairs that two functions order alike; a tie counts one half.

    Parameters
    ----------
    f, g : shape (N,)
        Values of the two functions; only their order as float64 counts, so that infinities are welcome.
    y : shape (N,), 1 = signal, 0 = background.
    against : shape (N,)
        A third function: only the pairs that it orders contrary to `f`, without ties, are looked at. NaN is
        returned if there are none.
    flip
        Read a value below 1/2 as one minus it, since -g orders as well as g.

    Raises
    ------
    InputError
        If lengths differ, a class is empty, a label is neither 1 nor 0, or a value is NaN.
    """
    return Ordering(f, y, against).ado(g, flip).value


@dataclass(frozen=True)
class Ado:
    """An ADO, its standard error from the finite number of events, and the number of pairs it is of."""

    value: float
    uncertainty: float
    pairs: int


class Ordering:
    """A function `f` that others are compared with, over all pairs or those that `against` orders contrary.

    Parameters and errors as of `ado`.

    Notes
    -----
    With signs sf, sg, sh of the differences of a pair, sf sg = -1 on the pairs X that f and g order
    contrary, and where neither ties, [sf sg = -1] = (1 - sf sg) / 2; the sum over X of sf sh is then
    (T_fh - T_gh) / 2, with T_fh the sum of sf sh over all pairs. Ties of f are broken by g and those of g
    by f: pairs that tie in one of them then cancel, and it holds for every f and g.
    """

    def __init__(self, f: np.ndarray, y: np.ndarray, against: np.ndarray | None = None):
        self.signal = _signal(y)
        f = self._checked(f, "f")
        ranks = [f]
        if against is not None:
            g = self._checked(against, "against")
            ranks = [_ranks(f, g), _ranks(g, f)]
        self._sides = [_Side.of(ranks, members) for members in (self.signal, ~self.signal)]
        if against is None:
            counts = [np.count_nonzero(self.signal == other) for other in (False, True)]
            self._pairs = np.where(self.signal, *counts)
        else:
            self._pairs = self._sums_per_event(f)  # sf sf = 1 in each of them
        self._count = int(self._pairs[self.signal].sum())

    def ado(self, h: np.ndarray, flip: bool = True) -> Ado:
        """Return the ADO of `f` and `h`, shape (N,), with its uncertainty.

        Both sums, over the pairs and over their number, are two-sample U-statistics; the variance of their
        ratio follows from the sums of each event (as DeLong et al., Biometrics 44 (1988) 837, for the AUC).
        It is NaN with fewer than two events in a class.
        """
        sums = self._sums_per_event(self._checked(h, "g"))
        if not self._count:
            return Ado(np.nan, np.nan, 0)
        mean = int(sums[self.signal].sum()) / self._count
        variance = 0.0
        for members in (self.signal, ~self.signal):
            residuals = sums[members] - mean * self._pairs[members]
            size = len(residuals)
            variance += size * residuals.var(ddof=1) if size > 1 else np.nan
        value = (1 + mean) / 2
        uncertainty = float(np.sqrt(variance)) / self._count / 2
        return Ado(max(value, 1 - value) if flip else value, uncertainty, self._count)

    def pairs_per_event(self) -> np.ndarray:
        """Return in how many of the pairs that are looked at each event is, shape (N,)."""
        return self._pairs.copy()

    def ados(self, columns: np.ndarray, threads: int = 1) -> np.ndarray:
        """Return the ADOs, not flipped, of `f` and of each of K functions, shape (K,); NaN without pairs.

        Parameters
        ----------
        columns : shape (K, N)
        threads
            Over which the functions are shared out.
        """
        with ThreadPoolExecutor(threads) as pool:
            sums = np.fromiter(pool.map(self._sum, columns, range(len(columns))), float, len(columns))
        return (1 + sums / self._count) / 2 if self._count else np.full(len(columns), np.nan)

    def _sum(self, h: np.ndarray, column: int) -> int:
        """Return the sum of sf sh over the pairs."""
        return int(self._sides[0].sums(self._checked(h, f"column {column}")).sum())

    def _sums_per_event(self, h: np.ndarray) -> np.ndarray:
        """Return, for each event, the sum of sf sh over its pairs."""
        sums = np.empty(len(h), np.int64)
        for members, side in zip((self.signal, ~self.signal), self._sides, strict=True):
            sums[members] = side.sums(h)
        return sums

    def _checked(self, values: np.ndarray, name: str) -> np.ndarray:
        values = np.asarray(values, dtype=np.float64)
        if values.shape != self.signal.shape:
            raise InputError(
                f"{name} must be a list as long as y, {len(self.signal)}; found shape {values.shape}"
            )
        if np.isnan(values).any():
            raise InputError(f"{name}: event {np.flatnonzero(np.isnan(values))[0]} is NaN")
        return values


def _signal(y: np.ndarray) -> np.ndarray:
    """Return which events are signal; errors as of `ado`."""
    y = np.asarray(y)
    if y.ndim != 1:
        raise InputError(f"y must be a list of 1 (signal) and 0 (background); found shape {y.shape}")
    signal = y == 1
    other = np.flatnonzero(~signal & (y != 0))
    if len(other):
        raise InputError(f"y must be 1 (signal) or 0 (background); event {other[0]} is {y[other[0]]}")
    found = np.count_nonzero(signal)
    if not 0 < found < len(y):
        raise InputError(
            f"an ordering needs both classes, found {found} signal and {len(y) - found} background events"
        )
    return signal


def _ranks(first: np.ndarray, second: np.ndarray) -> np.ndarray:
    """Return ranks in the order of `first`, ties broken by `second`; equal in both, equal in rank."""
    order = np.lexsort((second, first))
    steps = np.zeros(len(order), bool)
    for values in (first[order], second[order]):
        steps[1:] |= values[1:] != values[:-1]
    ranks = np.empty(len(order))
    ranks[order] = np.cumsum(steps)
    return ranks


class _Places(NamedTuple):
    """Where the values of a function stand among those of the other class.

    `low`, shape (N,): of an event of one's own class, which come first, how many of the other are below it;
    of one of the other class its place among them in rising order. `high`, shape (own,): how many are not
    above it.
    """

    low: np.ndarray
    high: np.ndarray

    @classmethod
    def of(cls, f: np.ndarray, own: int) -> "_Places":
        """Return the places of the values, shape (N,), of which the first `own` are of one's own class."""
        order = np.argsort(f[own:])
        others = f[own:][order]
        low = np.empty(len(f), np.int32)
        low[:own] = np.searchsorted(others, f[:own], "left")
        low[own:][order] = np.arange(len(others))
        return cls(low, np.searchsorted(others, f[:own], "right").astype(np.int32))


class _Side(NamedTuple):
    """One class beside the other: its events followed by the others', and places for each function."""

    events: np.ndarray
    places: list[_Places]

    @classmethod
    def of(cls, functions: list[np.ndarray], members: np.ndarray) -> "_Side":
        """Return the side of a class with the `members`, shape (N,)."""
        events = np.argsort(~members, kind="stable")
        own = np.count_nonzero(members)
        return cls(events, [_Places.of(f[events], own) for f in functions])

    def sums(self, h: np.ndarray) -> np.ndarray:
        """Return, for each event of the class, the sum of sf sh over its pairs, shape (own,)."""
        order, keys = _sorted(h[self.events])
        sums = [_sums_of_signs(places, order, keys) for places in self.places]
        return sums[0] if len(sums) == 1 else (sums[0] - sums[1]) // 2


@numba.njit(nogil=True)
def _sums_of_signs(places, order, keys):
    """Return, for each event of one class, the sum over the other of the product of two signs.

    The signs are those of the differences of f, by its `places`, and of h, given by the rising `order` of
    the events, one's own first where h ties, and by sorted `keys`. Those of the other class that are below
    the current value of h are in a Fenwick tree, by their place in f.
    """
    low, high = places
    own = len(high)
    others = len(order) - own
    tree = np.zeros(others + 1, np.int32)
    sums = np.empty(own, np.int64)
    inserted = 0
    start = 0
    for position in range(len(order)):
        event = order[position]
        if event < own:
            sums[event] = 2 * (_excess(tree, low[event], high[event]) - inserted)
        else:
            _insert(tree, low[event])
            inserted += 1
        if position + 1 < len(order) and keys[position + 1] == keys[position]:
            continue
        if position > start:
            # Once without and once with those of equal h: they count as neither below nor above.
            for event in order[start : position + 1]:
                if event >= own:
                    break
                sums[event] = sums[event] // 2 + _excess(tree, low[event], high[event]) - inserted
        start = position + 1
    for event in range(own):
        sums[event] += others - low[event] - high[event]
    return sums


@numba.njit(nogil=True)
def _excess(tree, low, high):
    """Return how many have been inserted below `low` and below `high`, together."""
    below = _count(tree, low)
    return below + (_count(tree, high) if high > low else below)


@numba.njit(nogil=True)
def _insert(tree, place):
    position = place + 1
    while position < len(tree):
        tree[position] += 1
        position += position & -position


@numba.njit(nogil=True)
def _count(tree, place):
    """Return how many have been inserted at places before this one."""
    total = 0
    while place > 0:
        total += tree[place]
        place -= place & -place
    return total


@numba.njit(nogil=True)
def _sorted(values):
    """Return the rising order of values, equal ones as they come, and sorted keys, equal as the values are.

    A radix sort, digit by digit from the lowest: several times faster than NumPy's, whatever the ties.
    """
    # The bits of a number as an integer, turned over so that they rise with it; -0 + 0 is 0.
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
