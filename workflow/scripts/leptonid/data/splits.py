"""The Feather tables of one split: its events, and the non-empty cells of each calorimeter."""

from collections.abc import Iterator
from pathlib import Path

import h5py
import numpy as np
import pyarrow as pa

from leptonid.data.hdf5 import blocks, blocks_of_groups, groups_in, labels_of, number_type
from leptonid.data.opening import open_events
from leptonid.data.weights import check_weights
from leptonid.study.layout import KINEMATICS, LABEL, WEIGHT, Contents, Grid
from leptonid.tables.cells import SparseImages, cell_batch, cell_schema
from leptonid.tables.feather import write_batches

# Rows of a record batch of a table of events.
ROWS = 65536


def write_event_table(source: str | Path, split: str, contents: Contents, output: str | Path) -> int:
    """Write one row per event of a split of a checked HDF5 file; return the number of events.

    Columns: `event` (row in the split), `y` (1 = signal), `weight` (1 where the file has none), all variables
    by name, and `pt`, `eta` where the file has them, all in float32 or float64 (`number_type`). The metadata
    hold `split`.

    Raises
    ------
    InputError
        As of `check_weights`.
    """
    contents = Contents({}, contents.variables, contents.events)
    with open_events(source, contents) as file:
        check_weights(file, split, contents, source)
        schema = _event_schema(file, split, contents)
        return write_batches(_event_batches(file, split, contents, schema, source), schema, output)


def write_cell_table(source: str | Path, split: str, grid: Grid, output: str | Path) -> tuple[int, int]:
    """Write the non-empty cells of a calorimeter, one row per event of a split of a checked HDF5 file.

    Columns: `event`, `cell` (list of row-major pixel indices, ascending) and `et` (list, in float32
    or float64), in record batches of bounded size. The metadata hold `split` and `calorimeter`.

    Returns
    -------
    events, cells
        How many there are.
    """
    cells = 0
    with open_events(source, Contents({grid.name: grid}, {}, {})) as file:
        dataset = file[grid.name][split]
        schema = cell_schema(split, grid, _arrow_type(dataset))

        def batches() -> Iterator[pa.RecordBatch]:
            nonlocal cells
            for start, values in blocks(dataset, source):
                images = SparseImages.from_dense(values)
                cells += len(images.pixel)
                yield cell_batch(images, start, schema)

        events = write_batches(batches(), schema, output)
    return events, cells


def _event_schema(file: h5py.File, split: str, contents: Contents) -> pa.Schema:
    weight = contents.events.get(WEIGHT)
    fields = [
        ("event", pa.int64()),
        ("y", pa.int8()),
        ("weight", _arrow_type(file[weight][split]) if weight in _groups(file) else pa.float64()),
    ]
    for group, names in contents.variables.items():
        fields += [(name, _arrow_type(file[group][split])) for name in names]
    for name in KINEMATICS:
        if contents.events.get(name) in _groups(file):
            fields.append((name, _arrow_type(file[contents.events[name]][split])))
    return pa.schema(fields, metadata={"split": split})


def _event_batches(
    file: h5py.File, split: str, contents: Contents, schema: pa.Schema, source: str | Path
) -> Iterator[pa.RecordBatch]:
    roles = {role: group for role, group in contents.events.items() if group in _groups(file)}
    label = roles.pop(LABEL)
    for start, values in blocks_of_groups(file, groups_in(file, contents), split, source, ROWS):
        y = labels_of(values[label], start, f"{source}: {label}/{split}")
        columns = {"event": np.arange(start, start + len(y)), "y": y, "weight": np.ones(len(y))}
        for group, names in contents.variables.items():
            columns |= {name: values[group][:, place] for place, name in enumerate(names)}
        columns |= {role: values[group] for role, group in roles.items()}
        yield pa.record_batch([columns[name] for name in schema.names], schema=schema)


def _groups(file: h5py.File) -> set[str]:
    return set(file)


def _arrow_type(dataset: h5py.Dataset) -> pa.DataType:
    return pa.from_numpy_dtype(number_type(dataset.dtype))
