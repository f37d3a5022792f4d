"""All ways to contract graphs, vertex by vertex, with the intermediate tensors shared among graphs.

The Energy Flow Polynomial of a graph is a sum over one cell index per vertex. Summing over a connected set of
vertices leaves a tensor whose indices are the neighbours of the set. Its value does not depend on the order
of the sums, but its cost does. Eliminating a vertex with one neighbour is a matrix-vector product, with two
neighbours a matrix product, and with three it gives a tensor of rank 3, called a star here. The tensors of
all graphs are stored in one list in which equal tensors appear once; they are identified by their values for
random weights and distances, modulo a prime.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from typing import NamedTuple

import numpy as np

PRIME = 2**31 - 1

# Cells of the random event that identifies tensors; two different ones agree with a probability below 1e-100.
CELLS = 5


class Ref(NamedTuple):
    """Reference to a tensor by its number; `swapped` means a matrix with its two indices swapped."""

    number: int
    swapped: bool = False


# Ways to compute a tensor from others. The first index of a matrix is the one that is summed over.


class Multiply(NamedTuple):
    """Elementwise product of two vectors or two matrices."""

    left: Ref
    right: Ref


class MatrixVector(NamedTuple):
    """u_a = sum_v matrix_va vector_v."""

    matrix: Ref
    vector: Ref


class MatrixMatrix(NamedTuple):
    """C_ab = sum_v left_va vector_v right_vb."""

    left: Ref
    right: Ref
    vector: Ref


class Star(NamedTuple):
    """S_abd = sum_c legs_ca legs_cb vector_c third_cd."""

    legs: Ref
    third: Ref
    vector: Ref


class Close(NamedTuple):
    """R_ab = sum_d star_abd left_da right_db vector_d."""

    star: Ref
    left: Ref
    right: Ref
    vector: Ref


class CloseSquare(NamedTuple):
    """R_ab = sum_d star_abd^2 vector_d."""

    star: Ref
    vector: Ref


class Dot(NamedTuple):
    """A number: sum_a left_a right_a."""

    left: Ref
    right: Ref


class Sum(NamedTuple):
    """A number: sum_a vector_a."""

    vector: Ref


class Opposite(NamedTuple):
    """A number: a sum over four vertices whose edges ab and cd are equal, as are the four others.

    sum_abcd pairs_ab pairs_cd sides_ac sides_ad sides_bc sides_bd vector_a vector_b vector_c vector_d.
    """

    pairs: Ref
    sides: Ref
    vector: Ref


Operation = Multiply | MatrixVector | MatrixMatrix | Star | Close | CloseSquare | Dot | Sum | Opposite


class Tensors:
    """Tensors of all contractions: weights, powers of distances, and the tensors computed from them.

    Attributes
    ----------
    weights
        Number of the vector of weights z^kappa.
    distances
        Numbers of the matrices theta^power, by power.
    ranks, operations
        For every tensor, its number of indices and the ways to compute it (none for weights and distances).
    """

    def __init__(self, powers: Iterable[float]):
        random = np.random.default_rng(0)
        self.ranks: list[int] = []
        self.operations: list[dict[Operation, None]] = []
        self._values: list[np.ndarray] = []
        self._symmetric: list[bool] = []
        self._numbers: dict[tuple[int, bytes], int] = {}
        self._results: dict[tuple[type, Operation], Ref] = {}
        self._products: dict[tuple[Ref, ...], Ref] = {}
        self.weights = self.add(random.integers(1, PRIME, CELLS)).number
        self.distances = {}
        for power in powers:
            upper = np.triu(random.integers(1, PRIME, (CELLS, CELLS)))
            self.distances[power] = self.add(upper + np.triu(upper, 1).T).number

    def add(self, value: np.ndarray) -> Ref:
        """Return the tensor with this value, adding it if it is new."""
        content, swapped, symmetric = value.tobytes(), False, True
        if value.ndim == 2:
            transposed = value.T.tobytes()
            symmetric = content == transposed
            if transposed < content:
                content, value, swapped = transposed, value.T, True
        key = value.ndim, content
        if key not in self._numbers:
            self._numbers[key] = self._append(value, symmetric).number
        return Ref(self._numbers[key], swapped)

    def result(self, operation: Operation) -> Ref:
        """Return the tensor that an operation gives, adding it if it is new, and record the operation.

        A star is identified by its operands rather than by its value.
        """
        key = type(operation), operation  # operations of different types can have equal operands
        if key in self._results:
            return self._results[key]
        value = self._evaluate(operation)
        result = self._append(value, symmetric=False) if isinstance(operation, Star) else self.add(value)
        self._results[key] = result
        if result.swapped:  # the result of a matrix product or of a closing
            operation = operation._replace(left=operation.right, right=operation.left)
        self.operations[result.number][operation] = None
        return result

    def value(self, ref: Ref) -> np.ndarray:
        """Return the value of a tensor on the random event."""
        value = self._values[ref.number]
        return value.T if ref.swapped else value

    def swap(self, ref: Ref) -> Ref:
        """Return a matrix with its indices swapped."""
        return ref if self._symmetric[ref.number] else Ref(ref.number, not ref.swapped)

    def product(self, factors: Iterable[Ref]) -> Ref:
        """Return the elementwise product of vectors or matrices, with every way to split it in two."""
        factors = tuple(sorted(factors))
        if len(factors) == 1:
            return factors[0]
        if factors not in self._products:
            value = self.value(factors[0])
            for factor in factors[1:]:
                value = value * self.value(factor) % PRIME
            result = self.add(value)
            self._products[factors] = result
            for parts in _halves(factors):
                pair = tuple(map(self.product, parts))
                if result.swapped:
                    pair = tuple(map(self.swap, pair))
                self.operations[result.number][Multiply(*sorted(pair))] = None
        return self._products[factors]

    def _append(self, value: np.ndarray, symmetric: bool) -> Ref:
        self.ranks.append(value.ndim)
        self.operations.append({})
        self._values.append(value)
        self._symmetric.append(symmetric)
        return Ref(len(self.ranks) - 1)

    def _evaluate(self, operation: Operation) -> np.ndarray:
        match operation:
            case Sum(vector):
                return _sum(self.value(vector))
            case Dot(left, right):
                return _sum(self.value(left) * self.value(right) % PRIME)
            case MatrixVector(matrix, vector):
                return _sum(self.value(matrix) * self.value(vector)[:, None] % PRIME)
            case MatrixMatrix(left, right, vector):
                return _sum(self._pairs(left, right, vector))
            case Close(star, left, right, vector):
                return _sum(self.value(star).transpose(2, 0, 1) * self._pairs(left, right, vector) % PRIME)
            case CloseSquare(star, vector):
                star = self.value(star).transpose(2, 0, 1)
                return _sum(star * star % PRIME * self.value(vector)[:, None, None] % PRIME)
            case Star(legs, third, vector):
                pairs, third = self._pairs(legs, legs, vector), self.value(third)
                return _sum(pairs[:, :, :, None] * third[:, None, None, :] % PRIME)
        raise TypeError(f"{operation!r} cannot be evaluated")

    def _pairs(self, left: Ref, right: Ref, vector: Ref) -> np.ndarray:
        """Return vector_v left_va right_vb, shape (v, a, b)."""
        left = self.value(left) * self.value(vector)[:, None] % PRIME
        return left[:, :, None] * self.value(right)[:, None, :] % PRIME


def contract(tensors: Tensors, n: int, powers: Mapping[tuple[int, int], float]) -> int | None:
    """Add all tensors of a connected graph; return the number of its polynomial.

    Parameters
    ----------
    tensors
        Tensors to extend.
    n
        Number of vertices.
    powers
        Power of the distance for every edge (a, b) with a < b.

    Returns
    -------
    int or None
        None for a graph that these operations cannot contract: those of treewidth 4 or more, and a few of
        treewidth 3.
    """
    distance = {}
    neighbours = [0] * n
    for (a, b), power in powers.items():
        distance[a, b] = distance[b, a] = Ref(tensors.distances[power])
        neighbours[a] |= 1 << b
        neighbours[b] |= 1 << a
    sums: dict[int, Ref | dict[int, Ref] | None] = {}

    @cache
    def boundary(vertices: int) -> tuple[int, ...]:
        around = 0
        for vertex in _bits(vertices):
            around |= neighbours[vertex]
        return _bits(around & ~vertices)

    @cache
    def components(vertices: int) -> list[int]:
        found = []
        while vertices:
            component, grown = 0, vertices & -vertices
            while grown != component:
                component = grown
                for vertex in _bits(component):
                    grown |= neighbours[vertex] & vertices
            found.append(component)
            vertices &= ~component
        return found

    def sum_over(vertices: int) -> Ref | dict[int, Ref] | None:
        """Return the tensor; for a star, one tensor for every choice of the third leg, by its vertex."""
        if vertices not in sums:
            sums[vertices] = None
            for last in _bits(vertices):
                tensor = eliminate(vertices, last)
                sums[vertices] = sums[vertices] or tensor
        return sums[vertices]

    def eliminate(vertices: int, last: int) -> Ref | dict[int, Ref] | None:
        """Return the sum over connected vertices in which `last` is summed over last."""
        around = boundary(vertices)
        if len(around) > 3:
            return None
        vectors, matrices, stars = [Ref(tensors.weights)], defaultdict(list), []
        for other in around:
            if (last, other) in distance:
                matrices[other].append(distance[last, other])
        for component in components(vertices & ~(1 << last)):
            tensor = sum_over(component)
            if not tensor:
                return None
            indices = boundary(component)
            if len(indices) == 1:
                vectors.append(tensor)
            elif len(indices) == 2:
                (other,) = set(indices) - {last}
                matrices[other].append(tensor if indices[0] == last else tensors.swap(tensor))
            elif last in tensor:
                stars.append(tensor[last])
            else:
                return None
        if not around:
            return _number(tensors, vectors)
        legs = [tensors.product(matrices[other]) for other in around if other in matrices]
        vector = tensors.product(vectors)
        return _eliminate(tensors, around, legs, vector, stars)

    result = sum_over((1 << n) - 1)
    if result is None:
        return None
    for pair in [(0, 1), (0, 2), (0, 3)] if n == 4 and len(powers) == 6 else []:
        opposite = tuple({*range(4)} - {*pair})
        sides = {powers[edge] for edge in powers if edge not in (pair, opposite)}
        if powers[pair] == powers[opposite] and len(sides) == 1:
            matrices = distance[pair], Ref(tensors.distances[sides.pop()])
            tensors.operations[result.number][Opposite(*matrices, Ref(tensors.weights))] = None
    return result.number


def _number(tensors: Tensors, vectors: list[Ref]) -> Ref:
    """Return the sum over the product of vectors, with every way to split it into a dot product."""
    operations = [Dot(*sorted(map(tensors.product, parts))) for parts in _halves(tuple(sorted(vectors)))]
    for operation in operations or [Sum(*vectors)]:
        result = tensors.result(operation)
    return result


def _eliminate(
    tensors: Tensors, around: list[int], legs: list[Ref], vector: Ref, stars: list[Ref]
) -> Ref | dict[int, Ref] | None:
    """Return the sum over a vertex, given its neighbours, the matrices to them, and its stars."""
    if len(around) == 1 and not stars:
        return tensors.result(MatrixVector(*legs, vector))
    if len(around) == 2 and len(legs) == 2 and not stars:
        return tensors.result(MatrixMatrix(*legs, vector))
    if len(around) == 2 and len(legs) == 2 and len(stars) == 1:
        return tensors.result(Close(*stars, *legs, vector))
    if len(around) == 2 and not legs and len(stars) == 2 and stars[0] == stars[1]:
        return tensors.result(CloseSquare(stars[0], vector))
    if len(around) == 3 and len(legs) == 3 and not stars:
        by_third = {}
        for position, vertex in enumerate(around):
            first, second = legs[:position] + legs[position + 1 :]
            if first == second:
                by_third[vertex] = tensors.result(Star(first, legs[position], vector))
        return by_third or None
    return None


def _halves(factors: tuple[Ref, ...]) -> Iterator[tuple[tuple[Ref, ...], tuple[Ref, ...]]]:
    """Yield the ways to split factors into two parts; the first factor is always in the first part."""
    rest = factors[1:]
    for chosen in range(2 ** len(rest) - 1):
        left = tuple(factor for place, factor in enumerate(rest) if chosen >> place & 1)
        right = tuple(factor for place, factor in enumerate(rest) if not chosen >> place & 1)
        yield (factors[0], *left), right


def _sum(values: np.ndarray) -> np.ndarray:
    """Return the sum over the first index, modulo the prime; that of a vector has no index."""
    return values.sum(axis=0) % PRIME


@cache
def _bits(number: int) -> tuple[int, ...]:
    """Return the positions of the set bits of a number."""
    return tuple(place for place in range(number.bit_length()) if number >> place & 1)
