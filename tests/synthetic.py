"""Random events in the published layout, with classes that differ: fast, and not physics."""

from pathlib import Path

import h5py
import numpy as np

from leptonid.calorimeter import ECAL, HCAL_SPLIT, HCAL_TOWERS
from leptonid.storage import HL, write_events


def synthetic_split(events: int, seed: int) -> dict[str, np.ndarray]:
    """Return the groups of one split; half the events are signal, narrower and with less in the HCal."""
    rng = np.random.default_rng(seed)
    y = rng.permutation(np.arange(events) % 2)
    et = np.zeros((events, ECAL.size, ECAL.size), np.float32)
    towers = np.zeros((events, HCAL_TOWERS, HCAL_TOWERS), np.float32)
    for event, signal in enumerate(y):
        et[event, 15, 15] = 10 + rng.exponential(5)
        cells = rng.poisson(8 if signal else 14)
        row, column = np.clip(np.round(15 + rng.normal(0, 2 if signal else 4, (2, cells))).astype(int), 0, 30)
        np.add.at(et[event], (row, column), 0.5 + rng.exponential(1, cells))
        cells = rng.poisson(1 if signal else 4)
        row, column = rng.integers(0, HCAL_TOWERS, (2, cells))
        np.add.at(towers[event], (row, column), 1 + rng.exponential(1, cells))
    ht = np.kron(towers, np.ones((1, HCAL_SPLIT, HCAL_SPLIT))) / HCAL_SPLIT**2
    return {
        "et": et[..., None],
        "ht": ht[..., None].astype(np.float32),
        "hl": (rng.normal(0, 1, (events, len(HL))) + 0.5 * y[:, None]).astype(np.float32),
        "mass": rng.exponential(5 - 2 * y[:, None]).astype(np.float32),
        "y": y.astype(np.int8),
        "pt": rng.uniform(10, 30, events).astype(np.float32),
        "eta": rng.uniform(-2, 2, events).astype(np.float32),
    }


def synthetic_events(**events: int) -> dict[str, dict[str, np.ndarray]]:
    """Return groups of splits, as `write_events` takes them; the arguments are events per split."""
    splits = {split: synthetic_split(count, seed) for seed, (split, count) in enumerate(events.items())}
    return {
        group: {split: arrays[group] for split, arrays in splits.items()}
        for group in next(iter(splits.values()))
    }


def write_synthetic_events(path: Path, **events: int) -> None:
    """Write synthetic events in the published layout."""
    write_events(path, synthetic_events(**events), {"label": "synthetic test events", "energy_unit": "GeV"})


def edit(path, name, change):
    """Replace one dataset by what `change` makes of its values (None: remove it)."""
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
