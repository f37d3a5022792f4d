"""Made-up events, networks and tables for the tests of trainings."""

from dataclasses import replace
from functools import cache

import numpy as np

from layouts import PHOTONS, random_split
from leptonid.data.splits import write_cell_table, write_event_table
from leptonid.event_options import Tables
from leptonid.study.paths import SPLITS
from leptonid.tables.cells import SparseImages
from leptonid.tables.reader import Events

DENSE = {
    "kind": "dense", "dense": 2, "units": 8, "dropout": 0.1, "image_pixels": "file", "image_scaling": "log",
    "initialisation": "glorot_uniform",
}  # fmt: skip
CNN = {**DENSE, "kind": "cnn", "blocks": 1, "filters": 2}
SETS = {kind: {**DENSE, "kind": kind, "phi_dense": 2, "phi_units": 8} for kind in ("pfn", "efn")}
TRAINING = {
    "epochs": 3, "batch": 32, "patience": 3, "learning_rate": 0.01, "learning_rate_factor": 0.3,
    "learning_rate_patience": 1, "weights": True, "negative_weights": "refuse", "seed": 0,
    "scaling": "standard",
}  # fmt: skip


def events_of(y, flat=None, weight=None, split="train", **images) -> Events:
    """Return events with flat variables (N, F), and dense images (N, rows, columns, 1) by name."""
    count = len(y)
    return Events(
        np.arange(count),
        np.full(count, split),
        np.asarray(y),
        np.ones(count) if weight is None else weight,
        {name: SparseImages.from_dense(values) for name, values in images.items()},
        flat,
    )


def flat_events(count, seed, shift=1.5) -> Events:
    """Return events of two overlapping classes, shifted in both variables."""
    rng = np.random.default_rng(seed)
    y = rng.integers(0, 2, count)
    return events_of(y, rng.normal(0, 1, (count, 2)) + shift * y[:, None])


@cache
def photons(count, seed) -> Events:
    """Return events with a rectangular image, `tower`, and three variables."""
    groups = random_split(PHOTONS.contents, count, seed)
    events = events_of(groups["is_photon"], groups["shape"].astype(float), tower=groups["tower"])
    return replace(events, grids=PHOTONS.contents.images)


def write_tables(source, layout, folder) -> Tables:
    """Write the tables of events and cells of an HDF5 file."""
    events = [folder / f"{split}.feather" for split in SPLITS]
    cells = []
    for split, path in zip(SPLITS, events, strict=True):
        write_event_table(source, split, layout.contents, path)
        for grid in layout.grids.values():
            cells.append(folder / f"{grid.calorimeter}_{split}.feather")
            write_cell_table(source, split, grid, cells[-1])
    return Tables(events, cells)


def table_options(tables: Tables) -> list[str]:
    """Return tables as options of a program."""
    options = ["--events", *tables.events, "--cells", *tables.cells, "--efps", *tables.efps]
    return list(map(str, [*options, *(["--unique", tables.unique] if tables.unique else [])]))
