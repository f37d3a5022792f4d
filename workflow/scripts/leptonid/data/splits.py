"""The Feather tables of one split: its events, and the non-empty cells of each calorimeter."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path

import numpy as np
import pyarrow as pa

from leptonid.data.event_files import DEFAULT, Sample, open_events
from leptonid.data.flat import computable, flat_variables
from leptonid.data.weights import check_weights
from leptonid.study.layout import CHUNK, KINEMATICS, LABEL, WEIGHT, Contents, Grid
from leptonid.study.sources import Reading, described, files_of
from leptonid.study.weights import REFUSE
from leptonid.tables.cells import SparseImages, cell_batch, cell_schema
from leptonid.tables.feather import write_batches

# Rows of a record batch of a table of events.
ROWS = 65536


def write_event_table(
    source: object,
    split: str,
    contents: Contents,
    output: str | Path,
    negative: str = REFUSE,
    reading: Reading = DEFAULT,
) -> int:
    """Write one row per event of a split of checked files; return the number of events.

    `source` is a file, or a list of files whose events follow one another; `negative` is as for
    `check_weights`, `reading` as for `open_events`.

    Columns: `event` (row in the split), `y` (1 = signal), `weight` (1 where the files have none), `chunk`
    (int64) where the files have it, all variables by name, and `pt`, `eta` where the files have them, all in
    float32 or float64 (`number_type`); computed variables in float64, where the files have the kinematics
    that they need. The metadata hold `split`.

    Raises
    ------
    InputError
        As of `check_weights` and `leptonid.data.flat.flat_variables`.
    """
    contents = replace(contents, images={})
    sources = files_of(source)
    with open_events(sources, contents, [split], reading) as sample:
        check_weights(sample, split, contents, negative)
        schema = _event_schema(sample, split, contents)
        where = f"{described(sources)}: {split}"
        return write_batches(_event_batches(sample, split, contents, schema, where), schema, output)


def write_cell_table(
    source: object,
    split: str,
    grid: Grid,
    output: str | Path,
    events: Mapping[str, str] | None = None,
    reading: Reading = DEFAULT,
) -> tuple[int, int]:
    """Write the non-empty cells of a calorimeter, one row per event of a split of checked files.

    `source` is a file, or a list of files whose events follow one another; `events` the layout's groups of
    one number, whose labels a file without splits is divided by; `reading` is as for `open_events`.

    Columns: `event`, `cell` (list of row-major pixel indices, ascending) and `et` (list, in float32
    or float64), in record batches of bounded size. The metadata hold `split` and `calorimeter`.

    Returns
    -------
    events, cells
        How many there are.
    """
    contents, cells = Contents({grid.name: grid}, {}, dict(events or {})), 0
    with open_events(source, contents, [split], reading) as sample:
        values = sample.values(grid.name, split)
        schema = cell_schema(split, grid, pa.from_numpy_dtype(values.dtype))

        def batches() -> Iterator[pa.RecordBatch]:
            nonlocal cells
            for start, block in values.blocks():
                images = SparseImages.from_dense(block)
                cells += len(images.pixel)
                yield cell_batch(images, start, schema)

        return write_batches(batches(), schema, output), cells


def _event_schema(sample: Sample, split: str, contents: Contents) -> pa.Schema:
    def kind(group: str) -> pa.DataType:
        return pa.from_numpy_dtype(sample.values(group, split).dtype)

    weight, groups = contents.events.get(WEIGHT), sample.groups
    fields = [
        ("event", pa.int64()),
        ("y", pa.int8()),
        ("weight", kind(weight) if weight in groups else pa.float64()),
    ]
    if contents.events.get(CHUNK) in groups:
        fields.append((CHUNK, pa.int64()))
    for group, names in contents.stored.items():
        fields += [(name, kind(group)) for name in names]
    for name in KINEMATICS:
        if contents.events.get(name) in groups:
            fields.append((name, kind(contents.events[name])))
    fields += [(name, pa.float64()) for name in computable(contents, groups)]
    return pa.schema(fields, metadata={"split": split})


def _event_batches(
    sample: Sample, split: str, contents: Contents, schema: pa.Schema, where: str
) -> Iterator[pa.RecordBatch]:
    for start, values in sample.blocks(sample.groups, split, ROWS):
        roles = {role: values[group] for role, group in contents.events.items() if group in values}
        y = roles.pop(LABEL)
        columns = {"event": np.arange(start, start + len(y)), "y": y, "weight": np.ones(len(y)), **roles}
        if CHUNK in columns:
            columns[CHUNK] = columns[CHUNK].astype(np.int64)
        columns |= flat_variables(values, contents, start, where)
        yield pa.record_batch([columns[name] for name in schema.names], schema=schema)
