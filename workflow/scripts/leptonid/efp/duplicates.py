"""Algebraic duplicates: observables that are equal on every event because of their graphs."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from functools import reduce
from math import gcd
from typing import NamedTuple

import networkx as nx

from leptonid.efp.graphs import Graph
from leptonid.study.observables import Observable


class Duplicate(NamedTuple):
    """An observable that is dropped, the one that it equals (empty for a constant), and the reason."""

    observable: str
    equals: str
    reason: str


def unique_observables(
    graphs: Iterable[Graph], kappas: Sequence[float], betas: Sequence[float]
) -> tuple[list[Observable], list[Duplicate]]:
    """Return the algebraically unique observables of graphs x kappas x betas, and the duplicates.

    Two observables are equal on every event if they have the same kappa and, up to the numbering of the
    vertices, the same product of multiplicity and beta on every edge. The one-vertex graph therefore does not
    depend on beta (the smallest beta is kept), and a graph with all multiplicities doubled, at beta, equals
    the original graph at 2 beta (the one with fewer edges is kept).
    """
    kappas = list(dict.fromkeys(kappas))
    # For every primitive graph: the unique observables, one per kappa, by factor times beta.
    classes: dict[tuple, list[tuple[nx.Graph, dict[float, list[Observable]]]]] = defaultdict(list)
    unique, duplicates = [], []
    for graph in sorted(graphs, key=lambda graph: (graph.d, graph.n, graph.k)):
        primitive, factor = _primitive(graph)
        # Isomorphism is only tested between graphs with the same cheap invariant.
        members = classes[_invariant(primitive)]
        matches = (
            kept for other, kept in members if nx.is_isomorphic(primitive, other, edge_match=_same_weight)
        )
        kept = next(matches, None)
        if kept is None:
            kept = {}
            members.append((primitive, kept))
        for beta in sorted(betas):
            key = float(f"{factor * beta:.12g}")
            names = [graph.observable(kappa, beta) for kappa in kappas]
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


def _primitive(graph: Graph) -> tuple[nx.Graph, int]:
    """Return the graph with multiplicities divided by their greatest common divisor, and the divisor."""
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
