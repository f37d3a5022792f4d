"""Duplicates among observables by their values: found on a sample of events, or confirmed on it."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from math import ceil

import energyflow as ef
import numpy as np
import pyarrow as pa

from leptonid.efp.duplicates import Duplicate
from leptonid.efp.graphs import Graph
from leptonid.errors import InputError
from leptonid.observables import Observable

# With fewer events than this, columns look alike that are not.
MINIMUM_EVENTS = 20

# The part of the events at either end of a column that no equality may hang on alone.
OUTLIERS = 0.025
CORE = 100
AXES = 8
BLOCK = 32
# How exactly a sum of a few terms is known, and what can be divided by.
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

    The duplicates are computed by EnergyFlow itself, not by our engine.

    Parameters
    ----------
    events
        One array of shape (M, 3) per event: weight, eta, phi; weights above 0.
    values
        The computed values of the observables that are equalled, shape (events,) each.
    tolerance
        Largest relative difference on any event.

    Raises
    ------
    InputError
        For a pair that differs; the message names both.
    """
    edges = {(graph.n, graph.d, graph.k): graph.edges for graph in graphs}
    by_exponents: dict[tuple[float, float], list[tuple[Duplicate, list]]] = defaultdict(list)
    for duplicate in duplicates:
        each = Observable.parse(duplicate.observable)
        by_exponents[each.kappa, each.beta].append((duplicate, list(edges[each.n, each.d, each.k])))
    fractions = [event / [event[:, 0].sum(), 1, 1] if len(event) else event for event in events]
    for (kappa, beta), members in by_exponents.items():
        efps = ef.EFPSet(
            *(graph for _, graph in members), measure="hadr", kappa=kappa, beta=beta, normed=False
        )
        computed = np.array(
            [efps.compute(event) if len(event) else np.zeros(len(members)) for event in fractions]
        )
        for ((observable, equals, _), _), found in zip(members, computed.T, strict=True):
            expected = values[equals]
            largest = np.maximum(np.abs(found), np.abs(expected))
            for event in np.flatnonzero(~(np.abs(found - expected) <= tolerance * largest))[:1]:
                raise InputError(
                    f"{observable} should equal {equals}, but on event {event} of the sample EnergyFlow has "
                    f"{found[event]:.17g} for the one, the EFP table {expected[event]:.17g} for the other; "
                    "delete the table and run again, or raise efp.tolerance if only rounding is between them"
                )


def numerical_duplicates(names: Sequence[str], values: np.ndarray, tolerance: float) -> list[Duplicate]:
    """Return the columns that are constant, or an affine image of an earlier column, on these events.

    Parameters
    ----------
    names
        Observables; of equal ones the first is kept.
    values
        Float64 array of shape (observables, events).
    tolerance
        A column is constant if its spread is at most `tolerance` times its largest magnitude; two columns
        are equal if, scaled to mean 0 and unit length, they differ by at most `tolerance` in length (up to
        the sign). Where one event outweighs all others, any two columns do; so they must also be equal
        without the `OUTLIERS` at either end, to within `CORE` times the tolerance, as the spread is less.

    Fewer than `MINIMUM_EVENTS` events prove nothing: no duplicates are returned.

    Raises
    ------
    InputError
        For a column with values that are not finite.
    """
    if values.shape[1] < MINIMUM_EVENTS:
        return []
    # Columns that differ by less than the tolerance do so on any axis; a few fixed random ones separate
    # the others, so that hardly any pair is compared in full.
    axes = np.random.default_rng(0).standard_normal((values.shape[1], AXES))
    axes /= np.linalg.norm(axes, axis=0)
    duplicates, rest, whole, core, rounding = {}, [], [], [], []
    for start in range(0, len(values), BLOCK):
        rows = values[start : start + BLOCK]
        for index in np.flatnonzero(~np.isfinite(rows).all(axis=1))[:1]:
            raise InputError(f"{names[start + index]}: values that are not finite")
        unit, spread, _ = _standardised(rows, np.ones(rows.shape, bool))
        constant = spread <= tolerance
        for index in np.flatnonzero(constant):
            reason = "constant" if rows[index].any() else "zero"
            duplicates[start + index] = Duplicate(names[start + index], "", reason)
        core_unit, _, core_rounding = _standardised(rows, _without_outliers(rows))
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


def _standardised(rows: np.ndarray, keep: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return rows with mean 0 and length 1 on the events to keep, 0 on others; their spread and rounding.

    The spread is relative to the largest magnitude; the rounding is how exactly the unit vector is known
    from values of double precision. Both arrays in have shape (rows, events).
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
    """Return which events of each row are not among its outliers, shape (rows, events)."""
    cut = ceil(OUTLIERS * rows.shape[1])
    ordered = np.sort(rows, axis=1)
    low, high = ordered[:, [cut]], ordered[:, [-1 - cut]]
    margin = 1e-6 * (high - low)  # equal values that rounding has set apart stay together
    return (rows >= low - margin) & (rows <= high + margin)


def _near(
    whole: np.ndarray, core: np.ndarray, rounding: np.ndarray, tolerance: float
) -> list[tuple[int, int]]:
    """Return the pairs of rows that may be equal by their projections, shape (rows, AXES), up to a sign."""
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
    """Return whether two columns are affine images of each other, see `numerical_duplicates`."""
    rows = np.stack([first, second])
    units, _, _ = _standardised(rows, np.ones(rows.shape, bool))
    core_units, _, rounding = _standardised(rows, np.repeat(_without_outliers(rows[:1]), 2, axis=0))
    return _distance(*units) <= tolerance and _distance(*core_units) <= CORE * tolerance + rounding.sum()


def _distance(one: np.ndarray, other: np.ndarray) -> float:
    return min(np.linalg.norm(one - other), np.linalg.norm(one + other))
