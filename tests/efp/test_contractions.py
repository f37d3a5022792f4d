"""Tensors of contractions: their values, and sharing of equal tensors."""

import itertools
from collections import Counter

import numpy as np
import pytest

from defining_sum import defining_sum, multiplicities
from leptonid.efp.catalogue import select_graphs
from leptonid.efp.contractions import (
    PRIME,
    Close,
    CloseSquare,
    Dot,
    MatrixMatrix,
    MatrixVector,
    Multiply,
    Opposite,
    Ref,
    Star,
    Sum,
    Tensors,
    contract,
)
from leptonid.efp.graphs import Graph

FULL_SET = [["d<=7", "p==1"], ["d<=8", "p==1", "c==4"]]

# Indices of the inputs and the result of every operation, as in its docstring.
INDICES = {
    MatrixVector: "va,v->a",
    MatrixMatrix: "va,vb,v->ab",
    Star: "ca,cb,cd,c->abd",
    Close: "abd,da,db,d->ab",
    CloseSquare: "abd,abd,d->ab",
    Dot: "a,a->",
    Sum: "a->",
    Opposite: "ab,ac,a,ad,bc,bd,cd,b,c,d->",
}


def contract_all(graphs):
    """Return the tensors of graphs, and the number of the polynomial of every graph."""
    tensors = Tensors(range(1, max(graph.d for graph in graphs) + 1))
    return tensors, [contract(tensors, graph.n, multiplicities(graph)) for graph in graphs]


def expected_value(tensors, graph):
    distances = {power: tensors.value(Ref(number)) for power, number in tensors.distances.items()}
    return defining_sum(graph, tensors.value(Ref(tensors.weights)), distances, PRIME)


def result_of(tensors, operation):
    """Return the result of an operation, modulo the prime."""
    values = [tensors.value(ref).astype(object) for ref in operation]
    if isinstance(operation, Multiply):
        return values[0] * values[1] % PRIME
    if isinstance(operation, Star | CloseSquare):  # use their first operand twice
        values.insert(0, values[0])
    if isinstance(operation, Opposite):
        pairs, sides, vector = values
        values += [sides, sides, sides, pairs, vector, vector, vector]
    return np.einsum(INDICES[type(operation)], *values) % PRIME


def test_the_polynomials_are_those_of_the_defining_sum():
    graphs = select_graphs(FULL_SET)
    tensors, results = contract_all(graphs)
    # With 5 cells, the sum over 8 vertices is slow.
    for graph, result in zip(graphs, results, strict=True):
        if graph.n <= 6:
            assert tensors.value(Ref(result)) == expected_value(tensors, graph), graph


def test_every_way_to_compute_a_tensor_gives_its_value():
    tensors, _ = contract_all(select_graphs(FULL_SET))
    kinds = set()
    for number, operations in enumerate(tensors.operations):
        assert operations or number in {tensors.weights, *tensors.distances.values()}
        for operation in operations:
            kinds.add(type(operation))
            result = np.asarray(result_of(tensors, operation))
            assert result.ndim == tensors.ranks[number]
            np.testing.assert_array_equal(result, tensors.value(Ref(number)), err_msg=str(operation))
    assert kinds == {Multiply, *INDICES}


def test_a_swapped_matrix_is_the_transposed_one():
    tensors, _ = contract_all(select_graphs([["d<=6", "p==1"]]))
    symmetric = Counter()
    for number, rank in enumerate(tensors.ranks):
        if rank == 2:
            matrix = Ref(number)
            swapped = tensors.swap(matrix)
            np.testing.assert_array_equal(tensors.value(swapped), tensors.value(matrix).T)
            assert tensors.swap(swapped) == matrix
            symmetric[swapped == matrix] += 1
    assert symmetric[True] > 10
    assert symmetric[False] > 10


def test_no_two_graphs_have_the_same_polynomial():
    graphs = select_graphs([["d<=8", "p==1"]])
    tensors, results = contract_all(graphs)
    known = [result for result in results if result is not None]
    assert len(set(known)) == len(known) == len(graphs) - 1
    assert len({tensors.value(Ref(result)).tobytes() for result in known}) == len(known)


def test_the_numbering_of_vertices_and_edges_adds_nothing():
    graphs = [graph for graph in select_graphs(FULL_SET) if graph.n <= 7]
    tensors, results = contract_all(graphs)
    count = len(tensors.ranks)
    random = np.random.default_rng(0)
    for graph, result in zip(graphs, results, strict=True):
        names = random.permutation(graph.n)
        edges = random.permutation([sorted(names[[a, b]]) for a, b in graph.edges] or np.empty((0, 2)))
        other = Counter(map(tuple, edges.tolist()))
        assert contract(tensors, graph.n, other) == result, graph
    # Except for stars, of which only the first of several equal ones is kept.
    assert sum(rank < 3 for rank in tensors.ranks[count:]) == 0


@pytest.mark.parametrize(
    ("n", "edges", "can_be"),
    [
        (1, [], True),
        (4, itertools.combinations(range(4), 2), True),
        (5, itertools.combinations(range(5), 2), False),
        (9, [(vertex, vertex + 1) for vertex in range(8)], True),
        (5, [(0, 1), (1, 2), (2, 3), (0, 3), (0, 4), (1, 4), (2, 4), (3, 4)], False),  # a wheel
        # Four vertices where all edges differ in multiplicity: no star has two equal legs.
        (4, [e for m, e in enumerate(itertools.combinations(range(4), 2), 1) for _ in range(m)], False),
    ],
)
def test_unsupported_graphs_have_no_contraction(n, edges, can_be):
    graph = Graph(n, 0, 0, 0, tuple(edges))
    tensors = Tensors(range(1, 7))
    result = contract(tensors, n, multiplicities(graph))
    assert (result is not None) == can_be
    if can_be:
        assert tensors.value(Ref(result)) == expected_value(tensors, graph)
