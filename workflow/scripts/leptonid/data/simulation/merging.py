"""Chunks of simulated events: how they are stored, and how those of a split become one."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import h5py
import numpy as np

from leptonid.errors import InputError
from leptonid.tables.cells import SparseImages, compact, joined
from leptonid.tables.files import atomic_write


def write_chunk(
    path: str | Path, arrays: Mapping[str, np.ndarray], attributes: Mapping[str, str | int]
) -> None:
    """Write the events of one chunk as HDF5, one dataset per group; the bytes depend on the content only."""
    with atomic_write(path) as temporary, h5py.File(temporary, "w", locking=False) as file:
        for name, values in arrays.items():
            file.create_dataset(name, data=values, compression="gzip", shuffle=True, track_times=False)
        file.attrs.update(sorted(attributes.items()))


def read_chunks(
    paths: Sequence[str | Path], events: Mapping[str, Sequence[int]], groups: Sequence[str]
) -> dict[str, dict[str, np.ndarray | SparseImages]]:
    """Return the events of each split, its chunks in the order of their numbers, whatever that of `paths`.

    Images are sparse, so that many of them need not fit into memory.

    Parameters
    ----------
    paths
        The files, each with the attributes `split` and `chunk`, its number there.
    events
        How many events the chunks of each split must hold, by number.
    groups
        The groups to read.

    Raises
    ------
    InputError
        If a file cannot be read, is missing, is given twice or has the wrong number of events.
    """
    chunks: dict[tuple[str, int], dict[str, np.ndarray | SparseImages]] = {}
    expected = {(split, number): count for split, some in events.items() for number, count in enumerate(some)}
    for path in paths:
        try:
            with h5py.File(path, "r", locking=False) as file:
                chunk = (str(file.attrs["split"]), int(file.attrs["chunk"]))
                arrays = {name: compact(file[name][:]) for name in groups}
        except (OSError, KeyError) as error:
            raise InputError(f"{path}: not a chunk as simulate_events.py makes ({error})") from error
        if chunk in chunks or chunk not in expected:
            needed = ", ".join(f"0 to {len(some) - 1} of {split}" for split, some in events.items())
            raise InputError(
                f"{path}: holds chunk {chunk[1]} of {chunk[0]}; each of the chunks {needed} is needed once"
            )
        if len(arrays["y"]) != expected[chunk]:
            raise InputError(f"{path}: {expected[chunk]} events expected, {len(arrays['y'])} found")
        chunks[chunk] = arrays
    missing = [f"{number} of {split}" for split, number in expected if (split, number) not in chunks]
    if missing:
        raise InputError(f"chunks {', '.join(missing)} are missing among {[str(path) for path in paths]}")
    return {
        split: {name: joined([chunks[split, number][name] for number in range(len(some))]) for name in groups}
        for split, some in events.items()
    }


def chunk_numbers(events: Mapping[str, Sequence[int]]) -> dict[str, np.ndarray]:
    """Return the number of the chunk of each event of every split, in the order of `read_chunks`, int32.

    Chunks are counted through all splits, so that no two have one number; `events` is as of `read_chunks`.
    """
    numbers = {}
    first = 0
    for split, some in events.items():
        numbers[split] = np.repeat(np.arange(first, first + len(some), dtype=np.int32), some)
        first += len(some)
    return numbers
