"""Choose a cheap set of operations that computes many polynomials together."""

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
    Opposite,
    Star,
    Sum,
    Tensors,
)

# Number of cells for which costs are compared; the choice hardly depends on it.
CELLS = 40

# Nanoseconds for this number of cells, from timings of the kernels.
COST = {
    Sum: 20 + 0.1 * CELLS,
    Dot: 20 + 0.1 * CELLS,
    MatrixVector: 30 + 0.1 * CELLS**2,
    MatrixMatrix: 100 + 0.04 * CELLS**3,
    Close: 100 + 0.1 * CELLS**3,
    CloseSquare: 100 + 0.1 * CELLS**3,
    Star: 0.02 * CELLS**4,
    Opposite: 0.01 * CELLS**4,
}
COST_MULTIPLY = {1: 20 + 0.1 * CELLS, 2: 20 + 0.18 * CELLS**2}

# Expensive operations: the search tries to find a plan without them.
EXPENSIVE = (Star, Opposite, Close, CloseSquare, MatrixMatrix)

# How often every result is planned again around the others, before expensive operations are removed.
SWEEPS = 2


def cheapest_operations(tensors: Tensors, results: Iterable[int]) -> dict[int, Operation]:
    """Return one operation for every tensor that these results need, at a small total cost.

    Finding the cheapest set is a hard problem, as a tensor shared by several results costs only once. This
    heuristic plans every result in turn in the way that adds the least cost to what the others use, and then
    removes expensive operations one by one if that lowers the total cost.
    """
    results = list(dict.fromkeys(results))
    use = _Use(tensors)
    for _ in range(SWEEPS):
        use.plan(results)
    total = inf
    while use.total() < total:
        total = use.total()
        # This alone can raise the total cost, as it does not see what is shared within one result.
        use.plan(results)
        for number in [number for number, way in use.chosen.items() if isinstance(way.operation, EXPENSIVE)]:
            use.avoid(number, results)
    return {number: way.operation for number, way in use.chosen.items()}


class _Way(NamedTuple):
    """One way to compute a tensor: its cost, the operation, and the numbers of its inputs."""

    cost: float
    operation: Operation
    inputs: tuple[int, ...]


class _Use:
    """The tensors in use: how many results and tensors use a tensor, and the way chosen for it."""

    def __init__(self, tensors: Tensors):
        self.users: Counter[int] = Counter()
        self.chosen: dict[int, _Way] = {}
        self._ways = {
            number: [
                _Way(_cost(operation, rank), operation, tuple({ref.number for ref in operation}))
                for operation in operations
            ]
            for number, (operations, rank) in enumerate(zip(tensors.operations, tensors.ranks, strict=True))
            if operations
        }

    def plan(self, results: Iterable[int]) -> bool:
        """Plan results again, one after the other; return whether all can be computed."""
        for result in results:
            if self.users[result]:
                self._release(result)
            cheapest: dict[int, tuple[float, _Way | None]] = {}
            if self._added_cost(result, cheapest) == inf:
                return False
            self._take(result, cheapest)
        return True

    def avoid(self, number: int, results: list[int]) -> None:
        """Plan the results that need a tensor without it, if that is cheaper."""
        if number not in self.chosen:
            return
        affected = self._results_with(number, results)
        before, users, chosen = self.total(), self.users.copy(), self.chosen.copy()
        ways, self._ways[number] = self._ways[number], []
        for result in affected:
            self._release(result)
        cheaper = self.plan(affected) and self.plan(affected) and self.total() < before
        self._ways[number] = ways
        if not cheaper:
            self.users, self.chosen = users, chosen

    def total(self) -> float:
        """Return the cost of all tensors in use."""
        return sum(way.cost for way in self.chosen.values())

    def _added_cost(self, number: int, cheapest: dict[int, tuple[float, _Way | None]]) -> float:
        """Return the additional cost of a tensor; the ways for it and its inputs are added to `cheapest`."""
        if number in self.chosen or number not in self._ways:
            return 0
        if number not in cheapest:
            best: tuple[float, _Way | None] = inf, None
            for way in self._ways[number]:
                cost = way.cost
                for other in way.inputs:
                    cost += self._added_cost(other, cheapest)
                if cost < best[0]:
                    best = cost, way
            cheapest[number] = best
        return cheapest[number][0]

    def _take(self, number: int, cheapest: dict[int, tuple[float, _Way | None]]) -> None:
        self.users[number] += 1
        if self.users[number] == 1 and number in cheapest:
            self.chosen[number] = way = cheapest[number][1]
            for other in way.inputs:
                self._take(other, cheapest)

    def _release(self, number: int) -> None:
        self.users[number] -= 1
        if self.users[number] == 0 and number in self.chosen:
            for other in self.chosen.pop(number).inputs:
                self._release(other)

    def _results_with(self, number: int, results: list[int]) -> list[int]:
        """Return the results that depend on a tensor, directly or through others."""
        needs = {number: True}

        def is_needed(other: int) -> bool:
            if other not in needs:
                needs[other] = other in self.chosen and any(map(is_needed, self.chosen[other].inputs))
            return needs[other]

        return [result for result in results if is_needed(result)]


def _cost(operation: Operation, rank: int) -> float:
    return COST_MULTIPLY[rank] if isinstance(operation, Multiply) else COST[type(operation)]
