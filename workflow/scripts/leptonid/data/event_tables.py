"""Events in Parquet or Feather: a row per event, a column per number, and lists of the cells of each image.

The images come as `et_cell` (pixel, row by row from 0) and `et_energy`, or as `et_row`, `et_column` and
`et_energy`; or as one list `et` of records with these fields, as awkward writes them.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet

from leptonid.data.opening import unreadable
from leptonid.errors import InputError
from leptonid.study.forms import CELL, COLUMN, ENERGY, FEATHER, FIELDS, PARQUET, ROW, SPLIT, canonical
from leptonid.study.layout import Contents, Grid
from leptonid.study.paths import SPLITS
from leptonid.tables.cells import BATCH


def is_table(path: str | Path) -> bool:
    """Return whether a file is Parquet or Feather, by its first bytes; errors as of `open_file`."""
    try:
        with open(path, "rb") as file:
            return file.read(len(FEATHER)).startswith((PARQUET, FEATHER))
    except OSError as error:
        raise unreadable(path, error) from error


class TableStore:
    """An open table, whose columns are found by the layout's groups.

    `attrs` are texts of its schema. `rows` are those of each split, where there is a column `split`.

    Raises
    ------
    InputError
        If the file is damaged, or a split has no meaning.
    """

    def __init__(self, path: str | Path, contents: Contents):
        self.path, self.contents = path, contents
        with _reading(path):
            self.parquet = pyarrow.parquet.ParquetFile(path) if _is_parquet(path) else None
            self.feather = None if self.parquet else pa.ipc.open_file(pa.memory_map(str(path)))
            self.schema = self.parquet.schema_arrow if self.parquet else self.feather.schema
            self.events = self.parquet.metadata.num_rows if self.parquet else self._feather_rows()
        texts = (self.schema.metadata or {}).items()
        self.attrs = {key.decode(errors="replace"): value for key, value in texts}
        self._found: dict[str, TableDataset | None] = {}
        self.rows = self._rows_by_split() if SPLIT in self.schema.names else None

    def close(self) -> None:
        """Close the file."""
        if self.parquet:
            self.parquet.close()

    def names(self) -> list[str]:
        """Return the groups that the columns hold, and the other columns, sorted."""
        groups = [*self.contents.events.values(), *self.contents.images, *self.contents.stored]
        found = [dataset for name in groups if (dataset := self.look(name))]
        used = {column for dataset in found for column in dataset.columns}
        return sorted({dataset.name for dataset in found} | (set(self.schema.names) - used - {SPLIT}))

    def look(self, path: str) -> "TableDataset | None":
        """Return the columns of a group of the layout, None where one of them is missing."""
        if path not in self._found:
            self._found[path] = self._look(path)
        return self._found[path]

    def target(self, path: str) -> None:
        """Return None: tables have no links."""

    def is_pandas(self, path: str) -> bool:
        """Return False: tables that pandas wrote are read."""
        return False

    def check_filters(self, dataset: object) -> None:
        """Do nothing: pyarrow has all codecs."""

    def batches(self, columns: Sequence[str]) -> Iterator[pa.RecordBatch]:
        """Yield the rows of some columns in bounded batches; raises InputError for a damaged file."""
        with _reading(self.path):
            if self.parquet:
                yield from self.parquet.iter_batches(BATCH, columns=list(columns))
                return
            places = sorted(self.schema.get_field_index(name) for name in columns)
            options = pa.ipc.IpcReadOptions(included_fields=places)
            reader = pa.ipc.open_file(pa.memory_map(str(self.path)), options=options)
            for number in range(reader.num_record_batches):
                batch = reader.get_batch(number)
                batch.validate(full=True)
                yield batch

    def _look(self, name: str) -> "TableDataset | None":
        names = self.schema.names
        if name in self.contents.images:
            grid = self.contents.images[name]
            for fields in FIELDS:
                columns = {field: f"{name}_{field}" for field in fields}
                if set(columns.values()) <= set(names):
                    return ImageDataset(self, name, columns, grid)
                if name in names and set(fields) <= _record_fields(self.schema.field(name).type):
                    return ImageDataset(self, name, dict.fromkeys(fields, name), grid)
            return None
        if name in self.contents.stored:
            own = self.contents.stored[name]
            if set(own) <= set(names):
                return TableDataset(self, name, own, (len(own),))
            is_list = name in names and _is_list(self.schema.field(name).type)
            return TableDataset(self, name, (name,), (len(own),)) if is_list else None
        return TableDataset(self, name, (name,), ()) if name in names else None

    def _feather_rows(self) -> int:
        options = pa.ipc.IpcReadOptions(included_fields=[0])
        reader = pa.ipc.open_file(pa.memory_map(str(self.path)), options=options)
        return sum(reader.get_batch(number).num_rows for number in range(reader.num_record_batches))

    def _rows_by_split(self) -> dict[str, np.ndarray]:
        words = np.array(
            [str(word) for batch in self.batches([SPLIT]) for word in batch.column(0).to_pylist()],
            dtype=object,
        )
        names = {word: canonical(word) for word in set(words)}
        unknown = sorted(word for word, split in names.items() if split not in SPLITS)
        if unknown:
            raise InputError(
                f"{self.path}: column {SPLIT} has {unknown[0]!r}, expected {', '.join(SPLITS)} (or val)"
            )
        rows = {
            split: np.flatnonzero(np.isin(words, [word for word, name in names.items() if name == split]))
            for split in SPLITS
        }
        return {split: own for split, own in rows.items() if len(own)}


class TableDataset:
    """The columns of one group as an array of N events, read front to back.

    Each of `columns` is a variable, or the only one holds them in lists of a fixed length.
    """

    def __init__(self, store: TableStore, name: str, columns: Sequence[str], shape: tuple[int, ...]):
        self.store, self.name, self.columns = store, name, tuple(dict.fromkeys(columns))
        self.shape = (store.events, *shape)
        self._batches: Iterator[pa.RecordBatch] | None = None
        self._held: list[pa.RecordBatch] = []
        self._first = 0

    @property
    def dtype(self) -> np.dtype:
        """Type of the numbers; that of an object for what is none."""
        return np.result_type(*(_number_type(self.store.schema.field(name).type) for name in self.columns))

    def __getitem__(self, rows: slice) -> np.ndarray:
        """Return the values of some rows, (rows, *shape of an event).

        Raises
        ------
        InputError
            If the file is damaged, or a value is missing; the message names column and event.
        """
        start, stop, _ = rows.indices(self.shape[0])
        return self.values(self._read(start, max(start, stop)), start)

    def values(self, table: pa.Table, start: int) -> np.ndarray:
        """Return rows of the table as an array; `start` is the number of the first."""
        size = self.shape[1] if len(self.shape) > 1 else None
        if _is_list(self.store.schema.field(self.columns[0]).type):
            lengths, values = self.lists(table[self.columns[0]], start, self.columns[0])
            if (lengths != size).any():
                event = int(np.argmax(lengths != size))
                raise self.error(
                    self.columns[0], start + event, f"has {lengths[event]} numbers, expected {size}"
                )
            return values.reshape(len(table), size)
        arrays = [self.flat(table[name], start, name) for name in self.columns]
        return arrays[0] if size is None else np.column_stack(arrays)

    def flat(self, column: pa.ChunkedArray, start: int, name: str) -> np.ndarray:
        """Return a column of numbers, (N,)."""
        if column.null_count:
            event = int(np.argmax(column.is_null().to_numpy()))
            raise self.error(name, start + event, "is null")
        return column.to_numpy()

    def lists(self, column: pa.ChunkedArray, start: int, name: str) -> tuple[np.ndarray, np.ndarray]:
        """Return the lengths of lists, (N,), and all of their values."""
        if column.null_count:
            self.flat(column, start, name)
        array = column.combine_chunks() if column.num_chunks != 1 else column.chunk(0)
        lengths = (
            np.full(len(array), array.type.list_size)
            if pa.types.is_fixed_size_list(array.type)
            else array.value_lengths().to_numpy()
        )
        values = array.flatten()
        if values.null_count:
            nulls = values.is_null().to_numpy(zero_copy_only=False)
            event = int(np.searchsorted(np.cumsum(lengths), np.argmax(nulls), side="right"))
            raise self.error(name, start + event, "has a null")
        return lengths, values if pa.types.is_struct(values.type) else values.to_numpy(zero_copy_only=False)

    def error(self, column: str, event: int, problem: str) -> InputError:
        """Return the error of an event of a column."""
        return InputError(f"{self.store.path}: {column}: event {event} {problem}")

    def _read(self, start: int, stop: int) -> pa.Table:
        if self._batches is None or start < self._first:
            self._batches, self._held, self._first = self.store.batches(self.columns), [], 0
        while self._first + sum(map(len, self._held)) < stop:
            while self._held and self._first + len(self._held[0]) <= start:
                self._first += len(self._held.pop(0))
            self._held.append(next(self._batches))
        schema = pa.schema([self.store.schema.field(name) for name in self.columns])
        table = pa.Table.from_batches([batch.select(list(self.columns)) for batch in self._held], schema)
        return table.slice(start - self._first, stop - start)


class ImageDataset(TableDataset):
    """The cells of an image as dense images; what lies in one pixel is summed.

    `fields` are the columns of `FIELDS` by field: lists of numbers, or all the same list of records.
    """

    def __init__(self, store: TableStore, name: str, fields: dict[str, str], grid: Grid):
        super().__init__(store, name, list(fields.values()), grid.shape)
        self.fields, self.grid = fields, grid

    @property
    def dtype(self) -> np.dtype:
        """Type of the energies."""
        kind = self.store.schema.field(self.fields[ENERGY]).type
        if not _is_list(kind):
            return np.dtype(object)
        kind = kind.value_type
        return _number_type(kind.field(ENERGY).type if pa.types.is_struct(kind) else kind)

    def values(self, table: pa.Table, start: int) -> np.ndarray:
        """Return rows of the table as images, (N, rows, columns, 1)."""
        numbers, lengths = {}, None
        for field, column in self.fields.items():
            if not _is_list(table[column].type):
                raise InputError(
                    f"{self.store.path}: {column} holds {table[column].type}, expected lists of numbers"
                )
            own, values = self.lists(table[column], start, column)
            if lengths is not None and (own != lengths).any():
                event = int(np.argmax(own != lengths))
                raise self.error(column, start + event, f"has {own[event]} entries, others {lengths[event]}")
            lengths = own
            numbers[field] = (
                values.field(field).to_numpy(zero_copy_only=False)
                if isinstance(values, pa.StructArray)
                else values
            )
        event = np.repeat(np.arange(len(table)), lengths)
        limits = {CELL: self.grid.pixels, ROW: self.grid.rows, COLUMN: self.grid.columns}
        for field in set(numbers) - {ENERGY}:
            wrong = ~((numbers[field] >= 0) & (numbers[field] < limits[field]) & (numbers[field] % 1 == 0))
            if wrong.any():
                place = int(np.argmax(wrong))
                raise self.error(
                    self.fields[field],
                    start + event[place],
                    f"has {field} {numbers[field][place]}, expected 0 to {limits[field] - 1}",
                )
        cell = numbers[CELL] if CELL in numbers else numbers[ROW] * self.grid.columns + numbers[COLUMN]
        pixels = np.bincount(
            event * self.grid.pixels + cell.astype(np.int64), numbers[ENERGY], len(table) * self.grid.pixels
        )
        return pixels.astype(self.dtype if self.dtype.kind == "f" else np.float64).reshape(
            -1, *self.grid.shape
        )


def _is_parquet(path: str | Path) -> bool:
    with open(path, "rb") as file:
        return file.read(len(PARQUET)) == PARQUET


def _is_list(kind: pa.DataType) -> bool:
    return pa.types.is_list(kind) or pa.types.is_large_list(kind) or pa.types.is_fixed_size_list(kind)


def _record_fields(kind: pa.DataType) -> set[str]:
    """Return the fields of the records in a list, none where it is no such list."""
    if not _is_list(kind) or not pa.types.is_struct(kind.value_type):
        return set()
    return {field.name for field in kind.value_type}


def _number_type(kind: pa.DataType) -> np.dtype:
    kind = kind.value_type if _is_list(kind) else kind
    is_number = pa.types.is_integer(kind) or pa.types.is_floating(kind) or pa.types.is_boolean(kind)
    return np.dtype(kind.to_pandas_dtype() if is_number else object)


@contextmanager
def _reading(path: str | Path) -> Iterator[None]:
    try:
        yield
    except (pa.ArrowException, OSError) as error:
        if isinstance(error, FileNotFoundError):
            raise unreadable(path, error) from error
        raise InputError(
            f"{path}: a truncated or damaged Parquet or Feather file ({error}); make or download it again"
        ) from error
