"""Random events in the electrons' layout, and changes of files of events."""

from pathlib import Path

import h5py
import numpy as np

from layouts import ELECTRONS, random_split, write_events_of


def synthetic_split(events: int, seed: int) -> dict[str, np.ndarray]:
    """Return the groups of one split; half of the events are signal."""
    return random_split(ELECTRONS.contents, events, seed)


def write_synthetic_events(path: Path, **events: int) -> None:
    """Write random events; the keyword arguments are events per split."""
    write_events_of(ELECTRONS, path, **events)


def edit(path, name, change):
    """Replace one dataset by what `change` returns for its values (None: remove it)."""
    with h5py.File(path, "r+") as file:
        changed = change(file[name][:])
        del file[name]
        if changed is not None:
            file[name] = changed


def with_value(index, value):
    """Return a change that sets one value."""

    def change(values):
        values[index] = value
        return values

    return change
