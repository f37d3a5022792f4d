"""Values of Energy Flow Polynomials of events."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from itertools import product
from typing import TYPE_CHECKING

import energyflow as ef
import numpy as np

from leptonid.efp import kernels
from leptonid.efp.catalogue import select_graphs
from leptonid.efp.duplicates import unique_observables
from leptonid.efp.graphs import Graph
from leptonid.efp.program import make_program
from leptonid.errors import InputError
from leptonid.tables.arrays import KINDS, real_numbers

if TYPE_CHECKING:
    import pandas as pd

# Events that are computed at a time, as rows, before their values are copied into columns.
BLOCK = 256

# The work is split into this many batches per thread, the most expensive first, so that all threads end
# at about the same time.
BATCHES_PER_THREAD = 16


def compute(
    events: Iterable,
    graphs: Sequence[Graph] | Sequence[Sequence[str]],
    kappas: Sequence[float],
    betas: Sequence[float],
    threads: int = 1,
) -> "pd.DataFrame":
    """Return the algebraically unique EFPs of events.

    EFP_G(kappa, beta) = sum over all cells of prod_vertices z^kappa * prod_edges theta^beta, with
    z = weight / sum of weights and theta^2 = deta^2 + dphi^2 (arXiv:1712.07124, eq. 1.1, with the
    exponents of arXiv:2010.11998, eq. 10): EnergyFlow's measure `hadr` without its own normalisation.
    Cells of weight 0 are ignored, whatever kappa is.

    Parameters
    ----------
    events
        One point cloud of shape (M, 3) per event: transverse energy or another weight, eta, phi (radians).
        A list of arrays, an awkward array, or one array of shape (events, M, 3) padded with weight 0. Cells
        that are masked (`numpy.ma`) do not count.
    graphs
        Graphs of `leptonid.efp.catalogue`, or EnergyFlow selections such as `[["d<=3", "p==1"]]`.
    kappas, betas
        Exponents of the energy fractions and of the angular distances.
    threads
        Number of threads.

    Returns
    -------
    pandas.DataFrame
        One row per event, one float64 column per observable, named `{n}_{d}_{k}_k_{kappa}_b_{beta}`. An event
        without cells is 0 in every column.

    Raises
    ------
    InputError
        For an event of another shape, with negative weights, with values that are not finite, or with a mask
        on some values of a cell only; and if a polynomial overflows a double.

    Examples
    --------
    >>> jet = [[70.0, 0.01, 0.0], [20.0, -0.03, 0.02], [10.0, 0.1, 0.3]]
    >>> compute([jet], [["d<=1", "p==1"]], kappas=[1], betas=[1, 2]).round(4)
       1_0_0_k_1_b_1  2_1_0_k_1_b_1  2_1_0_k_1_b_2
    0            1.0         0.0687         0.0181
    """
    polynomials = Polynomials(graphs, kappas, betas)
    events = list(events)
    columns = np.empty((len(polynomials.observables), len(events)))
    for start in range(0, len(events), BLOCK):
        block = slice(start, start + BLOCK)
        columns[:, block] = polynomials.values(events[block], threads, first=start).T
    import pandas as pd  # a fifth of a second, which jobs with `Polynomials` save

    return pd.DataFrame(columns.T, columns=polynomials.observables)


class Polynomials:
    """Polynomials of many graphs and exponents, planned once and computed together.

    Attributes
    ----------
    observables
        Names of the algebraically unique observables.
    general
        Graphs that the compiled engine does not support: EnergyFlow computes them, slowly.
    """

    def __init__(
        self,
        graphs: Sequence[Graph] | Sequence[Sequence[str]],
        kappas: Sequence[float],
        betas: Sequence[float],
    ):
        if graphs and not isinstance(graphs[0], Graph):
            graphs = select_graphs(graphs)
        for name, exponents in (("kappas", kappas), ("betas", betas)):
            if not np.isfinite(real_numbers(exponents, name)).all():
                raise InputError(f"{name}: expected finite numbers, found {list(exponents)}")
        unique, _ = unique_observables(graphs, kappas, betas)
        self.observables = list(map(str, unique))
        kept = {(observable.n, observable.d, observable.k) for observable in unique}
        self._program, self.general = make_program(
            tuple(graph for graph in graphs if (graph.n, graph.d, graph.k) in kept)
        )
        self._pairs = [(kappa, beta) for beta, kappa in product(sorted(betas), kappas)]
        places = {name: column for column, name in enumerate(unique)}
        self._columns = np.array(
            [
                [places.get(graph.observable(*pair), -1) for graph in self._program.graphs]
                for pair in self._pairs
            ],
            dtype=np.int64,
        )
        # For EnergyFlow: columns and graphs of every pair of exponents.
        members_of = defaultdict(list)
        for graph, pair in product(self.general, self._pairs):
            if (observable := graph.observable(*pair)) in places:
                members_of[pair].append((places[observable], graph.edges))
        self._sets = {
            pair: (
                [column for column, _ in members],
                ef.EFPSet(*(list(g) for _, g in members), measure="hadr"),
            )
            for pair, members in members_of.items()
        }

    def values(self, events: Iterable, threads: int = 1, first: int = 0) -> np.ndarray:
        """Return the values, float64 of shape (events, observables); arguments and errors as of `compute`.

        `first` is the number of the first event, for error messages.
        """
        cells, ends = _fractions(events, first)
        values = np.zeros((len(ends), len(self.observables)))
        self._run_program(cells, ends, values, threads)
        if self._sets:
            for row, event in enumerate(np.split(cells, ends[:-1])):
                if len(event):
                    self._run_energyflow(event, values[row])
        if not np.isfinite(values).all():
            row, column = np.argwhere(~np.isfinite(values))[0]
            z = np.split(cells, ends[:-1])[row][:, 0]
            raise InputError(
                f"event {first + row}: {self.observables[column]} overflows a double; the event's weights "
                f"span {np.ptp(np.log10(z)):.0f} powers of ten"
            )
        return values

    def _run_program(self, cells: np.ndarray, ends: np.ndarray, values: np.ndarray, threads: int) -> None:
        program = self._program
        kappas, betas = np.array(self._pairs, dtype=np.float64).T.copy()
        counts = np.diff(ends, prepend=0)

        def run(batch: np.ndarray) -> None:
            kernels.run(
                program.instructions, program.multiplicity, program.vectors, program.matrices, kappas, betas,
                self._columns, cells, ends, batch, kernels.workspace(counts[batch].max(), program), values,
            )  # fmt: skip

        with ThreadPoolExecutor(threads) as pool:
            list(pool.map(run, _batches(counts, threads)))

    def _run_energyflow(self, event: np.ndarray, values: np.ndarray) -> None:
        z, eta, phi = event.T
        dphi = np.abs(phi[:, None] - phi) % (2 * np.pi)
        theta2 = (eta[:, None] - eta) ** 2 + np.minimum(dphi, 2 * np.pi - dphi) ** 2
        for (kappa, beta), (columns, efps) in self._sets.items():
            values[columns] = efps.compute(zs=z**kappa, thetas=theta2 ** (beta / 2))


def _batches(counts: np.ndarray, threads: int) -> list[np.ndarray]:
    """Return event numbers, those with the most cells first, in batches of about equal work."""
    order = np.argsort(-counts, kind="stable")
    work = np.cumsum((counts[order] + 10.0) ** 3)
    if not len(work):
        return []
    part = (work * (BATCHES_PER_THREAD * threads) / work[-1]).astype(int)
    return np.split(order, np.flatnonzero(np.diff(part)) + 1)


def _fractions(events: Iterable, first: int) -> tuple[np.ndarray, np.ndarray]:
    """Return energy fraction, eta and phi of all cells, shape (cells, 3), and the end of each event."""
    clouds = [_cloud(event, first + row) for row, event in enumerate(events)]
    ends = np.cumsum([len(cloud) for cloud in clouds], dtype=np.int64)
    cells = np.concatenate(clouds) if clouds else np.empty((0, 3))
    return np.ascontiguousarray(cells), ends


def _cloud(event: object, number: int) -> np.ndarray:
    mask = None
    try:
        if type(event) is not np.ndarray:
            mask, event = _mask(event), np.asarray(event)
        if event.dtype.kind not in KINDS:
            raise TypeError(f"found {event.dtype}")
        event = np.asarray(event, dtype=np.float64)
    except (TypeError, ValueError) as error:
        reason = str(error).partition("\n")[0]
        raise InputError(f"event {number} is not an array of numbers of shape (M, 3): {reason}") from error
    if event.size == 0:
        return np.empty((0, 3))
    if event.ndim != 2 or event.shape[1] != 3:
        raise InputError(f"event {number} has shape {event.shape}, expected (M, 3): weight, eta, phi")
    if mask is not None:
        absent = mask.all(axis=1)
        partial = np.flatnonzero(mask.any(axis=1) & ~absent)
        if len(partial):
            raise InputError(
                f"event {number} has a mask on a part of cell {partial[0]}; mask weight, eta and phi, or none"
            )
        event = event[~absent]
    if not np.isfinite(event).all():
        raise InputError(f"event {number} has values that are not finite; give padding weight, eta and phi 0")
    event = event[event[:, 0] != 0]
    weight = event[:, 0]
    if (weight < 0).any():
        raise InputError(f"event {number} has a negative weight ({weight.min():g}); EFPs need weights >= 0")
    with np.errstate(over="ignore"):
        total = weight.sum()
    if not np.isfinite(total):
        raise InputError(f"event {number} has weights whose sum overflows a double")
    event[:, 0] /= total
    return event


def _mask(event: object) -> np.ndarray | None:
    """Return the mask of a masked array or of a list with masked rows, None without one; NumPy drops it."""
    if isinstance(event, list | tuple) and any(isinstance(row, np.ma.MaskedArray) for row in event):
        event = np.ma.array(event)
    return np.ma.getmaskarray(event) if isinstance(event, np.ma.MaskedArray) else None
