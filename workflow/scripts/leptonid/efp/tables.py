"""EFP tables: the events of a chunk, and files with a checksum that reveals damage."""

import hashlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path

import pyarrow as pa

from leptonid.tables.efps import COLUMNS_AT_ONCE, read_efps
from leptonid.tables.feather import read_feather, write_feather

__all__ = ["checksum", "chunk_rows", "read_columns", "read_efps", "write_efps"]

# Rows of a record batch. Larger batches would hold half of a large table a second time while it is written;
# smaller ones make single columns slow to read.
ROWS_AT_ONCE = 2048


def chunk_rows(cells: str | Path, chunk: int, chunks: int) -> slice:
    """Return the rows of a table of cells that belong to one of `chunks` chunks of nearly equal size.

    Where there are more chunks than events, some are empty; the first never is.
    """
    events = len(read_feather(cells, ["event"]))
    return slice(*(-(-events * edge // chunks) for edge in (chunk, chunk + 1)))


def write_efps(table: pa.Table, path: str | Path, metadata: Mapping[str, str]) -> None:
    """Write an EFP table: `event` and observables, with a checksum in its metadata.

    The digits of its values can hardly be compressed: zstd takes twice as long as lz4, and saves 4 % with
    few empty events, 17 % with many.
    """
    table = table.replace_schema_metadata(metadata)
    write_feather(table, path, {"checksum": checksum(table.schema, table.columns)}, ROWS_AT_ONCE, "lz4")


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
    """Yield columns of an EFP table one after another, with at most `COLUMNS_AT_ONCE` of them in memory."""
    for start in range(0, len(names), COLUMNS_AT_ONCE):
        yield from read_feather(path, list(names[start : start + COLUMNS_AT_ONCE])).columns
        # Arrow keeps freed memory for later use; here that would grow to the whole table.
        pa.default_memory_pool().release_unused()
