"""HDF5 files of events in any layout: checks of their structure, reading in blocks, and writing.

Each group holds one dataset per split, `train`, `valid` and `test`, whose first axis is the event.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from pathlib import Path

import h5py
import numpy as np

from leptonid.data.opening import check_filters
from leptonid.errors import InputError
from leptonid.study.layout import LABEL, Contents
from leptonid.study.paths import SPLITS
from leptonid.tables.cells import BATCH, SparseImages
from leptonid.tables.files import atomic_write
from leptonid.tables.slices import slices

# A block of events has at most this many bytes of one group, and at most BATCH events.
BLOCK_BYTES = 64_000_000

# Attributes by which pandas and PyTables mark their groups.
TABLES = {"pandas_type", "CLASS", "PYTABLES_FORMAT_VERSION"}


def group_shapes(contents: Contents) -> dict[str, tuple[int, ...]]:
    """Return the shape of one event in each group of a layout, those that a file may lack included."""
    return {
        **dict.fromkeys(contents.events.values(), ()),
        **{name: grid.shape for name, grid in contents.images.items()},
        **{name: (len(variables),) for name, variables in contents.stored.items()},
    }


def optional_groups(contents: Contents) -> list[str]:
    """Return the groups of a layout that a file may lack: weights and kinematics."""
    return [group for role, group in contents.events.items() if role != LABEL]


def groups_in(file: h5py.File, contents: Contents) -> list[str]:
    """Return the groups of a layout without the optional ones that a file lacks."""
    optional = optional_groups(contents)
    return [name for name in group_shapes(contents) if name not in optional or name in file]


def number_type(dtype: np.dtype) -> np.dtype | None:
    """Return the type that numbers of a file are read as, None for what is no number.

    float32 or float64, whichever holds the numbers of the file: HDF5 also has other byte orders and
    precisions, and integers, which tables and networks do not know.
    """
    if dtype.kind not in "fiu":
        return None
    largest = 4 if dtype.kind == "f" else 2
    return np.dtype(np.float32 if dtype.itemsize <= largest else np.float64)


def block_size(datasets: Collection[h5py.Dataset], limit: int = BATCH) -> int:
    """Return how many events of datasets are read at a time: `limit`, or as many as `BLOCK_BYTES` hold."""
    largest = max(dataset.dtype.itemsize * int(np.prod(dataset.shape[1:])) for dataset in datasets)
    return max(1, min(limit, BLOCK_BYTES // max(largest, 1)))


def blocks(
    dataset: h5py.Dataset, path: str | Path, size: int | None = None
) -> Iterator[tuple[int, np.ndarray]]:
    """Yield (first event, values) for successive blocks of events of a dataset, as `number_type`.

    Raises
    ------
    InputError
        If a block cannot be read, as in a truncated file.
    """
    size = size or block_size([dataset])
    dtype = number_type(dataset.dtype) or dataset.dtype
    for start in range(0, len(dataset), size):
        try:
            values = dataset[start : start + size]
        except OSError as error:
            stop = min(start + size, len(dataset)) - 1
            raise InputError(
                f"{path}: {dataset.name[1:]}: events {start} to {stop} cannot be read ({error})"
            ) from error
        # What is too large for the type becomes infinite, and is refused as such.
        with np.errstate(over="ignore"):
            values = values.astype(dtype, copy=False)
        yield start, values


def blocks_of_groups(
    file: h5py.File, names: Sequence[str], split: str, path: str | Path, limit: int = BATCH
) -> Iterator[tuple[int, dict[str, np.ndarray]]]:
    """Yield (first event, values by group) for successive blocks of events; errors as of `blocks`.

    The groups must be of equal length, see `check_lengths`.
    """
    datasets = [file[name][split] for name in names]
    size = block_size(datasets, limit)
    for parts in zip(*(blocks(dataset, path, size) for dataset in datasets), strict=True):
        yield parts[0][0], {name: values for name, (_, values) in zip(names, parts, strict=True)}


def check_group(
    file: h5py.File, name: str, contents: Contents, path: str | Path, splits: Collection[str] = SPLITS
) -> None:
    """Check that a group has the datasets of these splits, with the layout's shape and a suitable type.

    Raises
    ------
    InputError
        Naming the file, the group and the split.
    """
    shape, is_label = group_shapes(contents)[name], name == contents.events.get(LABEL)
    if name not in file:
        found = ", ".join(sorted(file)) or "nothing"
        raise InputError(f"{path}: group '{name}' is missing (found: {found})")
    if not isinstance(file[name], h5py.Group):
        raise InputError(f"{path}: '{name}' is a dataset, expected a group with {', '.join(SPLITS)}")
    for split in splits:
        dataset = file[name].get(split)
        if isinstance(dataset, h5py.Group):
            writer = " of pandas or PyTables" if dataset.attrs.keys() & TABLES else ""
            raise InputError(
                f"{path}: {name}/{split} is a group{writer}, expected a dataset of numbers; write arrays, "
                "such as h5py.File(path, 'w')['hl/train'] = frame.to_numpy()"
            )
        if dataset is None:
            found = ", ".join(sorted(file[name])) or "nothing"
            raise InputError(f"{path}: {name}/{split} is missing (group '{name}' has: {found})")
        if dataset.shape is None or dataset.ndim == 0 or dataset.shape[1:] != shape:
            expected = ", ".join(["N", *map(str, shape)]) + ("," if not shape else "")
            raise InputError(f"{path}: {name}/{split} has shape {dataset.shape}, expected ({expected})")
        if number_type(dataset.dtype) is None and not (is_label and dataset.dtype.kind == "b"):
            expected = "numbers 0 and 1" if is_label else "numbers"
            raise InputError(f"{path}: {name}/{split} has dtype {dataset.dtype}, expected {expected}")
        check_filters(dataset, path)


def check_lengths(file: h5py.File, groups: Sequence[str], split: str, path: str | Path) -> None:
    """Check that groups have as many events as the first of them."""
    expected = len(file[groups[0]][split])
    for name in groups:
        length = len(file[name][split])
        if length != expected:
            raise InputError(
                f"{path}: {name}/{split} has {length} events, {groups[0]}/{split} has {expected}"
            )


def check_finite(values: np.ndarray, start: int, where: str) -> None:
    """Check that all values are finite; the error names `where` and the event, counted from `start`."""
    finite = np.isfinite(values)
    if not finite.all():
        index = np.argwhere(~finite)[0]
        position = f" at {tuple(map(int, index[1:]))}" if len(index) > 1 else ""
        raise InputError(f"{where}: event {start + index[0]} has {values[tuple(index)]}{position}")


def read_labels(dataset: h5py.Dataset, path: str | Path) -> np.ndarray:
    """Return the labels of a split, (N,) int8.

    Raises
    ------
    InputError
        If one is not 0 or 1; the message names the event.
    """
    parts = [
        labels_of(values, start, f"{path}: {dataset.name[1:]}") for start, values in blocks(dataset, path)
    ]
    return np.concatenate([np.empty(0, np.int8), *parts])


def labels_of(values: np.ndarray, start: int, where: str) -> np.ndarray:
    """Return values of a group of labels as int8; errors as of `read_labels`."""
    wrong = (values != 0) & (values != 1)
    if wrong.any():
        event = int(np.argmax(wrong))
        raise InputError(
            f"{where}: event {start + event} has label {values[event]:g}, expected 0 (background) "
            "or 1 (signal)"
        )
    return values.astype(np.int8)


def write_events(
    path: str | Path,
    groups: Mapping[str, Mapping[str, np.ndarray | SparseImages]],
    attributes: Mapping[str, str | int | float],
    compression: int = 9,
) -> None:
    """Write an HDF5 file of events: one group per image, set of variables or number, a dataset per split.

    The bytes depend on the content only (no time stamps), so equal events make equal files. Sparse images
    become dense a batch at a time. `compression` is gzip's level: 4 takes a sixteenth of the time of 9 for
    images 16 % larger.
    """
    with atomic_write(path) as temporary, h5py.File(temporary, "w", locking=False, track_order=False) as file:
        for name, splits in sorted(groups.items()):
            for split, values in splits.items():
                shape, dtype = values.shape, getattr(values, "dtype", np.float32)
                if isinstance(values, SparseImages):
                    shape = (len(values), *shape)
                chunks = (min(len(values), 1024), *shape[1:]) if len(values) else None
                dataset = file.create_dataset(
                    f"{name}/{split}",
                    shape=shape,
                    dtype=dtype,
                    chunks=chunks,
                    compression="gzip" if chunks else None,
                    compression_opts=compression if chunks else None,
                    shuffle=bool(chunks),
                    track_times=False,
                )
                for rows in slices(len(values), BATCH):
                    dataset[rows] = values.dense(rows) if isinstance(values, SparseImages) else values[rows]
        for key, value in sorted(attributes.items()):
            file.attrs[key] = value
