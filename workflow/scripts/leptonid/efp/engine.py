"""The values of Energy Flow Polynomials: events in, a table of observables out."""

from collections import defaultdict
from collections.abc import Iterable, Sequence

import energyflow as ef
import numpy as np
import pandas as pd

from leptonid.efp.catalogue import Graph, select_graphs
from leptonid.efp.duplicates import unique_observables
from leptonid.errors import InputError


def compute(
    events: Iterable[np.ndarray],
    graphs: Sequence[Graph] | Sequence[Sequence[str]],
    kappas: Sequence[float],
    betas: Sequence[float],
) -> pd.DataFrame:
    """Return the algebraically unique EFPs of events.

    EFP_G(kappa, beta) = sum over all cells of prod_vertices z^kappa * prod_edges theta^beta, with
    z = weight / sum of weights and theta^2 = deta^2 + dphi^2 (arXiv:1712.07124, eq. 1.1, with the
    exponents of arXiv:2010.11998, eq. 10): EnergyFlow's measure `hadr` without its own normalisation.
    Cells of weight 0 do not count, whatever kappa.

    Parameters
    ----------
    events
        One array of shape (M, 3) per event: transverse energy or another weight, eta, phi (radians).
    graphs
        Graphs of `leptonid.efp.catalogue`, or EnergyFlow selections such as `[["d<=3", "p==1"]]`.
    kappas, betas
        Powers of the energy fractions and of the angular distances.

    Returns
    -------
    pandas.DataFrame
        One row per event, one float64 column per observable, named as in `leptonid.observables`. An
        event without cells is 0 in every column.

    Raises
    ------
    InputError
        For an event of another shape, or with weights that are negative or values that are not finite.
    """
    if graphs and not isinstance(graphs[0], Graph):
        graphs = select_graphs(graphs)
    unique, _ = unique_observables(graphs, kappas, betas)
    edges = {(graph.n, graph.d, graph.k): list(graph.edges) for graph in graphs}
    columns = defaultdict(list)
    for column, observable in enumerate(unique):
        columns[observable.kappa, observable.beta].append(
            (column, edges[observable.n, observable.d, observable.k])
        )
    polynomials = {
        exponents: (
            [column for column, _ in members],
            ef.EFPSet(*(graph for _, graph in members), measure="hadr"),
        )
        for exponents, members in columns.items()
    }

    distance_powers = {beta for _, beta in polynomials}
    events = list(events)
    values = np.zeros((len(events), len(unique)))
    for row, event in enumerate(events):
        z, theta2 = _fractions_and_distances(event, row)
        if not len(z):
            continue
        powers = {beta: theta2 ** (beta / 2) for beta in distance_powers}
        for (kappa, beta), (indices, efps) in polynomials.items():
            values[row, indices] = efps.compute(zs=z**kappa, thetas=powers[beta])
    return pd.DataFrame(values, columns=list(map(str, unique)))


def _fractions_and_distances(event: np.ndarray, row: int) -> tuple[np.ndarray, np.ndarray]:
    """Return the energy fractions (M,) and the squared angular distances (M, M) of non-empty cells."""
    event = np.asarray(event, dtype=np.float64)
    if event.size == 0:
        event = event.reshape(0, 3)
    if event.ndim != 2 or event.shape[1] != 3:
        raise InputError(f"event {row} has shape {event.shape}, expected (M, 3): weight, eta, phi")
    if not np.isfinite(event).all():
        raise InputError(f"event {row} has values that are not finite")
    weight, eta, phi = event[event[:, 0] != 0].T
    if (weight < 0).any():
        raise InputError(f"event {row} has a negative weight ({weight.min():g}); EFPs need weights >= 0")
    dphi = np.abs(phi[:, None] - phi)
    dphi = np.pi - np.abs(dphi % (2 * np.pi) - np.pi)
    return weight / weight.sum(), (eta[:, None] - eta) ** 2 + dphi**2
