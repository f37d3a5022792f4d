"""Programs that compute the polynomials of many graphs: instructions on numbered vectors and matrices.

A program is valid for every kappa and beta: it starts from the weights z^kappa and the powers of the
distances theta^(beta * m) for the multiplicities m, and computes one number per graph.
"""

from collections import Counter, defaultdict
from dataclasses import dataclass
from enum import IntEnum
from functools import cache
from itertools import chain
from typing import NamedTuple

import numpy as np

from leptonid.efp.contractions import (
    Close,
    CloseSquare,
    Dot,
    MatrixMatrix,
    MatrixVector,
    Multiply,
    Operation,
    Opposite,
    Ref,
    Star,
    Sum,
    Tensors,
    contract,
)
from leptonid.efp.graphs import Graph
from leptonid.efp.planning import cheapest_operations


class Code(IntEnum):
    """Operation of an instruction. The first operand is the result; matrices are stored by rows.

    The last operand of a `STAR` is the number of `CLOSE` and `CLOSE_SQUARE` instructions that use it; they
    follow it directly.
    """

    SUM = 0  # number, vector
    DOT = 1  # number, vector, vector
    MULTIPLY_VECTORS = 2  # vector, vector, vector
    MULTIPLY_MATRICES = 3  # matrix, matrix, matrix
    TRANSPOSE = 4  # matrix, matrix
    ROWS_VECTOR = 5  # vector, matrix (summed, kept), vector
    COLUMNS_VECTOR = 6  # vector, matrix (kept, summed), vector
    PRODUCT_ROWS_VECTOR = 7  # vector, matrix, matrix (of their product: summed, kept), vector
    PRODUCT_COLUMNS_VECTOR = 8  # vector, matrix, matrix (of their product: kept, summed), vector
    MATRIX_MATRIX = 9  # matrix, matrix (summed, row), matrix (summed, column), vector, 1 if symmetric
    STAR = 10  # a `Shape`, matrix (summed, leg), matrix (summed, third), vector, number of closings
    CLOSE = 11  # matrix, matrix (summed, row), matrix (summed, column), vector
    CLOSE_SQUARE = 12  # matrix, vector
    OPPOSITE = 13  # number, matrix (pairs), matrix (sides), vector


OPERANDS = 5


class Shape(IntEnum):
    """Property of a star: none, symmetric in all indices, or used in quadratic forms only."""

    PLAIN = 0
    SYMMETRIC = 1
    QUADRATIC = 2


@dataclass(frozen=True)
class Program:
    """Instructions for a list of graphs.

    Attributes
    ----------
    graphs
        The graphs in the order of the numbers that the program computes.
    instructions
        Int64 array of shape (instructions, 1 + OPERANDS): a `Code` and its operands.
    multiplicity
        The largest multiplicity m; the first matrices are the distances to the powers 1..m.
    vectors, matrices
        Number of vectors and matrices in memory; the first vector holds the weights.
    """

    graphs: tuple[Graph, ...]
    instructions: np.ndarray
    multiplicity: int
    vectors: int
    matrices: int


@cache
def make_program(graphs: tuple[Graph, ...]) -> tuple[Program, tuple[Graph, ...]]:
    """Return the program for all supported graphs, and the other graphs.

    The others have a treewidth of 4 or more, or are among a few of treewidth 3 (see `contractions`).
    """
    multiplicities = [Counter(tuple(sorted(edge)) for edge in graph.edges) for graph in graphs]
    multiplicity = max(chain([0], *(edges.values() for edges in multiplicities)))
    tensors = Tensors(range(1, multiplicity + 1))
    results: dict[int, Graph] = {}
    others = []
    for graph, edges in zip(graphs, multiplicities, strict=True):
        result = contract(tensors, graph.n, edges)
        if result is None:
            others.append(graph)
        else:
            results[result] = graph
    plan = cheapest_operations(tensors, results)
    return _assemble(tensors, plan, results, multiplicity), tuple(others)


def _assemble(
    tensors: Tensors, plan: dict[int, Operation], results: dict[int, Graph], multiplicity: int
) -> Program:
    # Results that use the same matrices are computed together, so that few matrices are in memory at a time.
    matrices = _matrices_below(tensors, plan)
    results = dict(sorted(results.items(), key=lambda item: sorted(matrices[item[0]])))
    writer = _Writer(tensors, plan, list(results))
    given = [Place("vector", tensors.weights)]
    given += [Place("matrix", tensors.distances[m]) for m in range(1, multiplicity + 1)]
    rows, held = _number_places(writer.lines, given)
    return Program(
        graphs=tuple(results.values()),
        instructions=np.array(rows, dtype=np.int64).reshape(-1, 1 + OPERANDS),
        multiplicity=multiplicity,
        vectors=held["vector"],
        matrices=held["matrix"],
    )


def _matrices_below(tensors: Tensors, plan: dict[int, Operation]) -> dict[int, frozenset[int]]:
    """Return the matrices that the computation of every tensor goes through, including itself."""
    matrices: dict[int, frozenset[int]] = {}

    def below(number: int) -> frozenset[int]:
        if number not in matrices:
            inputs = [below(ref.number) for ref in plan.get(number, ())]
            own = {number} if number in plan and tensors.ranks[number] == 2 else ()
            matrices[number] = frozenset(own).union(*inputs)
        return matrices[number]

    for number in plan:
        below(number)
    return matrices


class Place(NamedTuple):
    """Place of a tensor, before places are numbered; a matrix can have a second one for a transposed copy."""

    kind: str
    tensor: int
    transposed_copy: bool = False


class Line(NamedTuple):
    """An instruction whose operands are places or plain numbers."""

    code: Code
    operands: tuple[Place | int, ...]


class _Writer:
    """Writes the instructions of a plan, so that every tensor comes after its inputs."""

    def __init__(self, tensors: Tensors, plan: dict[int, Operation], results: list[int]):
        self.lines: list[Line] = []
        self._tensors = tensors
        self._plan = plan
        self._uses = Counter(ref.number for operation in plan.values() for ref in operation)
        self._written = {tensors.weights, *tensors.distances.values()}
        # Matrices that are stored with their indices swapped, and matrices that have a transposed copy.
        self._swapped: set[int] = set()
        self._copies: set[int] = set()
        self._levels: dict[int, int] = {}
        self._closings: dict[tuple[int, int], list[int]] = defaultdict(list)
        for number, operation in plan.items():
            if isinstance(operation, Close | CloseSquare):
                self._closings[operation.star.number, self._level(number)].append(number)
        for index, result in enumerate(results):
            self._write_inputs(plan[result])
            match plan[result]:
                case Dot(left, right):
                    self._add(Code.DOT, index, self._vector(left), self._vector(right))
                case Sum(vector):
                    self._add(Code.SUM, index, self._vector(vector))
                case Opposite(pairs, sides, vector):
                    matrices = self._rows(pairs), self._rows(sides)
                    self._add(Code.OPPOSITE, index, *matrices, self._vector(vector))

    def _add(self, code: Code, *operands: Place | int) -> None:
        self.lines.append(Line(code, operands))

    def _level(self, number: int) -> int:
        """Return the number of successive closings up to this tensor; independent closings share a level."""
        if number not in self._levels:
            operation = self._plan.get(number, ())
            below = max((self._level(ref.number) for ref in operation), default=0)
            self._levels[number] = below + isinstance(operation, Close | CloseSquare)
        return self._levels[number]

    def _write_inputs(self, operation: Operation) -> None:
        for ref in operation:
            if isinstance(operation, MatrixVector) and self._is_transient(ref):
                self._write_inputs(self._plan[ref.number])
            elif ref.number not in self._written and self._tensors.ranks[ref.number] < 3:
                self._write(ref.number)

    def _write(self, number: int) -> None:
        operation = self._plan[number]
        if isinstance(operation, Close | CloseSquare):
            self._write_star(operation.star.number, self._level(number))
            return
        self._write_inputs(operation)
        self._written.add(number)
        vector = Place("vector", number)
        match operation:
            case Multiply(left, right) if self._tensors.ranks[number] == 1:
                self._add(Code.MULTIPLY_VECTORS, vector, self._vector(left), self._vector(right))
            case Multiply(left, right):
                # The result is stored in the orientation of a factor that is not symmetric.
                if self._prefers_swapped((left, right)):
                    left, right = map(self._tensors.swap, (left, right))
                    self._swapped.add(number)
                self._add(
                    Code.MULTIPLY_MATRICES, Place("matrix", number), self._rows(left), self._rows(right)
                )
            case MatrixVector(matrix, factor) if self._is_transient(matrix):
                # The matrix is a product that nothing else uses, and is not stored.
                code, product = Code.PRODUCT_ROWS_VECTOR, self._plan[matrix.number]
                if matrix.swapped:
                    product = tuple(map(self._tensors.swap, product))
                if self._prefers_swapped(product):
                    code, product = Code.PRODUCT_COLUMNS_VECTOR, map(self._tensors.swap, product)
                self._add(code, vector, *map(self._rows, product), self._vector(factor))
            case MatrixVector(matrix, factor):
                code = Code.COLUMNS_VECTOR if self._is_swapped(matrix) else Code.ROWS_VECTOR
                self._add(code, vector, Place("matrix", matrix.number), self._vector(factor))
            case MatrixMatrix(left, right, factor):
                self._add(
                    Code.MATRIX_MATRIX,
                    Place("matrix", number),
                    self._rows(left),
                    self._rows(right),
                    self._vector(factor),
                    int(self._tensors.swap(Ref(number)) == Ref(number)),
                )

    def _write_star(self, star: int, level: int) -> None:
        """Write a star with all its closings of one level, which use it slice by slice."""
        closings = self._closings[star, level]
        legs, third, factor = operation = self._plan[star]
        for other in (operation, *map(self._plan.get, closings)):
            self._write_inputs(other)
        lines = []
        for number in closings:
            place, closing = Place("matrix", number), self._plan[number]
            if isinstance(closing, Close):
                sides = self._rows(closing.left), self._rows(closing.right)
                lines.append(Line(Code.CLOSE, (place, *sides, self._vector(closing.vector))))
            else:
                lines.append(Line(Code.CLOSE_SQUARE, (place, self._vector(closing.vector))))
        self._add(
            Code.STAR,
            self._shape(operation, [self._plan[number] for number in closings]),
            self._rows(legs),
            self._rows(third),
            self._vector(factor),
            len(lines),
        )
        self.lines += lines
        self._written.update(closings)

    def _shape(self, star: Star, closings: list[Operation]) -> Shape:
        if star.legs == star.third:
            return Shape.SYMMETRIC
        # The sums over the centre and over the third leg's end have the same weights then.
        same = {Close(closing.star, star.legs, star.legs, star.vector) for closing in closings}
        if set(closings) == same and self._tensors.swap(star.third) == star.third:
            return Shape.QUADRATIC
        return Shape.PLAIN

    def _vector(self, ref: Ref) -> Place:
        return Place("vector", ref.number)

    def _is_swapped(self, ref: Ref) -> bool:
        """Return whether the rows of the stored matrix are the second index of the reference."""
        return ref.swapped != (ref.number in self._swapped)

    def _prefers_swapped(self, matrices: tuple[Ref, ...]) -> bool:
        return any(self._tensors.swap(ref) != ref and self._is_swapped(ref) for ref in matrices)

    def _is_transient(self, ref: Ref) -> bool:
        """Return whether a tensor is an elementwise product of matrices that is used only once."""
        is_product = isinstance(self._plan.get(ref.number), Multiply)
        return is_product and self._tensors.ranks[ref.number] == 2 and self._uses[ref.number] == 1

    def _rows(self, ref: Ref) -> Place:
        """Return the place of a matrix with its first index as row, making a transposed copy if necessary."""
        place = Place("matrix", ref.number)
        if not self._is_swapped(ref):
            return place
        copy = place._replace(transposed_copy=True)
        if ref.number not in self._copies:
            self._add(Code.TRANSPOSE, copy, place)
            self._copies.add(ref.number)
        return copy


def _number_places(lines: list[Line], given: list[Place]) -> tuple[list[list[int]], dict[str, int]]:
    """Return instructions with numbered places, and the number of places by kind; free places are reused."""
    # A star and its closings are one step: their places become free after the last closing.
    last_use: dict[Place, int] = {}
    end = 0
    for index, line in enumerate(lines):
        end = max(end, index + line.operands[-1] if line.code == Code.STAR else index)
        last_use.update(dict.fromkeys(line.operands, end))
    unused_after = defaultdict(list)
    for place, index in last_use.items():
        if isinstance(place, Place) and place not in given:
            unused_after[index].append(place)
    numbers: dict[Place, int] = {}
    held = Counter()
    free = defaultdict(list)

    def number_of(place: Place) -> int:
        if place not in numbers:
            if free[place.kind]:
                numbers[place] = free[place.kind].pop()
            else:
                numbers[place] = held[place.kind]
                held[place.kind] += 1
        return numbers[place]

    for place in given:
        number_of(place)
    rows = []
    for index, line in enumerate(lines):
        operands = [number_of(item) if isinstance(item, Place) else item for item in line.operands]
        rows.append([line.code, *operands, *[0] * (OPERANDS - len(operands))])
        for place in unused_after[index]:
            free[place.kind].append(numbers[place])
    return rows, held
