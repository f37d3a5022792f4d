"""HDF5 files of events in any layout: opening, checks of their structure, reading in blocks, and writing.

Each group holds one dataset per split, `train`, `valid` and `test`, whose first axis is the event.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from pathlib import Path

import h5py
import numpy as np

from leptonid.errors import InputError
from leptonid.study.layout import LABEL, Contents
from leptonid.study.paths import SPLITS
from leptonid.tables.cells import BATCH
from leptonid.tables.files import atomic_write

# A block of events has at most this many bytes of one group, and at most BATCH events.
BLOCK_BYTES = 64_000_000

# First bytes of archives that must be unpacked first; a tar archive has its mark further on.
ARCHIVES = {
    b"PK": "zip",
    b"\x1f\x8b": "gzip",
    b"BZh": "bzip2",
    b"\xfd7zXZ": "xz",
    b"(\xb5/\xfd": "zstd",
    b"7z\xbc\xaf": "7z",
}
TAR = slice(257, 262)


def group_shapes(contents: Contents) -> dict[str, tuple[int, ...]]:
    """Return the shape of one event in each group of a layout, those that a file may lack included."""
    return {
        **dict.fromkeys(contents.events.values(), ()),
        **{name: grid.shape for name, grid in contents.images.items()},
        **{name: (len(variables),) for name, variables in contents.variables.items()},
    }


def optional_groups(contents: Contents) -> list[str]:
    """Return the groups of a layout that a file may lack: weights and kinematics."""
    return [group for role, group in contents.events.items() if role != LABEL]


def groups_in(file: h5py.File, contents: Contents) -> list[str]:
    """Return the groups of a layout without the optional ones that a file lacks."""
    optional = optional_groups(contents)
    return [name for name in group_shapes(contents) if name not in optional or name in file]


def open_file(path: str | Path) -> h5py.File:
    """Open an HDF5 file for reading.

    Raises
    ------
    InputError
        If it is missing, is an archive or cannot be read.
    """
    if not Path(path).is_file():
        raise InputError(f"{path}: no such file; expected events in HDF5 (data.path in the config)")
    try:
        return h5py.File(path, "r")
    except OSError as error:
        archive = _archive(path)
        if archive:
            raise InputError(
                f"{path}: a {archive} archive, expected HDF5; unpack it, and give the file that was inside "
                "(data.path in the config)"
            ) from error
        raise InputError(f"{path}: not a readable HDF5 file, or a truncated one ({error})") from error


def open_events(path: str | Path, contents: Contents) -> h5py.File:
    """Open an HDF5 file for reading after a check that all values of a layout's groups lie in this file.

    Raises
    ------
    InputError
        As `open_file`, and if a group or dataset of the layout is a link or stores its values in other files.
    """
    file = open_file(path)
    try:
        for name in group_shapes(contents):
            _check_inside(file, name, path)
    except InputError:
        file.close()
        raise
    return file


def block_size(datasets: Collection[h5py.Dataset], limit: int = BATCH) -> int:
    """Return how many events of datasets are read at a time: `limit`, or as many as `BLOCK_BYTES` hold."""
    largest = max(dataset.dtype.itemsize * int(np.prod(dataset.shape[1:])) for dataset in datasets)
    return max(1, min(limit, BLOCK_BYTES // max(largest, 1)))


def blocks(
    dataset: h5py.Dataset, path: str | Path, size: int | None = None
) -> Iterator[tuple[int, np.ndarray]]:
    """Yield (first event, values) for successive blocks of events of a dataset, in native byte order.

    Raises
    ------
    InputError
        If a block cannot be read, as in a truncated file.
    """
    size = size or block_size([dataset])
    native = dataset.dtype.newbyteorder("=")
    for start in range(0, len(dataset), size):
        try:
            values = dataset[start : start + size]
        except OSError as error:
            stop = min(start + size, len(dataset)) - 1
            raise InputError(
                f"{path}: {dataset.name[1:]}: events {start} to {stop} cannot be read ({error})"
            ) from error
        yield start, values.astype(native, copy=False)


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
        if not isinstance(dataset, h5py.Dataset):
            found = ", ".join(sorted(file[name])) or "nothing"
            raise InputError(f"{path}: {name}/{split} is missing (group '{name}' has: {found})")
        if dataset.shape is None or dataset.ndim == 0 or dataset.shape[1:] != shape:
            expected = ", ".join(["N", *map(str, shape)]) + ("," if not shape else "")
            raise InputError(f"{path}: {name}/{split} has shape {dataset.shape}, expected ({expected})")
        if dataset.dtype.kind not in ("biuf" if is_label else "f"):
            expected = "numbers 0 and 1" if is_label else "floating-point numbers"
            raise InputError(f"{path}: {name}/{split} has dtype {dataset.dtype}, expected {expected}")


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


def text_attribute(file: h5py.File, name: str) -> str | None:
    """Return an attribute of a file as text, None where the file lacks it; HDF5 has two kinds of text."""
    value = file.attrs.get(name)
    if value is None:
        return None
    return value.decode() if isinstance(value, bytes) else str(value)


def write_events(
    path: str | Path,
    groups: Mapping[str, Mapping[str, np.ndarray]],
    attributes: Mapping[str, str | int | float],
) -> None:
    """Write an HDF5 file of events: one group per image, set of variables or number, a dataset per split.

    The bytes depend on the content only (no time stamps), so equal events make equal files.
    """
    with atomic_write(path) as temporary, h5py.File(temporary, "w", track_order=False) as file:
        for name, splits in sorted(groups.items()):
            for split, values in splits.items():
                chunks = (min(len(values), 1024), *values.shape[1:]) if len(values) else None
                file.create_dataset(
                    f"{name}/{split}",
                    data=values,
                    chunks=chunks,
                    compression="gzip" if chunks else None,
                    compression_opts=9 if chunks else None,
                    shuffle=bool(chunks),
                    track_times=False,
                )
        for key, value in sorted(attributes.items()):
            file.attrs[key] = value


def _archive(path: str | Path) -> str | None:
    """Return the kind of archive that a file is by its first bytes, or None."""
    with open(path, "rb") as file:
        head = file.read(TAR.stop)
    if head[TAR] == b"ustar":
        return "tar"
    return next((kind for mark, kind in ARCHIVES.items() if head.startswith(mark)), None)


def _check_inside(parent: h5py.Group, name: str, path: str | Path) -> None:
    """Refuse a group or dataset that is a link or stores its values in other files.

    Otherwise a file of unknown origin could make the workflow read any file of this machine and pass its
    content on. Links are inspected, never followed.
    """
    key = f"{parent.name.strip('/')}/{name}".strip("/")
    problem = None
    match parent.get(name, getlink=True):
        case None:
            return
        case h5py.ExternalLink() as link:
            problem = f"is a link to {link.path} in the file {link.filename}"
        case h5py.SoftLink() as link:
            problem = f"is a link to {link.path}"
        case _:
            found = parent[name]
            if isinstance(found, h5py.Dataset) and found.is_virtual:
                problem = "is a virtual dataset, whose values lie elsewhere"
            elif isinstance(found, h5py.Dataset) and found.external:
                problem = f"has its values in the file {found.external[0][0]}"
            elif isinstance(found, h5py.Group):
                for split in SPLITS:
                    _check_inside(found, split, path)
    if problem:
        raise InputError(
            f"{path}: '{key}' {problem}; expected the values in this file itself: copy them into one file, "
            "without links"
        )
