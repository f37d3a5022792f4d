"""EFP observables picked by name, such as the inputs of a trained classifier, from images."""

from collections import defaultdict
from collections.abc import Sequence

import numpy as np

from leptonid.calorimeter import Grid
from leptonid.efp.catalogue import select_graphs
from leptonid.efp.engine import Polynomials
from leptonid.observables import Observable


class SelectedEfps:
    """Observables of a calorimeter's images, without the others of their graphs and powers.

    Parameters
    ----------
    names
        As in `leptonid.observables`, of connected graphs.
    grid
        The calorimeter.
    coordinates
        Where its cells lie, see `leptonid.calorimeter.Grid.positions`.

    Raises
    ------
    InputError
        For a graph that EnergyFlow does not have.
    """

    def __init__(self, names: Sequence[str], grid: Grid, coordinates: str):
        self._positions = grid.positions(coordinates)
        self._count = len(names)
        observables = [Observable.parse(name) for name in names]
        sizes = sorted({_graph(observable)[:2] for observable in observables})
        graphs = {
            (graph.n, graph.d, graph.k): graph
            for graph in select_graphs([[f"n=={n}", f"d=={d}", "p==1"] for n, d in sizes], key="EFPs")
        }
        by_powers = defaultdict(dict)
        for column, observable in enumerate(observables):
            by_powers[observable.kappa, observable.beta][_graph(observable)] = column
        # For every pair of powers: the polynomials, and the column of each.
        self._parts = []
        for (kappa, beta), wanted in by_powers.items():
            # In the catalogue's order, whatever that of the names, so that plans are made once.
            members = [graph for numbers, graph in graphs.items() if numbers in wanted]
            polynomials = Polynomials(members, [kappa], [beta])
            columns = [wanted[_graph(Observable.parse(name))] for name in polynomials.observables]
            self._parts.append((polynomials, columns))

    def values(self, images: np.ndarray, threads: int = 1, first: int = 0) -> np.ndarray:
        """Return the values, (N, names) float64, of images (N, size, size, 1).

        Empty cells do not count. `threads`, `first` and errors are those of `Polynomials.values`.
        """
        flat = images.reshape(len(images), -1)
        rows, cells = np.nonzero(flat)
        clouds = np.column_stack([flat[rows, cells], self._positions[cells]])
        events = np.split(clouds, np.cumsum(np.bincount(rows, minlength=len(flat))))[:-1]
        values = np.empty((len(images), self._count))
        for polynomials, columns in self._parts:
            values[:, columns] = polynomials.values(events, threads, first)
        return values


def _graph(observable: Observable) -> tuple[int, int, int]:
    return observable.n, observable.d, observable.k
