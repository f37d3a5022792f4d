"""The cheapest set of operations that gives many polynomials at once."""

from collections import Counter
from collections.abc import Iterable
from math import inf
from typing import NamedTuple

from leptonid.efp.contractions import (
    Close,
    CloseSquare,
    Dot,
    MatrixMatrix,
    MatrixVector,
    Multiply,
    Operation,
    Star,
    Sum,
    Tensors,
)

# The number of cells for which the set is the cheapest; the choice hardly depends on it.
CELLS = 40

# Nanoseconds for that many cells, from timings of the kernels.
COST = {
    Sum: 20 + 0.1 * CELLS,
    Dot: 20 + 0.1 * CELLS,
    MatrixVector: 30 + 0.1 * CELLS**2,
    MatrixMatrix: 100 + 0.04 * CELLS**3,
    Close: 100 + 0.1 * CELLS**3,
    CloseSquare: 100 + 0.1 * CELLS**3,
    Star: 0.02 * CELLS**4,
}
COST_MULTIPLY = {1: 20 + 0.1 * CELLS, 2: 20 + 0.18 * CELLS**2}

# Operations that are worth the search for a plan without them.
DEAR = (Star, Close, CloseSquare, MatrixMatrix)

# How often every result is derived from what the others use, before dear operations are left out.
SWEEPS = 2


def cheapest_operations(tensors: Tensors, results: Iterable[int]) -> dict[int, Operation]:
    """Return one operation for every tensor that is needed for these results, at a small total cost.

    The cheapest set is a hard problem, since what is shared costs once. Every result in turn is derived
    in the way that adds least to what the others use; then the dear operations are left out one by one
    where that makes the whole cheaper.
    """
    results = list(dict.fromkeys(results))
    use = _Use(tensors)
    for _ in range(SWEEPS):
        use.derive(results)
    total = inf
    while use.total() < total:
        total = use.total()
        # Of itself this may make the whole dearer, since it does not see what one result shares within.
        use.derive(results)
        for number in [number for number, way in use.chosen.items() if isinstance(way.operation, DEAR)]:
            use.avoid(number, results)
    return {number: way.operation for number, way in use.chosen.items()}


class _Way(NamedTuple):
    """One way to compute a tensor: its cost, the operation, the tensors it takes."""

    cost: float
    operation: Operation
    takes: tuple[int, ...]


class _Use:
    """The tensors in use: how often each is taken, and the way chosen for it."""

    def __init__(self, tensors: Tensors):
        self.takers: Counter[int] = Counter()
        self.chosen: dict[int, _Way] = {}
        self._ways = {
            number: [
                _Way(_cost(operation, rank), operation, tuple({ref.number for ref in operation}))
                for operation in operations
            ]
            for number, (operations, rank) in enumerate(zip(tensors.operations, tensors.ranks, strict=True))
            if operations
        }

    def derive(self, results: Iterable[int]) -> bool:
        """Derive results anew, one after the other; return whether all could be."""
        for result in results:
            if self.takers[result]:
                self._release(result)
            cheapest: dict[int, tuple[float, _Way | None]] = {}
            if self._added_cost(result, cheapest) == inf:
                return False
            self._take(result, cheapest)
        return True

    def avoid(self, number: int, results: list[int]) -> None:
        """Derive the results that need a tensor without it, if that is cheaper."""
        if number not in self.chosen:
            return
        affected = self._results_with(number, results)
        before, takers, chosen = self.total(), self.takers.copy(), self.chosen.copy()
        ways, self._ways[number] = self._ways[number], []
        for result in affected:
            self._release(result)
        cheaper = self.derive(affected) and self.derive(affected) and self.total() < before
        self._ways[number] = ways
        if not cheaper:
            self.takers, self.chosen = takers, chosen

    def total(self) -> float:
        """Return the cost of all that is in use."""
        return sum(way.cost for way in self.chosen.values())

    def _added_cost(self, number: int, cheapest: dict[int, tuple[float, _Way | None]]) -> float:
        """Return the cost of a tensor beside those in use; `cheapest` gets the way for it and its inputs."""
        if number in self.chosen or number not in self._ways:
            return 0
        if number not in cheapest:
            best: tuple[float, _Way | None] = inf, None
            for way in self._ways[number]:
                cost = way.cost
                for other in way.takes:
                    cost += self._added_cost(other, cheapest)
                if cost < best[0]:
                    best = cost, way
            cheapest[number] = best
        return cheapest[number][0]

    def _take(self, number: int, cheapest: dict[int, tuple[float, _Way | None]]) -> None:
        self.takers[number] += 1
        if self.takers[number] == 1 and number in cheapest:
            self.chosen[number] = way = cheapest[number][1]
            for other in way.takes:
                self._take(other, cheapest)

    def _release(self, number: int) -> None:
        self.takers[number] -= 1
        if self.takers[number] == 0 and number in self.chosen:
            for other in self.chosen.pop(number).takes:
                self._release(other)

    def _results_with(self, number: int, results: list[int]) -> list[int]:
        """Return the results that a tensor is used for, directly or through others."""
        needs = {number: True}

        def is_needed(other: int) -> bool:
            if other not in needs:
                needs[other] = other in self.chosen and any(map(is_needed, self.chosen[other].takes))
            return needs[other]

        return [result for result in results if is_needed(result)]


def _cost(operation: Operation, rank: int) -> float:
    return COST_MULTIPLY[rank] if isinstance(operation, Multiply) else COST[type(operation)]
