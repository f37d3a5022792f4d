"""Tables of Energy Flow Polynomials: one file per calorimeter, split and chunk, one column per observable."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path

import numpy as np
import pyarrow as pa

from leptonid.errors import InputError
from leptonid.tables.feather import read_feather, read_metadata, read_rows_of, tables_with

# Observables that are read at once, at most, and values.
COLUMNS_AT_ONCE, VALUES_AT_ONCE = 500, 2**25


def read_efps(
    paths: Iterable[str | Path],
    calorimeter: str,
    split: str,
    observables: Sequence[str],
    events: np.ndarray | None = None,
) -> pa.Table:
    """Read some observables of a calorimeter and split; nothing else is read from the files.

    Parameters
    ----------
    paths
        EFP tables, of any calorimeters and splits, such as `Path("results/efp").glob("*/*/*.feather")`;
        their metadata say which is which.
    observables
        Names of columns.
    events : shape (N,)
        The events to read, in rising order; None for all.

    Returns
    -------
    pyarrow.Table
        `event` and the observables, one row per event, in order.

    Raises
    ------
    InputError
        If there is no table of the calorimeter and split, or one is damaged, lacks an observable, or holds
        events of another one.
    """
    found = tables_with(paths, split=split, calorimeter=calorimeter)
    if events is None:
        tables = [read_feather(path, ["event", *observables]) for path in found]
    else:
        tables = [read_rows_of(path, list(observables), events) for path in found]
    table = pa.concat_tables([table.replace_schema_metadata() for table in tables])
    if (np.diff(table["event"].to_numpy()) <= 0).any():
        raise InputError(
            f"{', '.join(map(str, found))}: events are in more than one of these tables; remove those that "
            "another size of chunks (efp.chunk) has left"
        )
    return table


def efp_blocks(
    paths: Iterable[str | Path],
    calorimeter: str,
    split: str,
    observables: Sequence[str],
    event: np.ndarray,
    some: bool = False,
) -> Iterator[tuple[slice, np.ndarray]]:
    """Yield (range of observables, their values (observables, N)) in blocks that fit into memory.

    Parameters
    ----------
    event : shape (N,)
        The events that the tables must hold.
    some
        These are only some events of the tables, in rising order; the others are not read.

    Raises
    ------
    InputError
        As `read_efps`, and if the events are others.
    """
    paths = list(paths)
    at_once = max(1, min(COLUMNS_AT_ONCE, VALUES_AT_ONCE // max(1, len(event))))
    for start in range(0, len(observables), at_once):
        names = list(observables[start : start + at_once])
        table = read_efps(paths, calorimeter, split, names, event if some else None)
        if not np.array_equal(table["event"].to_numpy(), event):
            raise InputError(
                f"efp/{calorimeter}/{split}: its {len(table)} events are not the {len(event)} of the events"
            )
        values = np.stack([table[name].to_numpy() for name in names])
        del table
        # Arrow keeps freed memory for later use; here that would grow to the whole table.
        pa.default_memory_pool().release_unused()
        yield slice(start, start + len(names)), values


def unique_observables(path: str | Path) -> dict[str, list[str]]:
    """Return the observables of `efp/unique.feather` for each calorimeter."""
    result: dict[str, list[str]] = {}
    for row in read_feather(path).to_pylist():
        result.setdefault(row["calorimeter"], []).append(row["observable"])
    return result


def coordinates_of(paths: Iterable[str | Path]) -> str | None:
    """Return the `coordinates` that EFP tables were computed with; None where there are no tables.

    Raises
    ------
    InputError
        If tables differ, or one does not say.
    """
    found: Mapping = {path: read_metadata(path).get("coordinates") for path in paths}
    for path, coordinates in found.items():
        if coordinates is None:
            raise InputError(
                f"{path}: its metadata lack `coordinates`; delete it and run again to recreate it"
            )
    if len(set(found.values())) > 1:
        described = ", ".join(f"{path}: {coordinates}" for path, coordinates in found.items())
        raise InputError(f"these EFP tables differ in their coordinates: {described}")
    return next(iter(found.values()), None)
