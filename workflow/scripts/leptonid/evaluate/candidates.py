"""What the candidates of searches are worth: ADOs in every pass, AUCs, correlations with what was chosen."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
import pandas as pd

from leptonid.efp.graphs import Graph
from leptonid.errors import InputError
from leptonid.metrics.correlation import ranks
from leptonid.search.passes import read_choice
from leptonid.study.features import EVENTS, Column, parse_column
from leptonid.study.observables import Observable
from leptonid.tables.feather import read_feather


@dataclass(frozen=True)
class Candidates:
    """What a search compared: K candidates of P passes that chose one.

    Parameters
    ----------
    columns
        The candidates of all passes, in the order of first mention.
    ados : shape (P, K)
        NaN where a pass did not compare it.
    chosen
        The observable of every pass.
    """

    columns: Sequence[Column]
    ados: np.ndarray
    chosen: Sequence[Column]


def read_candidates(passes: Sequence[Sequence[str | Path]], choices: Sequence[str | Path]) -> Candidates:
    """Read the tables of candidates, one or several per pass, and the choices of the passes of a search.

    Raises
    ------
    InputError
        If a file is missing or damaged.
    """
    chosen, compared = [], []
    for parts, path in zip(passes, choices, strict=True):
        choice = read_choice(path)
        if choice["stopped"] is None:
            chosen.append(parse_column(choice["inputs"][-1]))
            compared.append(dict(pair for part in parts for pair in _ados(part)))
    # Tuples of text hash faster than columns.
    names = list(dict.fromkeys(name for ados in compared for name in ados))
    ados = np.array([[some.get(name) for name in names] for some in compared], float)
    columns = [Column(source or EVENTS, name) for source, name in names]
    return Candidates(columns, ados.reshape(len(chosen), len(columns)), chosen)


def _ados(path: str | Path) -> Iterable[tuple[tuple[str | None, str], float | None]]:
    """Return the ADO of every candidate in a table, by its source, None for events, and its name."""
    sources, names, ados = read_feather(path, ["calorimeter", "observable", "ado"]).to_pydict().values()
    return zip(zip(sources, names, strict=True), ados, strict=True)


def aucs_and_correlations(
    blocks: Iterable[np.ndarray], y: np.ndarray, weight: np.ndarray, chosen: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Return the AUC of each of K observables, (K,), and its rank correlation with M others, (K, M).

    The AUC is at least 1/2: an observable and its negative carry the same information. Both follow from the
    ranks of the events, which are sorted once. Correlations are NaN for constant observables.

    Parameters
    ----------
    blocks : of shape (n, N)
        The values of the observables.
    y, weight : shape (N,)
    chosen : shape (M, N)
        The values of the others.
    """
    weight = weight / weight.sum()
    signal = weight * (y == 1)
    total = signal.sum()
    others = ranks(chosen, weight)
    others -= (others @ weight)[:, None]
    factors = np.column_stack([signal, weight, (others * weight).T])
    scale = _norm(np.square(others) @ weight)
    aucs, correlations = [np.zeros(0)], [np.zeros((0, len(chosen)))]
    for block in blocks:
        rank = ranks(block, weight)
        of_signal, mean, *products = (rank @ factors).T
        # What signal events have of one another adds up to half of their squared weight.
        auc = (of_signal - total**2 / 2) / (total * (1 - total))
        aucs.append(np.maximum(auc, 1 - auc))
        norm = _norm(np.square(rank) @ weight - mean**2)
        correlations.append(np.reshape(products, (len(chosen), len(rank))).T / np.outer(norm, scale))
    return np.concatenate(aucs), np.concatenate(correlations)


def _norm(variance: np.ndarray) -> np.ndarray:
    """Return standard deviations of ranks; NaN where they are all alike, but for rounding."""
    return np.sqrt(np.where(variance > 1e-12, variance, np.nan))


def candidates_table(
    candidates: Candidates, aucs: np.ndarray, correlations: np.ndarray, graphs: Mapping[str, Graph]
) -> pd.DataFrame:
    """Return one row per candidate of a search.

    Parameters
    ----------
    aucs, correlations : shapes (K,) and (K, P)
        As of `aucs_and_correlations`, with what the passes chose.
    graphs
        By name, n_d_k.

    Returns
    -------
    `calorimeter` (null for variables of the events, a table's name for columns of the user's), `observable`,
    of EFPs `n`, `d`, `k`, `chromatic`, `kappa` and `beta`; `auc_alone`; of each pass `ado_1`, as the search
    found it, and `correlation_1` with what the pass chose.

    Raises
    ------
    InputError
        If a candidate's graph is missing.
    """
    efp = cache(lambda name: _efp(name, graphs))
    efps = [efp(column.name) if column.is_efp else {} for column in candidates.columns]
    sources = [None if column.source == EVENTS else column.source for column in candidates.columns]
    table = pd.DataFrame(
        {
            "calorimeter": pd.array(sources, "string"),
            "observable": pd.array([column.name for column in candidates.columns], "string"),
            **{
                name: pd.array([efp.get(name) for efp in efps], "Int64")
                for name in ("n", "d", "k", "chromatic")
            },
            **{name: np.array([efp.get(name, np.nan) for efp in efps]) for name in ("kappa", "beta")},
            "auc_alone": aucs,
        }
    )
    for number, (ados, column) in enumerate(zip(candidates.ados, correlations.T, strict=True), 1):
        table[f"ado_{number}"] = ados
        table[f"correlation_{number}"] = column
    return table


def _efp(name: str, graphs: Mapping[str, Graph]) -> dict[str, float]:
    efp = Observable.parse(name)
    graph = graphs.get(f"{efp.n}_{efp.d}_{efp.k}")
    if graph is None:
        raise InputError(f"the table of graphs lacks that of {name}; delete efp/graphs.feather and run again")
    return {**vars(efp), "chromatic": graph.chromatic}
