"""Graphs of Energy Flow Polynomials, selected from EnergyFlow's catalogue."""

from collections.abc import Iterable, Sequence

import energyflow as ef

from leptonid.efp.graphs import Graph, sort_key
from leptonid.errors import InputError


def select_graphs(selections: Iterable[Sequence[str]], key: str = "efp.graphs") -> list[Graph]:
    """Return the union of EnergyFlow selections of graphs, ordered by d, n and k.

    Parameters
    ----------
    selections
        Lists of EnergyFlow's conditions, all of which must hold, e.g. `["d<=7", "p==1"]`. Only connected
        graphs are returned; the polynomials of others are products of theirs.
    key
        Key of the config that holds the selections, for error messages.

    Raises
    ------
    InputError
        For a selection that EnergyFlow rejects, or that has no connected graph; the message names the key.
    """
    graphs = {}
    for selection in selections:
        try:
            catalogue = ef.EFPSet(*selection)
        except Exception as error:
            raise InputError(f"{key}: EnergyFlow rejects {list(selection)} ({error})") from error
        if not catalogue.efps:
            raise InputError(f"{key}: {list(selection)} selects no connected graph")
        for efp in catalogue.efps:
            n, d, k, chromatic = map(int, (*efp.ndk, efp.c))
            graphs[n, d, k] = Graph(n, d, k, chromatic, tuple(map(tuple, efp.graph)))
    return sorted(graphs.values(), key=sort_key)
