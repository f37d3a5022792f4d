"""Observables that say the same thing twice: found from the graphs, and from the values."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from functools import reduce
from math import gcd
from typing import NamedTuple

import networkx as nx
import numpy as np
import pyarrow as pa

from leptonid.efp.catalogue import Graph
from leptonid.observables import Observable

# With fewer events than this, columns look alike that are not.
MINIMUM_EVENTS = 20

SCHEMA = pa.schema([(name, pa.string()) for name in ("calorimeter", "observable", "equals", "reason")])


class Duplicate(NamedTuple):
    """An observable that is not kept: the one it equals (empty for a constant), and why."""

    observable: str
    equals: str
    reason: str


def unique_observables(
    graphs: Iterable[Graph], kappas: Sequence[float], betas: Sequence[float]
) -> tuple[list[Observable], list[Duplicate]]:
    """Return the algebraically different observables of graphs x kappas x betas, and the duplicates.

    Two observables are equal on every event if they have the same kappa and, up to the numbering of
    the vertices, the same product of multiplicity and beta on every edge. So the one-vertex graph does
    not depend on beta (the smallest is kept), and a graph with all multiplicities doubled, at beta,
    is the graph at 2 beta (the one with fewer edges is kept).
    """
    # Of each primitive graph: which observables are kept, one per kappa, by factor times beta.
    classes: dict[tuple, list[tuple[nx.Graph, dict[float, list[Observable]]]]] = defaultdict(list)
    unique, duplicates = [], []
    for graph in sorted(graphs, key=lambda graph: (graph.d, graph.n, graph.k)):
        primitive, factor = _primitive(graph)
        # Only graphs that share this cheap invariant are compared by isomorphism.
        members = classes[_invariant(primitive)]
        same = (
            kept for other, kept in members if nx.is_isomorphic(primitive, other, edge_match=_same_weight)
        )
        kept = next(same, None)
        if kept is None:
            kept = {}
            members.append((primitive, kept))
        for beta in sorted(betas):
            key = float(f"{factor * beta:.12g}")
            names = [Observable(graph.n, graph.d, graph.k, kappa, beta) for kappa in kappas]
            if key in kept:
                first = kept[key]
                duplicates += [
                    Duplicate(str(name), str(equal), "algebraic")
                    for name, equal in zip(names, first, strict=True)
                ]
            else:
                kept[key] = names
                unique += names
    return unique, duplicates


def numerical_duplicates(names: Sequence[str], values: np.ndarray, tolerance: float) -> list[Duplicate]:
    """Return the columns that are constant, or an affine image of an earlier column, on these events.

    Parameters
    ----------
    names
        Observables, one per column; of equal columns the first is kept.
    values
        Float64 array of shape (events, observables).
    tolerance
        A column is constant if its spread is below `tolerance` times its largest magnitude; two
        columns are equal if, scaled to mean 0 and unit length, they differ by less than `tolerance`
        in length (up to the sign).

    Fewer than `MINIMUM_EVENTS` events prove nothing: no duplicates are returned.
    """
    if len(values) < MINIMUM_EVENTS:
        return []
    scale = np.abs(values).max(axis=0)
    safe = values / np.where(scale > 0, scale, 1)
    centred = safe - safe.mean(axis=0)
    length = np.linalg.norm(centred, axis=0)
    constant = np.sqrt(length**2 / len(values)) <= tolerance
    duplicates = {
        index: Duplicate(names[index], "", "zero" if scale[index] == 0 else "constant")
        for index in np.flatnonzero(constant)
    }
    rest = np.flatnonzero(~constant)
    unit = centred[:, rest] / length[rest]
    # Columns that differ by less than the tolerance are neighbours on any axis; a fixed random one
    # separates the others, so that only few pairs are compared in full.
    axis = np.random.default_rng(0).standard_normal(len(values))
    axis /= np.linalg.norm(axis)
    projection = np.abs(axis @ unit)
    order = np.argsort(projection, kind="stable")
    equal_to = {}
    for position, first in enumerate(order):
        for second in order[position + 1 :]:
            if projection[second] - projection[first] > tolerance:
                break
            sign = np.sign(unit[:, first] @ unit[:, second])
            if np.linalg.norm(unit[:, first] - sign * unit[:, second]) <= tolerance:
                low, high = sorted((first, second))
                equal_to[high] = min(low, equal_to.get(high, low))
    for index, equal in equal_to.items():
        while equal in equal_to:
            equal = equal_to[equal]
        duplicates[rest[index]] = Duplicate(names[rest[index]], names[rest[equal]], "numerical")
    return [duplicates[index] for index in sorted(duplicates)]


def _primitive(graph: Graph) -> tuple[nx.Graph, int]:
    """Return the graph with its multiplicities divided by their greatest common divisor, and that."""
    multiplicities = Counter(tuple(sorted(edge)) for edge in graph.edges)
    factor = reduce(gcd, multiplicities.values(), 0)
    primitive = nx.Graph()
    primitive.add_nodes_from(range(graph.n))
    primitive.add_weighted_edges_from((a, b, count // factor) for (a, b), count in multiplicities.items())
    return primitive, factor


def _same_weight(edge: dict, other: dict) -> bool:
    return edge["weight"] == other["weight"]


def _invariant(graph: nx.Graph) -> tuple:
    return tuple(sorted(tuple(sorted(edge["weight"] for edge in graph[node].values())) for node in graph))
