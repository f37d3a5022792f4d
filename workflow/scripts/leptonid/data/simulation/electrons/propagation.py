"""From particles to the calorimeter through the tracker: bremsstrahlung, conversions, tracks."""

from dataclasses import dataclass

import numpy as np

from leptonid.data.simulation.particles import CHARGED_HADRON, ELECTRON, PHOTON, Particles
from leptonid.data.simulation.propagation import FIELD, GEV_PER_TESLA_METRE, RADIUS, Impacts, helix_end

# Stand-ins for tracker material, found by scanning, not validated.
BREMSSTRAHLUNG_PROBABILITY = 0.6  # per electron: one hard photon
BREMSSTRAHLUNG_FRACTION = (0.01, 0.95)  # photon's share of the energy, dN/dz ~ 1/z
BREMSSTRAHLUNG_MIN_PT = 2.0  # GeV; the bending after emission is treated as a small angle
CONVERSION_PROBABILITY = 0.35  # per photon
MATERIAL = (0.03, 0.90)  # m, radii between which these happen, uniformly
CONVERSION_TRACK_RADIUS = 0.30  # m, later conversions leave no usable track
TRACK_RESOLUTION = (0.015, 0.0005)  # of pt: constant, and per GeV of pt, added in quadrature
MAX_BEND = 0.7  # radians; what would bend more after its last vertex does not reach the calorimeter


@dataclass(frozen=True)
class Tracks:
    """Tracks, extrapolated to the calorimeter: measured `pt` in GeV, `eta` and `phi` of the impact.

    `electron` tells which belong to electrons of the event itself (not to conversions).
    """

    event: np.ndarray
    pt: np.ndarray
    eta: np.ndarray
    phi: np.ndarray
    electron: np.ndarray


def bend_after(start: np.ndarray, radius: np.ndarray, pt: np.ndarray) -> np.ndarray:
    """Return the azimuth (radians, small) that a unit charge gains by bending between two radii."""
    return GEV_PER_TESLA_METRE * FIELD / pt * (radius - start) ** 2 / (2 * radius)


def propagate(particles: Particles, rng: np.random.Generator) -> tuple[Impacts, Tracks]:
    """Follow the particles to the calorimeter.

    All come from the centre of the detector. Electrons may radiate one hard photon and photons may
    convert; multiple scattering and nuclear interactions are left out.
    """
    eta, dphi, radius, arrives = helix_end(particles.pt, particles.eta, particles.charge)
    particles, eta, radius = particles[arrives], eta[arrives], radius[arrives]
    phi = particles.phi + dphi[arrives]
    pt, energy, charge = particles.pt, particles.pt * np.cosh(particles.eta), particles.charge
    electron, photon = particles.kind == ELECTRON, particles.kind == PHOTON
    start = rng.uniform(*MATERIAL, len(pt))
    chance = rng.random(len(pt))
    share = rng.random(len(pt))  # of the energy that the first of two products gets

    radiates = electron & (pt > BREMSSTRAHLUNG_MIN_PT) & (chance < BREMSSTRAHLUNG_PROBABILITY)
    low, high = BREMSSTRAHLUNG_FRACTION
    radiated = np.where(radiates, low * (high / low) ** share, 0.0)
    bend = bend_after(start, radius, pt)
    extra = np.where(radiates, bend * radiated / (1 - radiated), 0.0)
    converts = photon & (chance < CONVERSION_PROBABILITY)
    first_bend = np.where(converts, bend / np.maximum(share, 1e-6), 0.0)
    second_bend = np.where(converts, bend / np.maximum(1 - share, 1e-6), 0.0)

    # Everything that arrives: the particle itself (after radiation), radiated photons, converted pairs.
    whole = ~converts & (extra < MAX_BEND)
    first, second = converts & (first_bend < MAX_BEND), converts & (second_bend < MAX_BEND)
    parts = (
        (whole, energy * (1 - radiated), phi - charge * extra),
        (radiates, energy * radiated, phi + charge * bend),
        (first, energy * share, phi - first_bend),
        (second, energy * (1 - share), phi + second_bend),
    )
    event = np.concatenate([particles.event[part] for part, _, _ in parts])
    order = np.argsort(event, kind="stable")
    impacts = Impacts(
        particles.events,
        event[order],
        np.concatenate([value[part] for part, value, _ in parts])[order],
        np.concatenate([eta[part] for part, _, _ in parts])[order],
        np.concatenate([angle[part] for part, _, angle in parts])[order],
        np.concatenate([particles.kind[part] for part, _, _ in parts])[order],
    )

    # A photon radiated early leaves most of the track with the electron's lower momentum.
    measured = pt * (1 - radiated * (1 - start / RADIUS))
    early = start < CONVERSION_TRACK_RADIUS
    parts = (
        (whole & (electron | (particles.kind == CHARGED_HADRON)), measured, phi - charge * extra),
        (first & early, pt * share, phi - first_bend),
        (second & early, pt * (1 - share), phi + second_bend),
    )
    track_pt = np.concatenate([value[part] for part, value, _ in parts])
    constant, slope = TRACK_RESOLUTION
    track_pt *= np.maximum(1 + np.hypot(constant, slope * track_pt) * rng.standard_normal(len(track_pt)), 0.1)
    tracks = Tracks(
        np.concatenate([particles.event[part] for part, _, _ in parts]),
        track_pt,
        np.concatenate([eta[part] for part, _, _ in parts]),
        np.concatenate([angle[part] for part, _, angle in parts]),
        np.concatenate([electron[part] for part, _, _ in parts]),
    )
    return impacts, tracks
