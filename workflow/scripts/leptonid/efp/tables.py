"""EFP tables by chunk: which events of a split a chunk holds, their cells, and files that tell damage."""

import hashlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path

import numpy as np
import pyarrow as pa

from leptonid.calorimeter import GRIDS
from leptonid.errors import InputError
from leptonid.storage import matching, metadata_of, read_feather, read_metadata, write_feather

COLUMNS_AT_ONCE = 500

# More would hold half of a large table a second time while it is written; less makes columns slow to read.
ROWS_AT_ONCE = 2048


def chunk_of(cells: pa.Table, chunk: int, chunks: int) -> pa.Table:
    """Return the events of chunk number `chunk` of `chunks` of nearly equal size."""
    start, stop = (len(cells) * edge // chunks for edge in (chunk, chunk + 1))
    return cells.slice(start, stop - start)


def point_clouds(cells: pa.Table, coordinates: str) -> list[np.ndarray]:
    """Return one array (M, 3) of ET, eta, phi per event of a table of cells.

    `coordinates` says where the cells lie, see `leptonid.calorimeter.Grid.positions`.
    """
    grid = GRIDS[metadata_of(cells)["calorimeter"]]
    positions = grid.positions(coordinates)
    lists = cells["cell"].combine_chunks()
    ends = np.cumsum(lists.value_lengths().to_numpy())
    flat = np.column_stack(
        [cells["et"].combine_chunks().flatten().to_numpy(), positions[lists.flatten().to_numpy()]]
    )
    return np.split(flat, ends)[:-1]


def write_efps(table: pa.Table, path: str | Path, metadata: Mapping[str, str]) -> None:
    """Write an EFP table: `event` and observables, with a checksum among its metadata."""
    table = table.replace_schema_metadata(metadata)
    write_feather(table, path, {"checksum": checksum(table.schema, table.columns)}, ROWS_AT_ONCE)


def checksum(schema: pa.Schema, columns: Iterable[pa.ChunkedArray]) -> str:
    """Return a checksum of all values, of the names and types of the columns, and of the other metadata."""
    fields = [(field.name, str(field.type), field.nullable) for field in schema]
    metadata = {key: value for key, value in (schema.metadata or {}).items() if key != b"checksum"}
    digest = hashlib.blake2b(repr((fields, sorted(metadata.items()))).encode(), digest_size=16)
    for column in columns:
        for part in column.chunks:
            digest.update(part.to_numpy())
    return digest.hexdigest()


def read_columns(path: str | Path, names: Sequence[str]) -> Iterator[pa.ChunkedArray]:
    """Read columns of an EFP table one after another, with only `COLUMNS_AT_ONCE` in memory."""
    for start in range(0, len(names), COLUMNS_AT_ONCE):
        yield from read_feather(path, list(names[start : start + COLUMNS_AT_ONCE])).columns
        # Arrow keeps what it no longer needs for later; here that would grow to the whole table.
        pa.default_memory_pool().release_unused()


def read_efps(
    paths: Iterable[str | Path], calorimeter: str, split: str, observables: Sequence[str]
) -> pa.Table:
    """Read some observables of a calorimeter and split; nothing else is read from the files.

    Parameters
    ----------
    paths
        EFP tables, of any calorimeters and splits, such as `Path("results/efp").glob("*/*/*.feather")`;
        their metadata say which is which.
    observables
        Names of columns.

    Returns
    -------
    pyarrow.Table
        `event` and the observables, one row per event of the split, in order.

    Raises
    ------
    InputError
        If there is no table of the calorimeter and split, or one is damaged, lacks an observable, or has
        events of another one.
    """
    found = matching(paths, split=split, calorimeter=calorimeter)
    table = pa.concat_tables(
        [read_feather(path, ["event", *observables]).replace_schema_metadata() for path in found]
    )
    if (np.diff(table["event"].to_numpy()) <= 0).any():
        raise InputError(
            f"{', '.join(map(str, found))}: events stand in more than one of these tables; remove those that "
            "another number of chunks (efp.chunks) has left"
        )
    return table


def coordinates_of(paths: Iterable[str | Path]) -> str | None:
    """Return the `coordinates` that EFP tables were computed with; None where there are no tables.

    Raises
    ------
    InputError
        If tables differ, or one does not say.
    """
    found = {path: read_metadata(path).get("coordinates") for path in paths}
    for path, coordinates in found.items():
        if coordinates is None:
            raise InputError(
                f"{path}: its metadata lack `coordinates`; delete it and run again to make it anew"
            )
    if len(set(found.values())) > 1:
        described = ", ".join(f"{path}: {coordinates}" for path, coordinates in found.items())
        raise InputError(f"these EFP tables differ in their coordinates: {described}")
    return next(iter(found.values()), None)
