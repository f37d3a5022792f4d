"""Where particles enter the calorimeter: the field of the ATLAS card of Delphes bends them on the way."""

from dataclasses import dataclass

import numpy as np

from leptonid.data.simulation.particles import ELECTRON, PHOTON

FIELD = 2.0  # T
RADIUS = 1.15  # m, inner radius of the barrel calorimeter
HALF_LENGTH = 3.51  # m, where the end caps begin
GEV_PER_TESLA_METRE = 0.299792458


@dataclass(frozen=True)
class Impacts:
    """Particles at the calorimeter's surface; arrays of shape (number of particles,).

    `event` (sorted, 0-based), `energy` in GeV, `eta` and `phi` of the impact seen from the centre
    of the detector, `kind` as of `Particles`.
    """

    events: int
    event: np.ndarray
    energy: np.ndarray
    eta: np.ndarray
    phi: np.ndarray
    kind: np.ndarray

    @property
    def hadronic(self) -> np.ndarray:
        """Whether each is a hadron, which leaves energy in both calorimeters."""
        return ~np.isin(self.kind, (ELECTRON, PHOTON))


def helix_end(
    pt: np.ndarray, eta: np.ndarray, charge: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Return where particles from the centre of the detector meet the calorimeter.

    Returns
    -------
    eta, dphi, radius, arrives
        Pseudorapidity of the impact, azimuth gained on the way (radians; positive charges bend to
        smaller phi), distance from the beam in m, and whether the calorimeter is reached at all.
    """
    curvature = np.abs(charge) * GEV_PER_TESLA_METRE * FIELD / pt  # 1 / radius of the helix, 1/m
    slope = np.sinh(eta)
    half_turn = np.clip(RADIUS * curvature / 2, 0, 1)
    straight = curvature < 1e-9
    safe = np.where(straight, 1, curvature)
    to_barrel = np.where(straight, RADIUS, 2 * np.arcsin(half_turn) / safe)
    curls = RADIUS * curvature / 2 > 1
    to_end_cap = HALF_LENGTH / np.maximum(np.abs(slope), 1e-9)
    path = np.where(curls, to_end_cap, np.minimum(to_barrel, to_end_cap))  # in the transverse plane
    turn = path * curvature / 2
    radius = np.where(straight, path, 2 * np.sin(turn) / safe)
    arrives = (turn < np.pi / 2) & (radius > 0.01)
    impact = np.arcsinh(path * slope / np.where(arrives, radius, 1))
    return impact, -np.sign(charge) * turn, radius, arrives
