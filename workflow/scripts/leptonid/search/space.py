"""The observables that a search may choose from, and the table of what each is worth."""

from collections.abc import Iterator, Mapping, Sequence
from itertools import groupby
from pathlib import Path

import numpy as np
import pyarrow as pa

from leptonid.efp.tables import COLUMNS_AT_ONCE, read_efps
from leptonid.errors import InputError
from leptonid.observables import Observable
from leptonid.storage import read_feather, write_feather
from leptonid.train.inputs import Column, flat_columns, unique_by_calorimeter

# The settings that limit the size of graphs, and the columns of the table of graphs that they limit.
LIMITS = {"edges": "d", "vertices": "n", "chromatic": "chromatic"}


def candidates(
    unique: str | Path, duplicates: str | Path, graphs: str | Path, settings: Mapping, inputs: Sequence[str]
) -> list[Column]:
    """Return the unique EFP observables that a pass may choose from, in the order of their table.

    An observable is among them if it or a duplicate of it is as the settings ask: so the dot, which has no
    beta, belongs to every beta, and the edge with beta 2 to beta 1, as it equals the double edge there.

    Parameters
    ----------
    unique, duplicates, graphs
        Tables of the EFP stage.
    settings
        `calorimeters`, `kappas`, `betas`: lists, or None for all that are computed; `edges`, `vertices`,
        `chromatic`: the largest of the graphs, or None.
    inputs
        What the network has already; it is left out.
    """
    sizes = {(row["n"], row["d"], row["k"]): row for row in read_feather(graphs).to_pylist()}
    limits = {column: settings[key] for key, column in LIMITS.items() if settings[key] is not None}

    def asked_for(row: Mapping) -> bool:
        observable = Observable.parse(row["observable"])
        size = sizes[observable.n, observable.d, observable.k]
        return (
            settings["calorimeters"] is None or row["calorimeter"] in settings["calorimeters"]
        ) and (
            settings["kappas"] is None or observable.kappa in settings["kappas"]
        ) and (
            settings["betas"] is None or observable.beta in settings["betas"]
        ) and all(size[column] <= limit for column, limit in limits.items())  # fmt: skip

    found = {
        (row["calorimeter"], row["equals"] or row["observable"])
        for table in (unique, duplicates)
        for row in ({"equals": None, **row} for row in read_feather(table).to_pylist())
        if row["equals"] != "" and asked_for(row)
    }
    observables = unique_by_calorimeter(unique)
    had = set(flat_columns(inputs, observables))
    columns = [Column(calorimeter, name) for calorimeter, names in observables.items() for name in names]
    return [column for column in columns if (column.source, column.name) in found and column not in had]


def blocks_of_values(
    columns: Sequence[Column], efps: Sequence[str | Path], split: str, event: np.ndarray
) -> Iterator[np.ndarray]:
    """Yield the values of candidates, in order, in blocks (columns, N) that fit into memory.

    Parameters
    ----------
    columns
        Candidates, as `candidates` returns them.
    efps
        EFP tables.
    event : shape (N,)
        The events of the split that are scored.

    Raises
    ------
    InputError
        If tables are missing or damaged, or their events are others.
    """
    for source, members in groupby(columns, key=lambda column: column.source):
        observables = [column.name for column in members]
        for start in range(0, len(observables), COLUMNS_AT_ONCE):
            names = observables[start : start + COLUMNS_AT_ONCE]
            table = read_efps(efps, source, split, names)
            if not np.array_equal(table["event"].to_numpy(), event):
                raise InputError(
                    f"efp/{source}/{split}: its {len(table)} events are not the {len(event)} that are scored"
                )
            yield np.stack([table[name].to_numpy() for name in names])
            del table
            # Arrow keeps what it no longer needs for later; here that would grow to the whole table.
            pa.default_memory_pool().release_unused()


def write_candidates(
    path: str | Path,
    columns: Sequence[Column],
    ados: np.ndarray,
    stopped: str | None = None,
    of_networks: bool = False,
) -> None:
    """Write the table of candidates: `calorimeter`, `observable`, `ado`, `reversed`.

    Parameters
    ----------
    ados : shape (K,)
        One per column, NaN where there is nothing to compare. Those of observables below 1/2 are read as one
        minus it, and are `reversed`.
    stopped
        Why a search has no candidates any more, where it has stopped.
    of_networks
        The ADOs are those of networks with the observables: one below 1/2 is bad, and `reversed` not known.
    """
    ados = np.asarray(ados, dtype=float)
    table = pa.table(
        {
            "calorimeter": pa.array([column.source for column in columns], pa.string()),
            "observable": pa.array([column.name for column in columns], pa.string()),
            "ado": ados if of_networks else np.maximum(ados, 1 - ados),
            "reversed": pa.nulls(len(ados), pa.bool_()) if of_networks else pa.array(ados < 0.5),
        }
    )
    write_feather(table, path, {"stopped": stopped} if stopped else None)
