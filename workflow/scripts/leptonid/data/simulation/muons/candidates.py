"""Muon candidates: selected by the muon alone, and imaged with the pile-up around them."""

from dataclasses import dataclass

import numpy as np

from leptonid.data.imaging.angles import wrapped
from leptonid.data.imaging.muons import Muons, image
from leptonid.data.simulation.muons.detector import COARSE_PHI, respond
from leptonid.data.simulation.overlay import Pool, overlay
from leptonid.data.simulation.particles import MUON, Particles, expand
from leptonid.data.simulation.propagation import Impacts, helix_end
from leptonid.data.variables.muons import REACH

# In eta and phi; towers with particles farther away do not touch the image.
TOWER_REACH = REACH + COARSE_PHI


@dataclass(frozen=True)
class Selection:
    """Cuts on a muon, at its vertex: those of the paper."""

    min_pt: float = 10.0  # GeV
    max_pt: float = 15.0
    max_eta: float = 2.53


SELECTION = Selection()


def impacts_of(particles: Particles) -> Impacts:
    """Return where particles enter the calorimeter: all come from the centre of the detector on a helix."""
    eta, dphi, _, arrives = helix_end(particles.pt, particles.eta, particles.charge)
    energy = particles.pt * np.cosh(particles.eta)
    phi = particles.phi + dphi
    columns = (particles.event, energy, eta, phi, particles.kind)
    return Impacts(particles.events, *(values[arrives] for values in columns))


def reconstruct(
    particles: Particles,
    pool: Pool,
    overlaid: float,
    rng: np.random.Generator,
    selection: Selection = SELECTION,
) -> Muons:
    """Return all muons of a batch of events that pass the selection, with their images.

    Parameters
    ----------
    overlaid
        Mean number of inelastic events of `pool` that are overlaid on the surroundings of each muon.
    """
    chosen = (particles.kind == MUON) & (particles.pt > selection.min_pt) & (particles.pt < selection.max_pt)
    chosen &= np.abs(particles.eta) < selection.max_eta
    muons = particles[chosen]
    centres = impacts_of(muons)
    events, number = np.unique(muons.event, return_inverse=True)
    busy = particles[np.isin(particles.event, events)]
    around = near(impacts_of(busy), events[number], centres)
    pile_up = overlay(pool, overlaid, centres.eta, centres.phi, TOWER_REACH, rng)
    columns = ("event", "energy", "eta", "phi", "kind")
    both = [np.concatenate([getattr(part, name) for part in (around, pile_up)]) for name in columns]
    towers = respond(Impacts(len(muons.pt), *both), rng)
    deta = towers.eta - centres.eta[towers.muon]
    dphi = wrapped(towers.phi - centres.phi[towers.muon])
    images = image(towers.muon, deta, dphi, towers.energy / np.cosh(towers.eta), len(muons.pt))
    return Muons(images, muons.pt, muons.eta)


def near(impacts: Impacts, events: np.ndarray, centres: Impacts) -> Impacts:
    """Return what of each muon's own event enters the calorimeter around it; `event` is the muon's number."""
    first = np.searchsorted(impacts.event, events)
    muon, particle = expand(first, np.searchsorted(impacts.event, events, side="right") - first)
    close = np.abs(impacts.eta[particle] - centres.eta[muon]) < TOWER_REACH
    close &= np.abs(wrapped(impacts.phi[particle] - centres.phi[muon])) < TOWER_REACH
    muon, particle = muon[close], particle[close]
    columns = (impacts.energy, impacts.eta, impacts.phi, impacts.kind)
    return Impacts(len(events), muon, *(values[particle] for values in columns))
