"""ROOT files as Delphes writes them, made up: a few electrons in towers, written by uproot.

uproot cannot write Delphes' own classes: towers have a branch `Edges` in place of `Edges[4]`, and references
to particles are whole numbers.
"""

import math
from dataclasses import dataclass, field
from pathlib import Path

import awkward as ak
import numpy as np
import uproot

# Cell sizes in eta and phi, written down apart from the library.
ECAL = (0.025, np.pi / 126)
HCAL = (0.1, np.pi / 31)

COLUMNS = {
    "Electron": ("PT", "Eta", "Phi", "Charge", "Particle"),
    "Track": ("PT", "Eta", "Phi", "Charge", "EtaOuter", "PhiOuter", "Particle"),
    "Tower": ("E", "ET", "Eta", "Phi", "Eem", "Ehad"),
}
WHOLE = {"Charge": np.int32, "Particle": np.uint32}


@dataclass
class Event:
    """One event: rows of electrons, tracks and towers as in `COLUMNS`; a tower's row ends with its edges."""

    electrons: list[tuple] = field(default_factory=list)
    tracks: list[tuple] = field(default_factory=list)
    ecal: list[tuple] = field(default_factory=list)
    hcal: list[tuple] = field(default_factory=list)
    weight: float = 1.0


def edges(eta: int, phi: int, step: tuple[float, float]) -> tuple[float, float, float, float]:
    """Return the edges of the cell whose lower corner is so many steps from eta = 0 and phi = 0."""
    return (eta * step[0], (eta + 1) * step[0], phi * step[1], (phi + 1) * step[1])


def tower(box: tuple[float, float, float, float], eem: float = 0.0, ehad: float = 0.0) -> tuple:
    """Return the row of a tower; what is smeared or not to be used in it is far off."""
    return (999.0, 999.0, 7.0, 7.0, eem, ehad, *box)


def electron(pt: float, eta: float, phi: float, impact: tuple[float, float] | None = None) -> Event:
    """Return an event with an electron and its track, which meets the calorimeter at `impact`."""
    event = Event([(pt, eta, phi, -1, 5)])
    if impact:
        event.tracks.append((pt * 1.01, eta + 0.001, phi, -1, *impact, 5))
    return event


def shower(rng, eta, phi, pt=20.0):
    """Return an event with an electron whose track meets a cell, and random towers around."""
    impact = ((eta + 0.5) * ECAL[0], (phi + 0.5) * ECAL[1])
    event = electron(pt, impact[0], impact[1] - 0.05, impact)
    for _ in range(40):
        box = edges(eta + rng.integers(-20, 21), phi + rng.integers(-20, 21), ECAL)
        event.ecal.append(tower(box, eem=rng.integers(1, 640) / 64))
    near = [math.floor(place / step) for place, step in zip(impact, HCAL, strict=True)]
    for _ in range(12):
        box = edges(near[0] + rng.integers(-5, 6), near[1] + rng.integers(-5, 6), HCAL)
        event.hcal.append(tower(box, ehad=rng.integers(1, 640) / 64))
    return event


def showers(count: int, seed: int = 0) -> list[Event]:
    """Return random events of electrons with a falling spectrum."""
    rng = np.random.default_rng(seed)
    return [
        shower(rng, rng.integers(-75, 75), rng.integers(-126, 126), 10.5 + rng.exponential(1))
        for _ in range(count)
    ]


def write_delphes(
    path: Path, events: list[Event], merged: bool = False, without: tuple[str, ...] = ()
) -> Path:
    """Write events; `merged` towers are in one branch `Tower`; `without` names branches to leave out."""
    rows = {"Electron": [event.electrons for event in events], "Track": [event.tracks for event in events]}
    if merged:
        rows["Tower"] = [event.ecal + event.hcal for event in events]
    else:
        rows |= {
            "ECalTowers": [event.ecal for event in events],
            "HCalTowers": [event.hcal for event in events],
        }
    branches = {"Event": ak.zip({"Weight": [[np.float32(event.weight)] for event in events]})}
    for name, lists in rows.items():
        columns = COLUMNS.get(name, COLUMNS["Tower"])
        width = len(columns) + (0 if name in COLUMNS and name != "Tower" else 4)
        flat = np.array([row for some in lists for row in some], np.float64).reshape(-1, width)
        counts = np.array([len(some) for some in lists], np.int64)
        branches[name] = ak.zip(
            {
                column: ak.unflatten(flat[:, index].astype(WHOLE.get(column, np.float32)), counts)
                for index, column in enumerate(columns)
            }
        )
        if width > len(columns):
            branches[f"{name}.Edges"] = ak.unflatten(flat[:, -4:].astype(np.float32).ravel(), 4 * counts)
    return write_tree(path, {name: values for name, values in branches.items() if name not in without})


def write_tree(path: Path, branches: dict[str, ak.Array], name: str = "Delphes") -> Path:
    """Write a tree with these branches."""
    with uproot.recreate(path) as file:
        file.mktree(
            name,
            {key: values.type.content for key, values in branches.items()},
            counter_name=lambda counted: f"{counted}_size",
            field_name=lambda outer, inner: f"{outer}.{inner}" if outer else inner,
        )
        file[name].extend(branches)
    return path
