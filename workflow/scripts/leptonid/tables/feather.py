"""Feather tables: compressed Arrow files whose schema's metadata say what they hold."""

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.feather

from leptonid.errors import InputError
from leptonid.tables.files import atomic_write


def write_feather(
    table: pa.Table,
    path: str | Path,
    metadata: Mapping[str, str] | None = None,
    rows_at_once: int | None = None,
    compression: str = "zstd",
) -> None:
    """Write an Arrow table as Feather, with `metadata` added to that of its schema.

    Up to `rows_at_once` rows are compressed in memory at a time. `compression` is a name known to Feather.
    """
    if metadata:
        table = table.replace_schema_metadata({**(table.schema.metadata or {}), **metadata})
    with atomic_write(path) as temporary:
        pyarrow.feather.write_feather(table, str(temporary), compression=compression, chunksize=rows_at_once)


def write_batches(batches: Iterable[pa.RecordBatch], schema: pa.Schema, path: str | Path) -> int:
    """Write record batches one after another as a Feather file; return the number of rows.

    Only one batch is in memory at a time, and 32-bit offsets of lists count within a batch.
    """
    rows = 0
    options = pa.ipc.IpcWriteOptions(compression="zstd")
    with (
        atomic_write(path) as temporary,
        pa.OSFile(str(temporary), "wb") as sink,
        pa.ipc.new_file(sink, schema, options=options) as writer,
    ):
        for batch in batches:
            writer.write_batch(batch)
            rows += batch.num_rows
    return rows


def read_feather(path: str | Path, columns: list[str] | None = None) -> pa.Table:
    """Read a Feather file, or only some of its columns, in the given order.

    Raises
    ------
    InputError
        If the file is damaged or lacks a column; the message names the file.
    """
    with _reading(path):
        table = pyarrow.feather.read_table(str(path), columns=columns)
        # A flipped bit can make a column point outside its buffer, and a later access end the process.
        table.validate(full=True)
    return table


def read_batches(path: str | Path, columns: list[str], rows: slice = slice(None)) -> Iterator[pa.RecordBatch]:
    """Yield the record batches of a Feather file, with some of its columns; errors as of `read_feather`.

    With `rows`, only these rows: of batches without any of them, just the first column is read.
    """
    with _reading(path), pa.OSFile(str(path)) as file:
        schema = pa.ipc.open_file(file).schema
        indices = [schema.get_field_index(name) for name in columns]
        missing = [name for name, index in zip(columns, indices, strict=True) if index < 0]
        if missing:
            raise KeyError(f"no column {missing[0]}; there are: {', '.join(schema.names)}")
        first, reader = (
            pa.ipc.open_file(file, options=pa.ipc.IpcReadOptions(included_fields=included))
            for included in (indices[:1], indices)
        )
        start, stop = rows.start or 0, rows.stop
        row = 0
        for number in range(reader.num_record_batches):
            length = first.get_batch(number).num_rows
            low, high = max(start - row, 0), length if stop is None else min(stop - row, length)
            if low < high:
                batch = reader.get_batch(number).select(columns)
                batch.validate(full=True)
                yield batch.slice(low, high - low)
            row += length


def read_rows_of(path: str | Path, columns: list[str], events: np.ndarray) -> pa.Table:
    """Return the rows of some events, rising numbers of shape (M,), with `event` and other columns.

    Of record batches without any of the events, just the column `event` is read. Errors as of `read_feather`.
    """
    with _reading(path), pa.OSFile(str(path)) as file:
        schema = pa.ipc.open_file(file).schema
        names = ["event", *columns]
        indices = [schema.get_field_index(name) for name in names]
        if min(indices) < 0:
            raise KeyError(f"no column {names[indices.index(-1)]}; there are: {', '.join(schema.names)}")
        numbers, reader = (
            pa.ipc.open_file(file, options=pa.ipc.IpcReadOptions(included_fields=included))
            for included in (indices[:1], indices)
        )
        batches = []
        for number in range(numbers.num_record_batches):
            event = numbers.get_batch(number).column(0).to_numpy()
            places = np.searchsorted(events, event)
            wanted = np.append(events, -1)[places] == event
            if wanted.any():
                batch = reader.get_batch(number).select(names)
                batch.validate(full=True)
                batches.append(batch.filter(pa.array(wanted)))
        fields = pa.schema([schema.field(name) for name in names], schema.metadata)
        return pa.Table.from_batches(batches, fields)


def read_schema(path: str | Path) -> pa.Schema:
    """Return the schema of a Feather file without reading its columns; errors as of `read_feather`."""
    with _reading(path), pa.OSFile(str(path)) as file:
        return pa.ipc.open_file(file).schema


def read_metadata(path: str | Path) -> dict[str, str]:
    """Return the text metadata of a Feather file without reading its columns; errors as of `read_feather`."""
    schema = read_schema(path)
    with _reading(path):
        return _texts(schema)


def metadata_of(table: pa.Table) -> dict[str, str]:
    """Return the text metadata of a table's schema: split, calorimeter, chunk and the like."""
    return _texts(table.schema)


def tables_with(paths: Iterable[str | Path], **wanted: str) -> list[str | Path]:
    """Return the Feather files whose metadata hold the wanted values, ordered by chunk.

    Raises
    ------
    InputError
        If there is none, or a file is damaged.
    """
    found = []
    for path in paths:
        metadata = read_metadata(path)
        if all(metadata.get(key) == value for key, value in wanted.items()):
            found.append((int(metadata.get("chunk", 0)), path))
    if not found:
        described = ", ".join(f"{key} {value}" for key, value in wanted.items())
        raise InputError(f"no table given for {described}")
    return [path for _, path in sorted(found)]


@contextmanager
def _reading(path: str | Path) -> Iterator[None]:
    try:
        yield
    except InputError:
        raise
    except (pa.ArrowException, OSError, KeyError, ValueError) as error:
        if isinstance(error, FileNotFoundError):
            raise InputError(f"{path}: no such file") from error
        raise InputError(
            f"{path}: cannot be read as Feather ({error}); delete it and run again to recreate it"
        ) from error


def _texts(schema: pa.Schema) -> dict[str, str]:
    return {key.decode(): value.decode() for key, value in (schema.metadata or {}).items()}
