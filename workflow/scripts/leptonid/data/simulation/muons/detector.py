"""The calorimeter of Delphes' ATLAS card with pile-up: towers with an electromagnetic and a hadronic part.

delphes_card_ATLAS_PileUp.tcl, and Calorimeter.cc of Delphes 3.4.1 for how it is used.
"""

from dataclasses import dataclass

import numpy as np

from leptonid.data.simulation.particles import ELECTRON, MUON, PHOTON, V0
from leptonid.data.simulation.propagation import Impacts

# Edges in eta. Towers to 2.6 are 10 degrees wide in phi, those beyond 20; what lies outside is not needed.
FINE_ETA = 2.6
EDGES = np.concatenate([[-3.0, -2.8], np.arange(-26, 27) / 10, [2.8, 3.0]])
FINE_PHI, COARSE_PHI = np.pi / 18, np.pi / 9
IN_PHI = 36  # towers, of the fine ones

V0_ECAL = 0.3  # share of the energy of K0S and Lambda in the electromagnetic part

ECAL_MIN, HCAL_MIN = 0.5, 1.0  # GeV; a part with less is empty,
SIGNIFICANCE = 1.0  # and so is one with less than so many times its resolution


@dataclass(frozen=True)
class Towers:
    """Towers with energy near muons: number of the muon, energy in GeV, and a place in the tower."""

    muon: np.ndarray
    energy: np.ndarray
    eta: np.ndarray
    phi: np.ndarray


def ecal_resolution(energy: np.ndarray, eta: np.ndarray) -> np.ndarray:
    """Return the resolution (GeV) of the electromagnetic part, for |eta| < 3.2."""
    return np.sqrt((0.0017 * energy) ** 2 + 0.101**2 * energy)


def hcal_resolution(energy: np.ndarray, eta: np.ndarray) -> np.ndarray:
    """Return the resolution (GeV) of the hadronic part, for |eta| < 3.2."""
    barrel = np.sqrt((0.0302 * energy) ** 2 + 0.5205**2 * energy + 1.59**2)
    return np.where(np.abs(eta) <= 1.7, barrel, np.sqrt((0.05 * energy) ** 2 + 0.706**2 * energy))


def respond(impacts: Impacts, rng: np.random.Generator, thresholds: bool = True) -> Towers:
    """Return the towers with energy around muons.

    Each part of a tower is smeared log-normally; a tower's place is drawn uniformly within it, as the card's
    SmearTowerCenter does, which makes fine images of coarse towers.

    Parameters
    ----------
    impacts
        What enters the calorimeter; `event` is the number of the muon that it is near to.
    thresholds
        Whether parts with little energy are empty.
    """
    reaches = (np.abs(impacts.eta) < EDGES[-1]) & (impacts.kind != MUON)
    kind, energy = impacts.kind[reaches], impacts.energy[reaches]
    row = np.searchsorted(EDGES, impacts.eta[reaches], side="right") - 1
    coarse = np.abs(EDGES[row] + EDGES[row + 1]) / 2 > FINE_ETA
    column = np.floor((impacts.phi[reaches] % (2 * np.pi)) / FINE_PHI).astype(np.int64) % IN_PHI
    column = np.where(coarse, column // 2 * 2, column)
    key = (impacts.event[reaches] * len(EDGES) + row) * IN_PHI + column
    towers, place = np.unique(key, return_inverse=True)

    share = np.where(np.isin(kind, (ELECTRON, PHOTON)), 1.0, np.where(kind == V0, V0_ECAL, 0.0))
    muon_row, column = np.divmod(towers, IN_PHI)
    muon, row = np.divmod(muon_row, len(EDGES))
    low, high = EDGES[row], EDGES[row + 1]
    middle = (low + high) / 2
    width = np.where(np.abs(middle) > FINE_ETA, COARSE_PHI, FINE_PHI)
    total = np.zeros(len(towers))
    for part, resolution, least in (
        (share, ecal_resolution, ECAL_MIN),
        (1 - share, hcal_resolution, HCAL_MIN),
    ):
        smeared = log_normal(np.bincount(place, energy * part, len(towers)), resolution, middle, rng)
        if thresholds:
            empty = (smeared < least) | (smeared < SIGNIFICANCE * resolution(smeared, middle))
            smeared = np.where(empty, 0, smeared)
        total += smeared
    eta = rng.uniform(low, high)
    phi = column * FINE_PHI + width * rng.random(len(towers))
    filled = total > 0
    return Towers(muon[filled], total[filled], eta[filled], phi[filled])


def log_normal(mean: np.ndarray, resolution, eta: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Return energies drawn from log-normal distributions with these means and resolutions; 0 stays 0."""
    safe = np.where(mean > 0, mean, 1)
    spread = np.sqrt(np.log1p((resolution(safe, eta) / safe) ** 2))
    drawn = np.exp(np.log(safe) - spread**2 / 2 + spread * rng.standard_normal(len(mean)))
    return np.where(mean > 0, drawn, 0)
