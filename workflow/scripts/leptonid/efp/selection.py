"""EFP observables selected by name, such as the inputs of a trained classifier, computed from images."""

from collections import defaultdict
from collections.abc import Sequence

import numpy as np

from leptonid.efp.catalogue import select_graphs
from leptonid.efp.engine import Polynomials
from leptonid.study.layout import Grid
from leptonid.study.observables import Observable
from leptonid.tables.cells import SparseImages, pixel_positions


class SelectedEfps:
    """Selected observables of one calorimeter's images; other observables are not computed.

    Parameters
    ----------
    names
        Names of observables of connected graphs, such as `2_1_0_k_1_b_0.5`.
    grid
        The pixels of the images.
    coordinates
        `physical` or `published`, see `leptonid.tables.cells.pixel_positions`.

    Raises
    ------
    InputError
        For a graph that EnergyFlow's catalogue does not contain.
    """

    def __init__(self, names: Sequence[str], grid: Grid, coordinates: str):
        self._positions = pixel_positions(grid, coordinates)
        self._count = len(names)
        observables = [Observable.parse(name) for name in names]
        sizes = sorted({_graph(observable)[:2] for observable in observables})
        graphs = {
            (graph.n, graph.d, graph.k): graph
            for graph in select_graphs([[f"n=={n}", f"d=={d}", "p==1"] for n, d in sizes], key="EFPs")
        }
        by_exponents = defaultdict(dict)
        for column, observable in enumerate(observables):
            by_exponents[observable.kappa, observable.beta][_graph(observable)] = column
        # For every pair of exponents: the polynomials, and the column of each.
        self._parts = []
        for (kappa, beta), columns_of in by_exponents.items():
            # In the order of the catalogue, not of the names, so that the same graphs are planned only once.
            members = [graph for numbers, graph in graphs.items() if numbers in columns_of]
            polynomials = Polynomials(members, [kappa], [beta])
            columns = [columns_of[_graph(Observable.parse(name))] for name in polynomials.observables]
            self._parts.append((polynomials, columns))

    def values(self, images: SparseImages, threads: int = 1, first: int = 0) -> np.ndarray:
        """Return the values, (N, names) float64, of N images.

        Arguments and errors as of `Polynomials.values`.
        """
        clouds = images.point_clouds(self._positions)
        values = np.empty((len(images), self._count))
        for polynomials, columns in self._parts:
            values[:, columns] = polynomials.values(clouds, threads, first)
        return values


def _graph(observable: Observable) -> tuple[int, int, int]:
    return observable.n, observable.d, observable.k
