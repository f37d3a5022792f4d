"""From the leaves of Delphes events to imaged electron candidates, the hardest electron of each event.

The steps are those of EID's makeImages.C without its errors, which docs/delphes.md lists.
"""

import logging
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from leptonid.data.delphes.files import (
    ENERGY,
    WEIGHT,
    Branches,
    Jagged,
    check_column,
    find_branches,
    open_tree,
    steps,
)
from leptonid.data.delphes.towers import OVERLAP, STRICT, TITLES, Towers, card_lines
from leptonid.data.imaging.electrons import CALORIMETERS, ECAL_CELLS, MAX_ETA, SEARCH, Candidates, image
from leptonid.data.simulation.propagation import helix_end
from leptonid.data.variables.electrons import CENTRE, ECAL, HCAL
from leptonid.errors import InputError
from leptonid.tables.cells import SparseImages, compact, joined

logger = logging.getLogger(__name__)

# Why an event gives no candidate.
NO_ELECTRON, NO_TRACK, AT_EDGE, EMPTY = DROPS = (
    "no electron above min_pt",
    "no track of the electron",
    "too near the edge of the ECal",
    "no ECal energy near the track",
)


@dataclass(frozen=True)
class Leaves:
    """The leaves of successive events of a file, by our names; `first` is the entry of the first event."""

    path: str | Path
    first: int
    columns: Mapping[str, Jagged]
    branches: Branches

    def __getitem__(self, name: str) -> np.ndarray:
        """Return all values of a leaf."""
        return self.columns[name].values

    def __contains__(self, name: str) -> bool:
        """Return whether the file has a leaf."""
        return name in self.columns

    def __len__(self) -> int:
        """Return the number of events."""
        return len(self.columns["Electron.PT"].counts)

    def events_of(self, name: str) -> np.ndarray:
        """Return the event of each value of a leaf, counted from the first of these events."""
        return self.columns[name].owners()

    def check(self, name: str, is_good: np.ndarray, expected: str) -> None:
        """Refuse a leaf with a value that is not good, which stands in `is_good`, one per value."""
        check_column(self[name], is_good, self.first + self.events_of(name), self.path, name, expected)


def read_candidates(
    path: str | Path, part: int, parts: int, min_pt: float, granularity: str
) -> tuple[dict[str, np.ndarray | SparseImages], int, Counter]:
    """Return the candidates of part `part` of `parts` of a Delphes file.

    Each event is imaged by itself, so that any number of parts gives the same candidates.

    Parameters
    ----------
    min_pt
        Smallest pT (GeV) of an electron.
    granularity
        `strict`: all towers must be the cells of the layout; `overlap`: the energy of others is shared out.

    Returns
    -------
    groups of the layout, images sparse, with `entry`, the number of the event in the file, and `weight`, that
    of Delphes or 1; the number of events; and how many of them gave no candidate, by `DROPS`.

    Raises
    ------
    InputError
        If the file cannot be used; the message names it, and the branch.
    """
    groups = [_groups(_no_candidates(), np.zeros(0, np.int64), np.zeros(0))]
    drops: Counter = Counter()
    warned = False
    with open_tree(path) as tree:
        branches = find_branches(tree, path)
        if not branches.has_tracks:
            logger.warning("%s: no tracks; electrons are followed to a calorimeter like that of ATLAS", path)
        start, stop = (tree.num_entries * number // parts for number in (part, part + 1))
        for first, columns in steps(tree, branches, start, stop, path):
            leaves = Leaves(path, first, columns, branches)
            towers = {name: towers_of(leaves, name) for name in CALORIMETERS}
            warned = check_granularity(towers, granularity, path, warned)
            candidates, event = candidates_of(leaves, towers, min_pt, drops)
            groups.append(_groups(candidates, first + event, weights_of(leaves)[event]))
    return {name: joined([group[name] for group in groups]) for name in groups[0]}, stop - start, drops


def towers_of(leaves: Leaves, name: str) -> Towers:
    """Return the towers with energy in a calorimeter.

    Raises
    ------
    InputError
        If an energy is negative or not finite, or a tower with energy has no extent.
    """
    branch = leaves.branches.towers[name]
    leaf, edges = f"{branch}.{ENERGY[name]}", leaves[f"{branch}.Edges"]
    energy = leaves[leaf]
    leaves.check(leaf, np.isfinite(energy) & (energy >= 0), "a finite energy of 0 or more")
    filled = energy > 0
    is_good = (edges[:, 0] < edges[:, 1]) & (edges[:, 2] < edges[:, 3]) & np.isfinite(edges).all(axis=1)
    leaves.check(f"{branch}.Edges", is_good | ~filled, "eta low < high, phi low < high")
    event = leaves.events_of(leaf)[filled]
    return Towers.create(CALORIMETERS[name], event, energy[filled].astype(np.float64), edges[filled])


def check_granularity(towers: Mapping[str, Towers], granularity: str, path: str | Path, warned: bool) -> bool:
    """Refuse towers that are no cells of the layout, or warn of them once; return whether that was done.

    Raises
    ------
    InputError
        If there are any, and `granularity` is `strict`; the message has the lines of the Delphes card.
    """
    misfits = {name: text for name, some in towers.items() if (text := some.misfits(name))}
    if granularity == STRICT and misfits:
        lines = [f"{path}: the towers are not those of the layout", *misfits.values()]
        for name in misfits:
            lines += [f"In the Delphes card, module {TITLES[name]}, write", card_lines(name)]
        lines.append(
            "and run Delphes again (docs/delphes.md), or share the energy out among the cells by area: "
            f"data.delphes.granularity: {OVERLAP}"
        )
        raise InputError("\n".join(lines))
    if misfits and not warned:
        logger.warning("%s: energy is shared out by area; %s", path, "; ".join(misfits.values()))
    return warned or bool(misfits)


def candidates_of(
    leaves: Leaves, towers: Mapping[str, Towers], min_pt: float, drops: Counter
) -> tuple[Candidates, np.ndarray]:
    """Return the candidates of some events, and the event of each; count in `drops` what gives none."""
    electron = hardest_electrons(leaves, min_pt)
    drops[NO_ELECTRON] += len(leaves) - len(electron)
    found, eta, phi = impacts(leaves, electron)
    drops[NO_TRACK] += len(electron) - int(found.sum())
    electron, (row, column) = electron[found], ECAL_CELLS.index(eta, phi)
    inside = (row >= SEARCH) & (row < ECAL_CELLS.cells_eta - SEARCH)
    drops[AT_EDGE] += len(inside) - int(inside.sum())
    electron, row, column = electron[inside], row[inside], column[inside]

    event = leaves.events_of("Electron.PT")[electron]
    number = np.full(len(leaves), -1)
    number[event] = np.arange(len(event))
    deposits = {}
    for name, some in towers.items():
        owner, eta, phi, energy = some[number[some.event] >= 0].deposits()
        deposits[name] = (number[owner], eta, phi, energy / np.cosh(some.cells.eta(eta)))
    images = image(lambda name, *around: CALORIMETERS[name].windows(*deposits[name], *around), row, column)
    filled = images.et[:, CENTRE, CENTRE] > 0
    complete = np.abs(images.eta) < MAX_ETA
    drops[EMPTY] += len(filled) - int(filled.sum())
    drops[AT_EDGE] += int((filled & ~complete).sum())
    candidates = images.candidates(leaves["Electron.PT"][electron].astype(np.float64))
    return candidates[filled & complete], event[filled & complete]


def hardest_electrons(leaves: Leaves, min_pt: float) -> np.ndarray:
    """Return which electrons are the hardest of their event and above `min_pt`; of equal ones the last."""
    pt, event = leaves["Electron.PT"], leaves.events_of("Electron.PT")
    for leaf in ("PT", "Eta", "Phi"):
        leaves.check(f"Electron.{leaf}", np.isfinite(leaves[f"Electron.{leaf}"]), "a finite number")
    order = np.lexsort((pt, event))
    is_last = np.append(np.diff(event[order]) > 0, True)[: len(order)]
    hardest = order[is_last]
    return hardest[pt[hardest] > min_pt]


def impacts(leaves: Leaves, electron: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return which electrons meet the calorimeter, a mask, and for these eta and phi of where they do.

    That is the outer end of the electron's track: the one of the same particle, or else the one of the same
    direction at the vertex. Without a branch of tracks, the electron is followed along its helix.
    """
    eta, phi = (leaves[f"Electron.{leaf}"][electron].astype(np.float64) for leaf in ("Eta", "Phi"))
    if not leaves.branches.has_tracks:
        pt, charge = (leaves[f"Electron.{leaf}"][electron].astype(np.float64) for leaf in ("PT", "Charge"))
        eta, turned, _, arrives = helix_end(pt, eta, charge)
        return arrives, eta[arrives], (phi + turned)[arrives]
    owner = np.full(len(leaves), -1)
    owner[leaves.events_of("Electron.PT")[electron]] = np.arange(len(electron))
    event = leaves.events_of("Track.Eta")
    near = np.flatnonzero(owner[event] >= 0)
    owner = owner[event[near]]
    is_same = np.ones(len(near), bool)
    for leaf in ("Eta", "Phi"):
        is_same &= leaves[f"Track.{leaf}"][near] == leaves[f"Electron.{leaf}"][electron][owner]
    matches = [is_same]
    if "Electron.Particle" in leaves and "Track.Particle" in leaves:
        particle = leaves["Electron.Particle"][electron][owner]
        matches.append((leaves["Track.Particle"][near] == particle) & (particle != 0))
    track = np.full(len(electron), -1)
    for is_match in matches:
        # Of several tracks the first is assigned last.
        chosen = np.flatnonzero(is_match)[::-1]
        track[owner[chosen]] = near[chosen]
    found = track >= 0
    for leaf in ("EtaOuter", "PhiOuter"):
        name = f"Track.{leaf}"
        is_good = np.ones(len(leaves[name]), bool)
        is_good[track[found]] = np.isfinite(leaves[name][track[found]])
        leaves.check(name, is_good, "a finite number")
    ends = (leaves[f"Track.{leaf}"][track[found]].astype(np.float64) for leaf in ("EtaOuter", "PhiOuter"))
    return found, *ends


def weights_of(leaves: Leaves) -> np.ndarray:
    """Return Delphes' weights of the events, or ones.

    Raises
    ------
    InputError
        If an event has none or several, or one is not finite.
    """
    if WEIGHT not in leaves:
        return np.ones(len(leaves))
    counts = leaves.columns[WEIGHT].counts
    if (counts != 1).any():
        event = int(np.argmax(counts != 1))
        raise InputError(
            f"{leaves.path}: {WEIGHT}: event {leaves.first + event} has {counts[event]} weights, expected one"
        )
    leaves.check(WEIGHT, np.isfinite(leaves[WEIGHT]), "a finite number")
    return leaves[WEIGHT].astype(np.float64)


def _groups(
    candidates: Candidates, entry: np.ndarray, weight: np.ndarray
) -> dict[str, np.ndarray | SparseImages]:
    groups = {name: compact(values) for name, values in candidates.groups().items()}
    return {**groups, "entry": entry, "weight": weight}


def _no_candidates() -> Candidates:
    images = (np.zeros((0, *grid.shape), np.float32) for grid in (ECAL, HCAL))
    return Candidates(*images, np.zeros(0), np.zeros(0), np.zeros((0, 2)))
