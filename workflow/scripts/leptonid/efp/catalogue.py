"""The graphs of the Energy Flow Polynomials, selected from EnergyFlow's catalogue."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import energyflow as ef
import pyarrow as pa

from leptonid.errors import InputError
from leptonid.observables import Observable


@dataclass(frozen=True)
class Graph:
    """A connected multigraph: EnergyFlow's (n, d, k), its `c`, and its edges.

    `chromatic` is EnergyFlow's `c`, which the papers call the chromatic number (it is the cost exponent
    of variable elimination, the treewidth plus one). `edges` are pairs of vertices 0..n-1; an edge of
    multiplicity m stands m times.
    """

    n: int
    d: int
    k: int
    chromatic: int
    edges: tuple[tuple[int, int], ...]

    def __str__(self) -> str:
        return f"{self.n}_{self.d}_{self.k}"

    def observable(self, kappa: float, beta: float) -> Observable:
        """Return the observable of this graph with these powers."""
        return Observable(self.n, self.d, self.k, kappa, beta)


def select_graphs(selections: Iterable[Sequence[str]], key: str = "efp.graphs") -> list[Graph]:
    """Return the union of EnergyFlow selections of graphs, ordered by d, n and k.

    Parameters
    ----------
    selections
        Each a list of EnergyFlow's strings, all of which must hold, e.g. `["d<=7", "p==1"]`. Only
        connected graphs are taken; the others are products of them.
    key
        Where the selections come from, for errors.

    Raises
    ------
    InputError
        For a selection that EnergyFlow refuses, or that has no connected graph; the message names the key.
    """
    graphs = {}
    for selection in selections:
        try:
            catalogue = ef.EFPSet(*selection)
        except Exception as error:
            raise InputError(f"{key}: EnergyFlow refuses {list(selection)} ({error})") from error
        if not catalogue.efps:
            raise InputError(f"{key}: {list(selection)} selects no connected graph")
        for efp in catalogue.efps:
            n, d, k, chromatic = map(int, (*efp.ndk, efp.c))
            graphs[n, d, k] = Graph(n, d, k, chromatic, tuple(map(tuple, efp.graph)))
    return sorted(graphs.values(), key=_order)


def graph_table(graphs: Mapping[str, Iterable[Graph]]) -> pa.Table:
    """Return the graphs of calorimeters as one table: n, d, k, chromatic, edges, calorimeters."""
    calorimeters: dict[Graph, list[str]] = {}
    for calorimeter, members in graphs.items():
        for graph in members:
            calorimeters.setdefault(graph, []).append(calorimeter)
    rows = [
        {**vars(graph), "calorimeters": calorimeters[graph]} for graph in sorted(calorimeters, key=_order)
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


def _order(graph: Graph) -> tuple[int, int, int]:
    return graph.d, graph.n, graph.k
