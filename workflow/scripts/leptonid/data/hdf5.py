"""Writing HDF5 files of events, and what values of any file must be.

Each group holds one dataset per split, `train`, `valid` and `test`, whose first axis is the event.
"""

from collections.abc import Mapping
from pathlib import Path

import h5py
import numpy as np

from leptonid.errors import InputError
from leptonid.tables.cells import BATCH, SparseImages
from leptonid.tables.files import atomic_write
from leptonid.tables.slices import slices


def check_finite(values: np.ndarray, start: int, where: str) -> None:
    """Check that all values are finite; the error names `where` and the event, counted from `start`."""
    finite = np.isfinite(values)
    if not finite.all():
        index = np.argwhere(~finite)[0]
        position = f" at {tuple(map(int, index[1:]))}" if len(index) > 1 else ""
        raise InputError(f"{where}: event {start + index[0]} has {values[tuple(index)]}{position}")


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
