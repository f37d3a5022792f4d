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


def ado(
    f: np.ndarray, g: np.ndarray, y: np.ndarray, against: np.ndarray | None = None, flip: bool = True
) -> float:
    """Return the share of signal-background pairs that two functions order alike; a tie counts one half.

    Parameters
    ----------
    f, g : shape (N,)
        Values of the two functions; only their order counts.
    y : shape (N,), 1 = signal, 0 = background.
    against : shape (N,)
        A third function: only the pairs that it orders contrary to `f`, without ties, are looked at. NaN if
        there are none.
    flip
        Read a value below 1/2 as one minus it, since -g orders as well as g.

    Raises
    ------
    InputError
        If lengths differ, a class is empty, or a value is NaN.
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
        y = np.asarray(y)
        if y.ndim != 1 or not np.isin(y, (0, 1)).all():
            raise InputError("y must be a list of 1 (signal) and 0 (background)")
        self.signal = y == 1
        if self.signal.all() or not self.signal.any():
            found = np.count_nonzero(self.signal)
            raise InputError(
                f"an ordering needs both classes, found {found} signal and {len(y) - found} background events"
            )
        f = self._checked(f, "f")
        self._ranks = [f]
        if against is not None:
            g = self._checked(against, "against")
            self._ranks = [_ranks(f, g), _ranks(g, f)]
        self._places = [_Places.of(ranks, self.signal) for ranks in self._ranks]

    def ado(self, h: np.ndarray, flip: bool = True) -> Ado:
        """Return the ADO of `f` and `h`, shape (N,), with its uncertainty.

        Both sums, over the pairs and over their number, are two-sample U-statistics; the variance of their
        ratio follows from the sums of each event (as DeLong et al., Biometrics 44 (1988) 837, for the AUC).
        It is NaN with fewer than two events in a class.
        """
        h = self._checked(h, "g")
        sums, pairs = self._sums_per_event(h), self.pairs_per_event()
        count = int(pairs[self.signal].sum())
        if not count:
            return Ado(np.nan, np.nan, 0)
        mean = sums[self.signal].sum() / count
        variance = 0.0
        for members in (self.signal, ~self.signal):
            residuals = sums[members] - mean * pairs[members]
            size = len(residuals)
            variance += size * residuals.var(ddof=1) if size > 1 else np.nan
        value = (1 + mean) / 2
        return Ado(max(value, 1 - value) if flip else value, float(np.sqrt(variance) / count / 2), count)

    def pairs_per_event(self) -> np.ndarray:
        """Return in how many of the pairs that are looked at each event is, shape (N,)."""
        if len(self._ranks) == 1:
            return np.where(self.signal, np.count_nonzero(~self.signal), np.count_nonzero(self.signal))
        f, g = self._ranks
        both = [_sums_per_event(f, other, self.signal) for other in (f, g)]
        return (both[0] - both[1]) // 2

    def ados(self, columns: np.ndarray, threads: int = 1) -> np.ndarray:
        """Return the ADOs, not flipped, of `f` and of each of K functions, shape (K,); NaN without pairs.

        Parameters
        ----------
        columns : shape (K, N)
        threads
            Over which the functions are shared out.
        """
        pairs = int(self.pairs_per_event()[self.signal].sum())
        if not pairs:
            return np.full(len(columns), np.nan)
        with ThreadPoolExecutor(threads) as pool:
            sums = np.fromiter(pool.map(self._sum, columns), float, len(columns))
        return (1 + sums / pairs) / 2

    def _sum(self, h: np.ndarray) -> float:
        """Return the sum of sf sh over the pairs."""
        h = self._checked(h, "g")
        order = np.argsort(h)
        h = h[order]
        sums = [_sum_of_signs(places, order, h, self.signal) for places in self._places]
        return sums[0] if len(sums) == 1 else (sums[0] - sums[1]) / 2

    def _sums_per_event(self, h: np.ndarray) -> np.ndarray:
        """Return, for each event, the sum of sf sh over its pairs."""
        sums = [_sums_per_event(ranks, h, self.signal) for ranks in self._ranks]
        return sums[0] if len(sums) == 1 else (sums[0] - sums[1]) // 2

    def _checked(self, values: np.ndarray, name: str) -> np.ndarray:
        values = np.asarray(values, dtype=np.float64)
        if values.shape != self.signal.shape:
            raise InputError(
                f"{name} must be a list as long as y, {len(self.signal)}; found shape {values.shape}"
            )
        if np.isnan(values).any():
            raise InputError(f"{name}: event {np.flatnonzero(np.isnan(values))[0]} is NaN")
        return values


def _ranks(first: np.ndarray, second: np.ndarray) -> np.ndarray:
    """Return ranks in the order of `first`, ties broken by `second`; equal in both, equal in rank."""
    order = np.lexsort((second, first))
    steps = (np.diff(first[order]) != 0) | (np.diff(second[order]) != 0)
    ranks = np.empty(len(order))
    ranks[order] = np.append(0, np.cumsum(steps))
    return ranks


class _Places(NamedTuple):
    """Where the values of a function stand among those of the background.

    `low`, shape (N,): of a background event its place in the sorted background, of a signal event how many
    background values are below its own; `high` how many are not above.
    """

    low: np.ndarray
    high: np.ndarray

    @classmethod
    def of(cls, f: np.ndarray, signal: np.ndarray) -> "_Places":
        """Return the places of the values, shape (N,)."""
        background = np.sort(f[~signal])
        low = np.searchsorted(background, f, "left")
        high = np.searchsorted(background, f, "right")
        low[np.flatnonzero(~signal)[np.argsort(f[~signal])]] = np.arange(len(background))
        return cls(low.astype(np.int32), high.astype(np.int32))


def _sums_per_event(f: np.ndarray, h: np.ndarray, signal: np.ndarray) -> np.ndarray:
    """Return the sum over the pairs of each event of the product of signs of differences of f and h."""
    order = np.argsort(h)
    sums = np.empty(len(h), np.int64)
    for queried in (signal, ~signal):
        found = _signs(_Places.of(f, queried), order, h[order], queried)
        sums[queried] = found[queried]
    return sums


def _sum_of_signs(places: _Places, order: np.ndarray, h: np.ndarray, signal: np.ndarray) -> int:
    return int(_signs(places, order, h, signal).sum())


@numba.njit(nogil=True)
def _signs(places, order, h, signal):
    """Return, for each signal event, the sum over the background of the product of two signs.

    The signs are those of the differences of f, by its `places`, and of `h`, given in rising `order` of
    the events. The background below the current value of h is in a Fenwick tree, by its place in f.
    """
    low, high = places
    events = len(order)
    background = events - signal.sum()
    tree = np.zeros(background + 1, np.int32)
    sums = np.zeros(events, np.int64)
    inserted = 0
    start = 0
    while start < events:
        stop = start + 1
        while stop < events and h[stop] == h[start]:
            stop += 1
        # Once before and once after those of equal h enter the tree: they count as neither below nor above.
        for repeat in range(2):
            for position in range(start, stop):
                event = order[position]
                if signal[event]:
                    found = _count(tree, low[event])
                    found += _count(tree, high[event]) if high[event] > low[event] else found
                    sums[event] += found - inserted
            if repeat == 0:
                for position in range(start, stop):
                    event = order[position]
                    if not signal[event]:
                        _insert(tree, low[event])
                        inserted += 1
        start = stop
    for event in range(events):
        if signal[event]:
            sums[event] += background - low[event] - high[event]
    return sums


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
