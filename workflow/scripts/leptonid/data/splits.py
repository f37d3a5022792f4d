"""The Feather tables of one split: its events, and the non-empty cells of each calorimeter."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import h5py
import numpy as np
import pyarrow as pa

from leptonid.data.flat import computable, flat_variables
from leptonid.data.hdf5 import blocks, blocks_of_groups, groups_in, labels_of, number_type
from leptonid.data.opening import open_events
from leptonid.data.weights import check_weights
from leptonid.study.layout import CHUNK, KINEMATICS, LABEL, WEIGHT, Contents, Grid
from leptonid.study.sources import files_of
from leptonid.study.weights import REFUSE
from leptonid.tables.cells import SparseImages, cell_batch, cell_schema
from leptonid.tables.feather import write_batches

WIDE = pa.float64()

# Rows of a record batch of a table of events.
ROWS = 65536


def write_event_table(
    source: object, split: str, contents: Contents, output: str | Path, negative: str = REFUSE
) -> int:
    """Write one row per event of a split of checked HDF5 files; return the number of events.

    `source` is a file, or a list of files whose events follow one another; `negative` is as for
    `check_weights`.

    Columns: `event` (row in the split), `y` (1 = signal), `weight` (1 where the file has none), `chunk`
    (int64) where the file has it, all variables by name, and `pt`, `eta` where the file has them, all in
    float32 or float64 (`number_type`); computed variables in float64, where the file has the kinematics that
    they need. The metadata hold `split`.

    Raises
    ------
    InputError
        As of `check_weights` and `leptonid.data.flat.flat_variables`.
    """
    contents = replace(contents, images={})
    sources = files_of(source)
    check_weights(sources, split, contents, negative)
    schema = _joined([_event_schema(source, split, contents) for source in sources])

    def batches() -> Iterator[pa.RecordBatch]:
        before = 0
        for source in sources:
            with open_events(source, contents, [split]) as file:
                yield from _event_batches(file, split, contents, schema, source, before)
                before += len(file[contents.events[LABEL]][split])

    return write_batches(batches(), schema, output)


def write_cell_table(source: object, split: str, grid: Grid, output: str | Path) -> tuple[int, int]:
    """Write the non-empty cells of a calorimeter, one row per event of a split of checked HDF5 files.

    `source` is a file, or a list of files whose events follow one another.

    Columns: `event`, `cell` (list of row-major pixel indices, ascending) and `et` (list, in float32
    or float64), in record batches of bounded size. The metadata hold `split` and `calorimeter`.

    Returns
    -------
    events, cells
        How many there are.
    """
    sources, contents, cells = files_of(source), Contents({grid.name: grid}, {}, {}), 0
    types = []
    for source in sources:
        with open_events(source, contents, [split]) as file:
            types.append(cell_schema(split, grid, _arrow_type(file[grid.name][split])))
    schema = _joined(types)
    kind = schema.field("et").type.value_type.to_pandas_dtype()

    def batches() -> Iterator[pa.RecordBatch]:
        nonlocal cells
        before = 0
        for source in sources:
            with open_events(source, contents, [split]) as file:
                dataset = file[grid.name][split]
                for start, values in blocks(dataset, source):
                    images = SparseImages.from_dense(values.astype(kind, copy=False))
                    cells += len(images.pixel)
                    yield cell_batch(images, before + start, schema)
                before += len(dataset)

    events = write_batches(batches(), schema, output)
    return events, cells


def _joined(schemas: Sequence[pa.Schema]) -> pa.Schema:
    """Return the schema of files that follow one another: float64 where one of them has float64."""
    return pa.schema(
        [
            max(fields, key=lambda field: field.type == WIDE or field.type == pa.list_(WIDE))
            for fields in zip(*schemas, strict=True)
        ],
        metadata=schemas[0].metadata,
    )


def _event_schema(source: str | Path, split: str, contents: Contents) -> pa.Schema:
    with open_events(source, contents, [split]) as file:
        weight = contents.events.get(WEIGHT)
        fields = [
            ("event", pa.int64()),
            ("y", pa.int8()),
            ("weight", _arrow_type(file[weight][split]) if weight in _groups(file) else pa.float64()),
        ]
        if contents.events.get(CHUNK) in _groups(file):
            fields.append((CHUNK, pa.int64()))
        for group, names in contents.stored.items():
            fields += [(name, _arrow_type(file[group][split])) for name in names]
        for name in KINEMATICS:
            if contents.events.get(name) in _groups(file):
                fields.append((name, _arrow_type(file[contents.events[name]][split])))
        fields += [(name, WIDE) for name in computable(contents, _groups(file))]
    return pa.schema(fields, metadata={"split": split})


def _event_batches(
    file: h5py.File, split: str, contents: Contents, schema: pa.Schema, source: str | Path, before: int
) -> Iterator[pa.RecordBatch]:
    """Yield the events of one file, counted from `before`."""
    roles = {role: group for role, group in contents.events.items() if group in _groups(file)}
    label = roles.pop(LABEL)
    for start, values in blocks_of_groups(file, groups_in(file, contents), split, source, ROWS):
        y = labels_of(values[label], start, f"{source}: {label}/{split}")
        columns = {"event": before + np.arange(start, start + len(y)), "y": y, "weight": np.ones(len(y))}
        columns |= {role: values[group] for role, group in roles.items()}
        if CHUNK in columns:
            columns[CHUNK] = columns[CHUNK].astype(np.int64)
        columns |= flat_variables(values, contents, before + start, f"{source}: {split}")
        yield pa.record_batch([columns[name] for name in schema.names], schema=schema)


def _groups(file: h5py.File) -> set[str]:
    return set(file)


def _arrow_type(dataset: h5py.Dataset) -> pa.DataType:
    return pa.from_numpy_dtype(number_type(dataset.dtype))
