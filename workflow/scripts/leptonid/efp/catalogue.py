"""Graphs of Energy Flow Polynomials, selected from EnergyFlow's catalogue."""

import re
from collections.abc import Iterable, Sequence

import energyflow as ef

from leptonid.efp.graphs import Graph, multiplicity, sort_key
from leptonid.errors import InputError

# A condition that EnergyFlow does not have: edges between the same two vertices.
MULTIPLICITY = re.compile(r"multiplicity<=(\d+)")


def select_graphs(selections: Iterable[Sequence[str]], key: str = "efp.graphs") -> list[Graph]:
    """Return the union of EnergyFlow selections of graphs, ordered by d, n and k.

    Parameters
    ----------
    selections
        Lists of EnergyFlow's conditions, all of which must hold, e.g. `["d<=7", "p==1"]`, and of
        `"multiplicity<=3"`: at most three edges between the same two vertices. Only connected graphs are
        returned; the polynomials of others are products of theirs.
    key
        Key of the config that holds the selections, for error messages.

    Raises
    ------
    InputError
        For a selection that EnergyFlow rejects, or that has no connected graph; the message names the key.
    """
    graphs = {}
    for selection in selections:
        limits = [int(match[1]) for match in map(MULTIPLICITY.fullmatch, selection) if match]
        try:
            catalogue = ef.EFPSet(*(text for text in selection if not MULTIPLICITY.fullmatch(text)))
        except Exception as error:
            raise InputError(f"{key}: EnergyFlow rejects {list(selection)} ({error})") from error
        selected = [
            Graph(*map(int, (*efp.ndk, efp.c)), tuple(map(tuple, efp.graph)))
            for efp in catalogue.efps
            if all(multiplicity(efp.graph) <= most for most in limits)
        ]
        if not selected:
            raise InputError(f"{key}: {list(selection)} selects no connected graph")
        graphs |= {(graph.n, graph.d, graph.k): graph for graph in selected}
    return sorted(graphs.values(), key=sort_key)
