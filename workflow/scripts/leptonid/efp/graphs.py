"""Multigraphs and their tables."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import pyarrow as pa

from leptonid.study.observables import Observable
from leptonid.tables.feather import read_feather


@dataclass(frozen=True)
class Graph:
    """A connected multigraph: EnergyFlow's (n, d, k), its cost exponent c, and its edges.

    `chromatic` is EnergyFlow's `c`, which the papers call the chromatic number (it is the cost exponent of
    variable elimination, the treewidth plus one). `edges` are pairs of vertices 0..n-1; an edge of
    multiplicity m is listed m times.
    """

    n: int
    d: int
    k: int
    chromatic: int
    edges: tuple[tuple[int, int], ...]

    def __str__(self) -> str:
        return f"{self.n}_{self.d}_{self.k}"

    def observable(self, kappa: float, beta: float) -> Observable:
        """Return the observable of this graph with these exponents."""
        return Observable(self.n, self.d, self.k, kappa, beta)


def multiplicity(edges: Iterable[Sequence[int]]) -> int:
    """Return how many edges join the same two vertices of a graph, at most; 0 without edges."""
    return max(Counter(map(tuple, edges)).values(), default=0)


def sort_key(graph: Graph) -> tuple[int, int, int]:
    """Return the sort key of graphs: d, n and k."""
    return graph.d, graph.n, graph.k


def graph_table(graphs: Mapping[str, Iterable[Graph]]) -> pa.Table:
    """Return the graphs of calorimeters as one table: n, d, k, chromatic, edges, calorimeters."""
    calorimeters: dict[Graph, list[str]] = {}
    for calorimeter, members in graphs.items():
        for graph in members:
            calorimeters.setdefault(graph, []).append(calorimeter)
    rows = [
        {**vars(graph), "calorimeters": calorimeters[graph]} for graph in sorted(calorimeters, key=sort_key)
    ]
    schema = pa.schema(
        [(name, pa.int64()) for name in ("n", "d", "k", "chromatic")]
        + [("edges", pa.list_(pa.list_(pa.int64()))), ("calorimeters", pa.list_(pa.string()))]
    )
    return pa.Table.from_pylist(rows, schema=schema)


def graphs_from_table(table: pa.Table, calorimeter: str | None = None) -> list[Graph]:
    """Return the graphs of a table made by `graph_table`: all, or those of one calorimeter."""
    return [
        Graph(row["n"], row["d"], row["k"], row["chromatic"], tuple(map(tuple, row["edges"])))
        for row in table.to_pylist()
        if calorimeter in (None, *row["calorimeters"])
    ]


def graphs_by_name(path: str | None) -> dict[str, Graph]:
    """Read a table of graphs; return them by name, n_d_k, none without a file.

    Raises
    ------
    InputError
        If the file is missing or damaged.
    """
    return {str(graph): graph for graph in graphs_from_table(read_feather(path))} if path else {}
