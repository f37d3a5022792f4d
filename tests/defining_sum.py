"""The defining sum of a graph's polynomial on integers modulo a prime, for exact comparisons."""

from collections import Counter
from collections.abc import Mapping

import numpy as np

from leptonid.efp.graphs import Graph


def multiplicities(graph: Graph) -> Counter:
    """Return the multiplicity of every edge (a, b), a < b, of a graph."""
    return Counter(tuple(sorted(edge)) for edge in graph.edges)


def defining_sum(graph: Graph, weights: np.ndarray, distances: Mapping[int, np.ndarray], prime: int) -> int:
    """Return the sum over all assignments of cells to vertices.

    `weights`, shape (M,), and `distances`, a symmetric (M, M) matrix per multiplicity, are below 2^31.
    """
    terms = np.ones((len(weights),) * graph.n, dtype=np.int64)

    def along(values: np.ndarray, *vertices: int) -> np.ndarray:
        return values.reshape([len(weights) if vertex in vertices else 1 for vertex in range(graph.n)])

    for vertex in range(graph.n):
        terms = terms * along(weights, vertex) % prime
    for edge, multiplicity in multiplicities(graph).items():
        terms = terms * along(distances[multiplicity], *edge) % prime
    return int(terms.sum() % prime)
