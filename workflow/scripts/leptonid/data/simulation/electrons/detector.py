"""The calorimeter's response: energy shared between ECal and HCal, smeared, and spread over cells."""

from dataclasses import dataclass

import numpy as np

from leptonid.data.imaging.electrons import CALORIMETERS
from leptonid.data.simulation.propagation import Impacts


@dataclass(frozen=True)
class Response:
    """Shower parameters, chosen by a scan so that AUCs come near the published ones; not validated.

    Widths are Gaussian, in eta and in phi, of a core and a tail; `core` is the core's share.
    """

    mip_probability: float = 0.6  # a hadron only ionises in the ECal
    mip_energy: float = 0.3  # GeV, what it leaves there then
    hadron_share: tuple[float, float] = (1.0, 2.0)  # else: Beta distribution of the ECal's share
    em_width: tuple[float, float] = (0.004, 0.020)  # narrow: Delphes has no lateral showers at all
    em_core: float = 0.85
    hadron_ecal_width: tuple[float, float] = (0.008, 0.030)
    hadron_hcal_width: tuple[float, float] = (0.05, 0.16)
    hadron_core: float = 0.75
    ecal_resolution: tuple[float, float] = (0.10, 0.007)  # stochastic (GeV^1/2), constant
    hcal_resolution: tuple[float, float] = (0.52, 0.03)
    spots_per_gev: float = 8.0  # the energy of a shower comes in equal spots, this many per GeV,
    spots: tuple[int, int] = (3, 120)  # but at least and at most so many
    ecal_noise: float = 0.04  # GeV per cell
    hcal_noise: float = 0.15
    ecal_threshold: float = 0.5  # GeV; cells below are empty; data.simulation may say otherwise
    hcal_threshold: float = 2.0  # high: lower ones make the HCal image far too strong a feature


RESPONSE = Response()


@dataclass(frozen=True)
class Deposits:
    """Showers: `event`, `eta`, `phi`, `hadronic` as of `Impacts`, energies (GeV) in `ecal` and `hcal`."""

    event: np.ndarray
    eta: np.ndarray
    phi: np.ndarray
    hadronic: np.ndarray
    ecal: np.ndarray
    hcal: np.ndarray

    def __getitem__(self, chosen: np.ndarray) -> "Deposits":
        """Return the showers of a mask or of indices."""
        values = (self.event, self.eta, self.phi, self.hadronic, self.ecal, self.hcal)
        return Deposits(*(value[chosen] for value in values))


def shower(impacts: Impacts, response: Response, rng: np.random.Generator) -> Deposits:
    """Share each particle's energy between the calorimeters and smear it by their resolutions."""
    energy, hadronic = impacts.energy, impacts.hadronic
    ionises = rng.random(len(energy)) < response.mip_probability
    share = np.where(ionises, response.mip_energy / energy, rng.beta(*response.hadron_share, len(energy)))
    ecal = np.where(hadronic, np.minimum(share, 1) * energy, energy)
    return Deposits(
        impacts.event,
        impacts.eta,
        impacts.phi,
        hadronic,
        smear(ecal, response.ecal_resolution, rng),
        smear(energy - ecal, response.hcal_resolution, rng),
    )


def smear(energy: np.ndarray, resolution: tuple[float, float], rng: np.random.Generator) -> np.ndarray:
    """Return energies (GeV, not below 0) smeared by a / sqrt(E) and b, added in quadrature."""
    stochastic, constant = resolution
    width = np.hypot(stochastic * np.sqrt(energy), constant * energy)
    return np.maximum(energy + width * rng.standard_normal(len(energy)), 0)


def spots(
    deposits: Deposits, name: str, response: Response, rng: np.random.Generator
) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Spread the showers' energy in one calorimeter over spots.

    Returns
    -------
    event, eta, phi, energy (GeV) of the spots.
    """
    if name == "ecal":
        energy, hadronic = deposits.ecal, deposits.hadronic
        core = np.where(hadronic, response.hadron_core, response.em_core)
        widths = np.where(hadronic[:, None], response.hadron_ecal_width, response.em_width)
    else:
        energy = deposits.hcal
        core = np.full(len(energy), response.hadron_core)
        widths = np.broadcast_to(response.hadron_hcal_width, (len(energy), 2))
    counts = np.clip(np.ceil(energy * response.spots_per_gev), *response.spots)
    counts = np.where(energy > 0, counts, 0).astype(np.int64)
    owner = np.repeat(np.arange(len(energy)), counts)
    in_core = rng.random(len(owner)) < core[owner]
    width = np.where(in_core, widths[owner, 0], widths[owner, 1])
    eta = deposits.eta[owner] + width * rng.standard_normal(len(owner))
    phi = deposits.phi[owner] + width * rng.standard_normal(len(owner))
    return deposits.event[owner], eta, phi, (energy / np.maximum(counts, 1))[owner]


def windows(
    deposits: Deposits,
    name: str,
    centre_eta: np.ndarray,
    centre_phi: np.ndarray,
    reach: int,
    response: Response,
    rng: np.random.Generator,
) -> np.ndarray:
    """Return the energies (GeV) of the cells within `reach` cells of each candidate's centre cell.

    Parameters
    ----------
    deposits
        Showers whose `event` is the number of the candidate.
    name
        "ecal" or "hcal".
    centre_eta, centre_phi
        Indices of the centre cells, shape (candidates,).

    Returns
    -------
    array of shape (candidates, 2 reach + 1, 2 reach + 1), axes eta and phi, both ascending; noise
    is added and cells below threshold, or beyond the calorimeter, are 0.
    """
    cells = CALORIMETERS[name]
    noise, threshold = {
        "ecal": (response.ecal_noise, response.ecal_threshold),
        "hcal": (response.hcal_noise, response.hcal_threshold),
    }[name]
    event, eta, phi, energy = spots(deposits, name, response, rng)
    deposited = cells.windows(event, *cells.index(eta, phi), energy, centre_eta, centre_phi, reach)
    total = deposited + noise * rng.standard_normal(deposited.shape)
    absolute = centre_eta[:, None] + np.arange(-reach, reach + 1)
    exists = (absolute >= 0) & (absolute < cells.cells_eta)
    return np.where((total >= threshold) & exists[:, :, None], total, 0)
