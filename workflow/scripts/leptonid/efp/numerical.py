"""Numerical duplicates: find them on a sample of events, and confirm algebraic duplicates on it."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from math import ceil

import energyflow as ef
import numpy as np
import pyarrow as pa

from leptonid.efp.duplicates import Duplicate
from leptonid.efp.graphs import Graph
from leptonid.errors import InputError
from leptonid.study.observables import Observable

# With fewer events than this, different columns can agree by chance.
MINIMUM_EVENTS = 20

# Fraction of events at either end of a column without which two columns must be equal as well.
OUTLIERS = 0.025
CORE = 100
AXES = 8
BLOCK = 32
# Rounding error of a sum of a few terms, and the smallest divisor.
ROUNDING, TINY = 4 * np.finfo(float).eps, np.finfo(float).tiny

SCHEMA = pa.schema(
    [
        *((name, pa.string()) for name in ("calorimeter", "observable", "equals", "reason")),
        ("tolerance", pa.float64()),
        ("sample", pa.string()),
    ]
)


def confirm(
    duplicates: Sequence[Duplicate],
    graphs: Iterable[Graph],
    events: Sequence[np.ndarray],
    values: Mapping[str, np.ndarray],
    tolerance: float,
) -> None:
    """Check on events that algebraic duplicates have the values of the observables that they equal.

    The duplicates are computed by EnergyFlow, independently of the engine of this package.

    Parameters
    ----------
    events
        One array of shape (M, 3) per event: weight, eta, phi; weights above 0.
    values
        Values of the unique observables on these events, arrays of shape (events,).
    tolerance
        Largest relative difference on any event.

    Raises
    ------
    InputError
        If a pair differs; the message names both observables.
    """
    edges = {(graph.n, graph.d, graph.k): graph.edges for graph in graphs}
    by_exponents: dict[tuple[float, float], list[tuple[Duplicate, list]]] = defaultdict(list)
    for duplicate in duplicates:
        observable = Observable.parse(duplicate.observable)
        graph = list(edges[observable.n, observable.d, observable.k])
        by_exponents[observable.kappa, observable.beta].append((duplicate, graph))
    fractions = [event / [event[:, 0].sum(), 1, 1] if len(event) else event for event in events]
    for (kappa, beta), members in by_exponents.items():
        efps = ef.EFPSet(
            *(graph for _, graph in members), measure="hadr", kappa=kappa, beta=beta, normed=False
        )
        reference = np.array(
            [efps.compute(event) if len(event) else np.zeros(len(members)) for event in fractions]
        )
        for ((observable, equals, _), _), column in zip(members, reference.T, strict=True):
            expected = values[equals]
            largest = np.maximum(np.abs(column), np.abs(expected))
            for event in np.flatnonzero(~(np.abs(column - expected) <= tolerance * largest))[:1]:
                raise InputError(
                    f"{observable} should equal {equals}, but on event {event} of the sample EnergyFlow "
                    f"computes {column[event]:.17g} for {observable}, and the EFP table has "
                    f"{expected[event]:.17g} for {equals}; delete the table and run again, or raise "
                    "efp.tolerance if this is only a rounding error"
                )


def numerical_duplicates(names: Sequence[str], values: np.ndarray, tolerance: float) -> list[Duplicate]:
    """Return the columns that are constant or an affine function of an earlier column on these events.

    Parameters
    ----------
    names
        Names of the columns; of equal columns the first is kept.
    values
        Float64 array of shape (observables, events).
    tolerance
        A column is constant if its spread is at most `tolerance` times its largest magnitude. Two columns are
        equal if, scaled to mean 0 and unit length, the length of their difference is at most `tolerance` (up
        to the sign). If one event dominates, this holds for any two columns; they must therefore also be
        equal without the `OUTLIERS` at either end, within `CORE` times the tolerance, as the spread is
        smaller there.

    With fewer than `MINIMUM_EVENTS` events, no duplicates are returned.

    Raises
    ------
    InputError
        For a column with values that are not finite.
    """
    if values.shape[1] < MINIMUM_EVENTS:
        return []
    # Columns that differ by less than the tolerance do so along any axis. A few fixed random axes separate
    # the others, so that hardly any pair needs a full comparison.
    axes = np.random.default_rng(0).standard_normal((values.shape[1], AXES))
    axes /= np.linalg.norm(axes, axis=0)
    duplicates, rest, whole, core, rounding = {}, [], [], [], []
    for start in range(0, len(values), BLOCK):
        rows = values[start : start + BLOCK]
        for index in np.flatnonzero(~np.isfinite(rows).all(axis=1))[:1]:
            raise InputError(f"{names[start + index]}: has values that are not finite")
        unit, spread, _ = _standardise(rows, np.ones(rows.shape, bool))
        constant = spread <= tolerance
        for index in np.flatnonzero(constant):
            reason = "constant" if rows[index].any() else "zero"
            duplicates[start + index] = Duplicate(names[start + index], "", reason)
        core_unit, _, core_rounding = _standardise(rows, _without_outliers(rows))
        rest.append(start + np.flatnonzero(~constant))
        whole.append((unit @ axes)[~constant])
        core.append((core_unit @ axes)[~constant])
        rounding.append(core_rounding[~constant])
    rest = np.concatenate(rest)
    pairs = _near(np.concatenate(whole), np.concatenate(core), np.concatenate(rounding), tolerance)
    equal_to: dict[int, int] = {}
    for low, high in sorted(pairs):
        if (
            low not in equal_to
            and high not in equal_to
            and _equal(values[rest[low]], values[rest[high]], tolerance)
        ):
            equal_to[high] = low
    for high, low in equal_to.items():
        duplicates[rest[high]] = Duplicate(names[rest[high]], names[rest[low]], "numerical")
    return [duplicates[index] for index in sorted(duplicates)]


def _standardise(rows: np.ndarray, keep: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return rows scaled to mean 0 and length 1 on the events to keep, their spread and rounding error.

    Other events are set to 0. The spread is relative to the largest magnitude; the rounding error is that of
    the scaled rows, given values of double precision. `rows` and `keep` have shape (rows, events).
    """
    rows = np.where(keep, rows, 0)
    scale = np.abs(rows).max(axis=1, keepdims=True)
    rows /= np.where(scale > 0, scale, 1)
    count = keep.sum(axis=1, keepdims=True)
    rows -= rows.sum(axis=1, keepdims=True) / count
    rows *= keep
    length = np.sqrt(np.einsum("ij,ij->i", rows, rows))[:, None]
    rows /= np.where(length > 0, length, 1)
    spread = length / np.sqrt(count)
    rounding = np.where(scale > 0, ROUNDING / np.maximum(spread, TINY), 0)
    return rows, spread[:, 0], rounding[:, 0]


def _without_outliers(rows: np.ndarray) -> np.ndarray:
    """Return a mask of the events of every row that are not among its outliers, shape (rows, events)."""
    cut = ceil(OUTLIERS * rows.shape[1])
    ordered = np.sort(rows, axis=1)
    low, high = ordered[:, [cut]], ordered[:, [-1 - cut]]
    margin = 1e-6 * (high - low)  # keeps values together that differ by rounding only
    return (rows >= low - margin) & (rows <= high + margin)


def _near(
    whole: np.ndarray, core: np.ndarray, rounding: np.ndarray, tolerance: float
) -> list[tuple[int, int]]:
    """Return pairs of rows whose projections, shape (rows, AXES), agree up to a sign."""
    reach, core_reach = tolerance + 1e-12, CORE * tolerance + 1e-12  # the projections have rounding errors
    first_axis = np.abs(whole[:, 0])
    order = np.argsort(first_axis, kind="stable")
    ends = np.searchsorted(first_axis[order], first_axis[order] + reach, side="right")
    pairs = []
    for position in np.flatnonzero(ends > np.arange(len(order)) + 1):
        one, others = order[position], order[position + 1 : ends[position]]
        core_reaches = (core_reach + rounding[one] + rounding[others])[:, None]
        for sign in (1, -1):
            near = (np.abs(whole[others] - sign * whole[one]) <= reach).all(axis=1)
            near &= (np.abs(core[others] - sign * core[one]) <= core_reaches).all(axis=1)
            pairs += [(min(one, other), max(one, other)) for other in others[near]]
    return pairs


def _equal(first: np.ndarray, second: np.ndarray, tolerance: float) -> bool:
    """Return whether one column is an affine function of the other, see `numerical_duplicates`."""
    rows = np.stack([first, second])
    units, _, _ = _standardise(rows, np.ones(rows.shape, bool))
    core_units, _, rounding = _standardise(rows, np.repeat(_without_outliers(rows[:1]), 2, axis=0))
    return _distance(*units) <= tolerance and _distance(*core_units) <= CORE * tolerance + rounding.sum()


def _distance(one: np.ndarray, other: np.ndarray) -> float:
    return min(np.linalg.norm(one - other), np.linalg.norm(one + other))
