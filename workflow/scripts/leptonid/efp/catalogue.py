"""The graphs of the Energy Flow Polynomials, selected from EnergyFlow's catalogue."""

from collections.abc import Iterable, Sequence

import energyflow as ef

from leptonid.efp.graphs import Graph, in_order
from leptonid.errors import InputError


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
    return sorted(graphs.values(), key=in_order)
