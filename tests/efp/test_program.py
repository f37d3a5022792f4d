"""Programs for many graphs: their results, instruction by instruction, and their cost."""

from collections import Counter
from itertools import combinations

import networkx as nx
import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from defining_sum import defining_sum, multiplicities
from leptonid.efp import kernels
from leptonid.efp.catalogue import select_graphs
from leptonid.efp.contractions import PRIME, Tensors, contract
from leptonid.efp.graphs import Graph
from leptonid.efp.planning import cheapest_operations
from leptonid.efp.program import Code, Shape, make_program

FULL_SET = [["d<=7", "p==1"], ["d<=8", "p==1", "c==4"]]

# A selection with many stars, of all shapes, and with unsupported graphs.
STARS = [["d==10", "p==1", "c>=4", "n<=6"]]

# A graph for which removing a matrix product and planning again undo each other.
CYCLIC_EDGES = [30, 5, 56, 54, 1, 42, 64, 15, 35, 62, 42, 54, 54, 10]
CYCLIC = Graph(7, 14, 0, 3, tuple(divmod(edge, 10) for edge in CYCLIC_EDGES))

# The sum of every instruction over its operands from the second on, and the kinds of these operands.
SUMS = {
    Code.SUM: ("a->", "v"),
    Code.DOT: ("a,a->", "vv"),
    Code.MULTIPLY_VECTORS: ("a,a->a", "vv"),
    Code.MULTIPLY_MATRICES: ("ab,ab->ab", "mm"),
    Code.TRANSPOSE: ("ab->ba", "m"),
    Code.ROWS_VECTOR: ("va,v->a", "mv"),
    Code.COLUMNS_VECTOR: ("av,v->a", "mv"),
    Code.PRODUCT_ROWS_VECTOR: ("va,va,v->a", "mmv"),
    Code.PRODUCT_COLUMNS_VECTOR: ("av,av,v->a", "mmv"),
    Code.MATRIX_MATRIX: ("va,vb,v->ab", "mmv"),
    Code.CLOSE: ("da,db,d,abd->ab", "mmv"),
    Code.CLOSE_SQUARE: ("d,abd,abd->ab", "v"),
    Code.OPPOSITE: ("ab,ac,a,ad,bc,bd,cd,b,c,d->", "mmv"),
}


@pytest.fixture(scope="module")
def full():
    return tuple(select_graphs(FULL_SET))


@pytest.fixture(scope="module")
def random_event():
    """Weights and distances of three cells: integers, unrelated for different multiplicities."""
    random = np.random.default_rng(1)
    distances = {}
    for multiplicity in range(1, 11):
        upper = np.triu(random.integers(1, PRIME, (3, 3)))
        distances[multiplicity] = upper + np.triu(upper, 1).T
    return random.integers(1, PRIME, 3), distances


class Interpreter:
    """Runs a program as described in `Code`, modulo the prime; `numbers` are the results by graph."""

    def __init__(self, program, weights, distances):
        self.program = program
        self.numbers = {}
        self.places = {("v", 0): weights.astype(object)}
        for multiplicity in range(1, program.multiplicity + 1):
            self.places["m", multiplicity - 1] = distances[multiplicity].astype(object)
        self.given = set(self.places)
        rows = iter(program.instructions.tolist())
        for row in rows:
            if row[0] == Code.STAR:
                self.star(row, [next(rows) for _ in range(row[-1])])
            else:
                self.set(row, *self.result_of(row))

    def star(self, row, closings):
        """All closings read their operands before the first of them writes its result."""
        _, shape, *numbers, _ = row
        legs, third, vector = operands = list(zip("mmv", numbers, strict=True))
        values = [self.places[operand] for operand in operands]
        star = np.einsum("ca,cb,cd,c->abd", values[0], *values) % PRIME
        results = []
        for closing in closings:
            stars = [star] * (1 if closing[0] == Code.CLOSE else 2)
            results.append((closing, *self.result_of(closing, *stars)))
            operands += results[-1][-1]
            if shape == Shape.QUADRATIC:
                assert results[-1][-1] == [legs, legs, vector]
        if shape == Shape.SYMMETRIC:
            assert (star == star.transpose(0, 2, 1)).all()
        if shape == Shape.QUADRATIC:
            assert (self.places[third] == self.places[third].T).all()
        assert closings
        for closing, value, _ in results:
            self.set(closing, value, operands)

    def result_of(self, row, *more):
        subscripts, kinds = SUMS[row[0]]
        operands = list(zip(kinds, row[2:], strict=False))
        values = [self.places[operand] for operand in operands]
        if row[0] == Code.OPPOSITE:  # every edge and every vertex
            pairs, sides, vector = values
            more = sides, sides, sides, pairs, vector, vector, vector
        return np.einsum(subscripts, *values, *more) % PRIME, operands

    def set(self, row, value, operands):
        code, out = row[:2]
        if code in (Code.SUM, Code.DOT, Code.OPPOSITE):
            graph = self.program.graphs[out]
            assert graph not in self.numbers
            self.numbers[graph] = value
        else:
            kind, count = ("v", self.program.vectors) if value.ndim == 1 else ("m", self.program.matrices)
            assert out < count
            assert (kind, out) not in self.given
            assert (kind, out) not in operands
            self.places[kind, out] = value


def assert_right(program, event):
    """Compare with the defining sums; the program has to leave all of them."""
    assert Interpreter(program, *event).numbers == {
        graph: defining_sum(graph, *event, PRIME) for graph in program.graphs
    }


def test_the_program_of_the_full_set_leaves_the_defining_sums(full, random_event):
    program, others = make_program(full)
    assert set(program.graphs) == set(full)
    assert len(program.graphs) == 509
    assert not others
    assert_right(program, random_event)


def test_stars_of_every_shape_are_right(random_event):
    program, others = make_program(tuple(select_graphs(STARS)))
    stars = program.instructions[program.instructions[:, 0] == Code.STAR]
    assert set(stars[:, 1]) == set(Shape)
    assert len(others) == 44
    assert_right(program, random_event)


def test_every_graph_alone_and_any_few_together_have_right_programs(full, random_event):
    random = np.random.default_rng(0)
    chosen = random.permutation(len(full))
    for few in (*np.split(chosen[:50], 50), *np.split(chosen[50:150], 10)):
        graphs = tuple(full[number] for number in few)
        program, _ = make_program(graphs)
        assert set(program.graphs) == set(graphs)
        assert_right(program, random_event)


@st.composite
def connected_graphs(draw):
    n = draw(st.integers(1, 7))
    edges = [(draw(st.integers(0, vertex - 1)), vertex) for vertex in range(1, n)]
    pairs = st.tuples(st.integers(0, n - 1), st.integers(0, n - 1)).filter(lambda pair: pair[0] != pair[1])
    edges += draw(st.lists(pairs, max_size=8)) if n > 1 else []
    names = draw(st.permutations(range(n)))
    return Graph(n, len(edges), 0, 0, tuple((names[a], names[b]) for a, b in edges))


@settings(max_examples=150, deadline=None)
@given(graphs=st.lists(connected_graphs(), min_size=1, max_size=5))
@example(graphs=[CYCLIC])
def test_any_graphs_have_a_right_program_or_are_unsupported(random_event, graphs):
    # Of isomorphic graphs, the first is enough (see `leptonid.efp.duplicates`).
    different = {}
    for graph in graphs:
        if max(multiplicities(graph).values(), default=0) <= 10:
            weighted = nx.Graph()
            weighted.add_nodes_from(range(graph.n))
            weighted.add_weighted_edges_from((*edge, m) for edge, m in multiplicities(graph).items())
            if not any(
                nx.is_isomorphic(weighted, other, edge_match=lambda one, two: one == two)
                for other in different.values()
            ):
                different[graph] = weighted
    program, others = make_program(tuple(different))
    assert {*program.graphs, *others} == set(different)
    assert_right(program, random_event)
    for graph in others:
        assert nx.approximation.treewidth_min_degree(different[graph])[0] >= 3


def test_the_cost_of_the_full_set_does_not_grow(full):
    """Matrix products and stars determine the time for large events, places the memory."""
    program, _ = make_program(full)
    counts = Counter(Code(code) for code in program.instructions[:, 0])
    assert counts[Code.MATRIX_MATRIX] <= 9
    assert counts[Code.STAR] == counts[Code.OPPOSITE] == 1
    assert counts[Code.CLOSE] + counts[Code.CLOSE_SQUARE] <= 4
    assert counts[Code.TRANSPOSE] <= 2
    assert counts[Code.DOT] + counts[Code.SUM] == 508
    assert sum(counts.values()) <= 866
    assert program.vectors <= 46
    assert program.matrices <= 23


@pytest.mark.parametrize("selections", [FULL_SET, STARS, [["d<=1", "p==1"]]])
def test_a_plan_has_exactly_the_tensors_that_results_need(selections):
    graphs = select_graphs(selections)
    tensors = Tensors(range(1, max(graph.d for graph in graphs) + 1))
    results = [contract(tensors, graph.n, multiplicities(graph)) for graph in graphs]
    results = [result for result in results if result is not None]
    plan = cheapest_operations(tensors, results)
    given = {tensors.weights, *tensors.distances.values()}
    needed = set()

    def need(number, above=()):
        assert number not in above
        if number not in needed | given:
            assert plan[number] in tensors.operations[number]
            for ref in plan[number]:
                need(ref.number, (*above, number))
            needed.add(number)

    for result in results:
        need(result)
    assert needed == plan.keys()


def test_earlier_contents_of_the_work_array_do_not_matter(full):
    """Even if they are not finite."""
    program, _ = make_program(full)
    columns = np.array([range(len(full))] * 2)
    for cells in (1, 4, 5, 8, 9, 13, 30):
        event = np.random.default_rng(cells).uniform(0.1, 1, (cells, 3))
        values = []
        for left in (0.0, np.nan, 1e300):
            work = kernels.workspace(cells, program)
            work[:] = left
            values.append(np.full((1, len(full)), np.nan))
            kernels.run(
                program.instructions, program.multiplicity, program.vectors, program.matrices,
                np.array([0.5, 2]), np.array([1.0, 1]), columns, event, np.array([cells]), np.array([0]),
                work, values[-1],
            )  # fmt: skip
        np.testing.assert_array_equal(values[0], values[1])
        np.testing.assert_array_equal(values[0], values[2])
        assert np.isfinite(values[0]).all()


def test_the_program_of_no_graphs_is_empty():
    program, others = make_program(())
    assert (program.graphs, others, len(program.instructions)) == ((), (), 0)
    complete = Graph(5, 10, 0, 5, tuple(combinations(range(5), 2)))
    program, others = make_program((complete,))
    assert (program.graphs, others, len(program.instructions)) == ((), (complete,), 0)
