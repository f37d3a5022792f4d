"""Layouts for tests, and random events in any layout: fast, and not physics."""

from pathlib import Path

import h5py
import numpy as np

from leptonid.study.layout import Contents, Layout
from leptonid.study.layout_file import parse_layout, read_layout

ROOT = Path(__file__).parents[1]
ELECTRONS = read_layout(ROOT / "config/layouts/electrons.yaml")
MUONS = read_layout(ROOT / "config/layouts/muons.yaml")

# Unlike the electrons' in all that a layout can differ in.
PHOTONS_YAML = {
    "images": {
        "tower": {
            "calorimeter": "barrel",
            "title": "Barrel",
            "rows": 20,
            "columns": 24,
            "cell": {"eta": 0.05, "phi": "pi / 64"},
            "pixels_per_cell": 2,
            "orientation": {"rows": "eta", "columns": "-phi"},
        }
    },
    "variables": {
        "shape": {
            "title": "3 shapes",
            "variables": {
                "width": {"title": "$w$"},
                "length": {"title": "length", "unit": "cells"},
                "height": {"unit": "energy", "range": [-3, 3], "bins": 12},
            },
        }
    },
    "classes": {
        "signal": {"title": "photons", "short": "phot."},
        "background": {"title": "pions", "short": "pi"},
    },
    "events": {"label": "is_photon"},
}
PHOTONS = parse_layout(PHOTONS_YAML, "photons", "photons.yaml")

# Three images of different shapes, nine variables, pT but no eta.
JETS_YAML = {
    "images": {
        name: {
            "calorimeter": f"layer{number}",
            "title": f"Layer {number}",
            "rows": rows,
            "columns": columns,
            "cell": {"eta": 0.1, "phi": 0.1},
        }
        for number, (name, rows, columns) in enumerate(
            (("front", 8, 8), ("middle", 12, 6), ("back", 5, 7)), 1
        )
    },
    "variables": {
        "moments": {"title": "9 moments", "variables": {f"moment_{number}": {} for number in range(9)}}
    },
    "classes": {"signal": {"title": "quark jets"}, "background": {"title": "gluon jets"}},
    "events": {"label": "y", "pt": "pt"},
}
JETS = parse_layout(JETS_YAML, "jets", "jets.yaml")


def random_split(contents: Contents, events: int, seed: int) -> dict[str, np.ndarray]:
    """Return the groups of one split; half of the events are signal, with narrower images."""
    rng = np.random.default_rng(seed)
    y = rng.permutation(np.arange(events) % 2)
    groups = {contents.events["label"]: y.astype(np.int8)}
    for name, grid in contents.images.items():
        cells = np.zeros((events, grid.cell_rows, grid.cell_columns), np.float32)
        middle = np.array([[grid.cell_rows // 2], [grid.cell_columns // 2]])
        for event, signal in enumerate(y):
            count = 1 + rng.poisson(6 if signal else 12)
            spread = np.array([[grid.cell_rows], [grid.cell_columns]]) / (12 if signal else 6)
            place = np.round(middle + spread * rng.normal(size=(2, count))).astype(int)
            row, column = np.clip(place, 0, [[grid.cell_rows - 1], [grid.cell_columns - 1]])
            np.add.at(cells[event], (row, column), 0.5 + rng.exponential(1, count))
        side = grid.pixels_per_cell
        pixels = np.kron(cells, np.ones((1, side, side), np.float32)) / np.float32(side**2)
        groups[name] = pixels[..., None]
    for name, variables in contents.stored.items():
        values = rng.normal(0, 1, (events, len(variables))) + 0.5 * y[:, None]
        groups[name] = values.astype(np.float32)
    if "pt" in contents.events:
        groups[contents.events["pt"]] = rng.uniform(10, 30, events).astype(np.float32)
    if "eta" in contents.events:
        groups[contents.events["eta"]] = rng.uniform(-2, 2, events).astype(np.float32)
    return groups


def write_events_of(layout: Layout, path: Path, attributes: dict | None = None, **events: int) -> None:
    """Write random events in a layout as HDF5; the keyword arguments are events per split."""
    splits = {
        split: random_split(layout.contents, count, seed)
        for seed, (split, count) in enumerate(events.items())
    }
    with h5py.File(path, "w") as file:
        for split, groups in splits.items():
            for group, values in groups.items():
                file[f"{group}/{split}"] = values
        file.attrs.update(
            {"label": "random test events", "energy_unit": "GeV"} if attributes is None else attributes
        )
