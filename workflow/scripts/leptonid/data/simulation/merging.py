"""Chunks of simulated events: how they are stored, and how they become one file in three splits."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import h5py
import numpy as np

from leptonid.errors import InputError
from leptonid.study.chunks import SHARES
from leptonid.study.paths import SPLITS
from leptonid.tables.cells import SparseImages
from leptonid.tables.files import atomic_write


def write_chunk(path: str | Path, arrays: Mapping[str, np.ndarray], attributes: Mapping[str, int]) -> None:
    """Write the events of one chunk as HDF5, one dataset per group; the bytes depend on the content only."""
    with atomic_write(path) as temporary, h5py.File(temporary, "w", locking=False) as file:
        for name, values in arrays.items():
            file.create_dataset(name, data=values, compression="gzip", shuffle=True, track_times=False)
        file.attrs.update(sorted(attributes.items()))


def read_chunks(
    paths: Sequence[str | Path], events: Sequence[int], groups: Sequence[str]
) -> dict[str, np.ndarray | SparseImages]:
    """Return the events of all chunks, in the order of their numbers, whatever the order of `paths`.

    Images are sparse, so that many of them need not fit into memory.

    Parameters
    ----------
    paths
        The files, each with an attribute `chunk`, its number.
    events
        How many events each chunk must hold, by number.
    groups
        The groups to read.

    Raises
    ------
    InputError
        If a file cannot be read, is missing, is given twice or has the wrong number of events.
    """
    chunks: dict[int, dict[str, np.ndarray | SparseImages]] = {}
    for path in paths:
        try:
            with h5py.File(path, "r", locking=False) as file:
                number = int(file.attrs["chunk"])
                arrays = {name: _compact(file[name][:]) for name in groups}
        except (OSError, KeyError) as error:
            raise InputError(f"{path}: not a chunk as simulate_events.py makes ({error})") from error
        if number in chunks or number >= len(events):
            raise InputError(
                f"{path}: holds chunk {number}; each of the chunks 0 to {len(events) - 1} is needed once"
            )
        if len(arrays["y"]) != events[number]:
            raise InputError(f"{path}: {events[number]} events expected, {len(arrays['y'])} found")
        chunks[number] = arrays
    missing = sorted(set(range(len(events))) - set(chunks))
    if missing:
        raise InputError(f"chunks {missing} are missing among {[str(path) for path in paths]}")
    ordered = [chunks[number] for number in sorted(chunks)]
    return {name: _joined([arrays[name] for arrays in ordered]) for name in groups}


def select(values: np.ndarray | SparseImages, events: np.ndarray) -> np.ndarray | SparseImages:
    """Return the values or images of some events."""
    return values.take(events) if isinstance(values, SparseImages) else values[events]


def _compact(values: np.ndarray) -> np.ndarray | SparseImages:
    return SparseImages.from_dense(values) if values.ndim == 4 else values


def _joined(parts: Sequence[np.ndarray | SparseImages]) -> np.ndarray | SparseImages:
    if isinstance(parts[0], SparseImages):
        return SparseImages.concatenate(parts)
    return np.concatenate(parts)


def split(y: np.ndarray, rng: np.random.Generator) -> dict[str, np.ndarray]:
    """Return the events of each split, shuffled: 64 % train, 16 % valid, 20 % test of each class.

    Parameters
    ----------
    y
        Labels, shape (N,); equally many of both classes give balanced splits.
    """
    parts: dict[str, list[np.ndarray]] = {name: [] for name in SPLITS}
    for label in (0, 1):
        events = rng.permutation(np.flatnonzero(y == label))
        for name, share in SHARES.items():
            count = round(share * np.count_nonzero(y == label))
            parts[name].append(events[:count])
            events = events[count:]
        parts["train"].append(events)
    return {name: rng.permutation(np.concatenate(events)) for name, events in parts.items()}
