"""Electron candidates: preselected by tracks and showers, imaged, and selected on the complete image."""

from dataclasses import dataclass, replace

import numpy as np

from leptonid.data.imaging.angles import wrapped
from leptonid.data.imaging.electrons import CALORIMETERS, ECAL_CELLS, Candidates, image
from leptonid.data.simulation.electrons.detector import RESPONSE, Deposits, Response, shower, windows
from leptonid.data.simulation.electrons.propagation import Tracks, propagate
from leptonid.data.simulation.overlay import Pool, overlay
from leptonid.data.simulation.particles import Particles, expand
from leptonid.data.variables.electrons import CENTRE, HCAL

SHOWER_REACH = 0.9  # eta and phi; showers farther from the track do not touch the windows

# ET is kept to 2^-10 GeV, about 1 MeV: far below resolution and noise, and it compresses.
ET_STEPS = 1024


@dataclass(frozen=True)
class Selection:
    """Cuts on a candidate, chosen by a scan so that AUCs come near the published ones; not validated."""

    min_et: float = 10.0  # GeV, of the cluster: 5 x 7 ECal cells (eta x phi) around the centre
    max_et: float = 30.0
    max_eta: float = 2.0  # leaves room for both images inside |eta| < 2.5
    min_track_pt: float = 1.0  # GeV
    min_energy_over_momentum: float = 0.3
    max_energy_over_momentum: float = 10.0
    max_hadronic: float = 0.7  # ET of the inner 4 x 4 HCal towers over the cluster's
    min_ratio_eta: float = 0.85  # ET in 3 x 7 over 7 x 7 ECal cells


SELECTION = Selection()


def reconstruct(
    particles: Particles,
    pool: Pool,
    overlaid: float,
    electrons_only: bool,
    rng: np.random.Generator,
    response: Response = RESPONSE,
    selection: Selection = SELECTION,
) -> Candidates:
    """Return the selected candidates of a batch of events.

    Parameters
    ----------
    overlaid
        Mean number of minimum-bias events overlaid from `pool`.
    electrons_only
        Whether only tracks of the event's own electrons may become candidates (for the signal).
    """
    impacts, tracks = propagate(particles, rng)
    deposits = shower(impacts, response, rng)
    tracks = leading_tracks(tracks, deposits, particles.events, electrons_only, selection)
    around = near(deposits, tracks, particles.events)
    minimum_bias = shower(overlay(pool, overlaid, tracks.eta, tracks.phi, SHOWER_REACH, rng), response, rng)
    both = zip(vars(around).values(), vars(minimum_bias).values(), strict=True)
    candidates, chosen = select(Deposits(*map(np.concatenate, both)), tracks, response, selection, rng)
    return candidates[chosen]


def leading_tracks(
    tracks: Tracks, deposits: Deposits, events: int, electrons_only: bool, selection: Selection
) -> Tracks:
    """Return, for each event that may hold a candidate, the track with the most ECal ET around it.

    This preselection is loose, as it comes before overlay and noise: 90 % of the required ET, and 1.5 times
    the allowed share in the HCal. Of tracks at the same shower the hardest is taken.
    """
    central = (np.abs(tracks.eta) < selection.max_eta + 0.1) & (tracks.pt > selection.min_track_pt)
    if electrons_only:
        central &= tracks.electron
    kept = np.flatnonzero(central)

    showers = np.searchsorted(deposits.event, np.arange(events + 1))
    event = tracks.event[kept]
    track, deposit = expand(showers[event], np.diff(showers)[event])
    deta = np.abs(deposits.eta[deposit] - tracks.eta[kept][track])
    dphi = np.abs(wrapped(deposits.phi[deposit] - tracks.phi[kept][track]))
    transverse = 1 / np.cosh(deposits.eta[deposit])

    at_cluster, behind = (deta < 0.11) & (dphi < 0.19), (deta < 0.2) & (dphi < 0.2)
    ecal = np.bincount(track, deposits.ecal[deposit] * transverse * at_cluster, minlength=len(kept))
    hcal = np.bincount(track, deposits.hcal[deposit] * transverse * behind, minlength=len(kept))
    good = (ecal > 0.9 * selection.min_et) & (hcal < 1.5 * selection.max_hadronic * ecal)
    good &= ecal > 0.9 * selection.min_energy_over_momentum * tracks.pt[kept]
    good &= ecal < 1.5 * selection.max_energy_over_momentum * tracks.pt[kept]
    kept, ecal = kept[good], ecal[good]

    # The energies around neighbouring tracks agree to rounding: then the hardest track decides.
    order = np.lexsort((tracks.pt[kept], np.round(ecal, 6), tracks.event[kept]))
    kept = kept[order]
    last = np.append(np.diff(tracks.event[kept]) > 0, True)[: len(kept)]
    best = kept[last]
    return Tracks(*(value[best] for value in vars(tracks).values()))


def near(deposits: Deposits, tracks: Tracks, events: int) -> Deposits:
    """Return the showers around each of N tracks, at most one per event; their `event` is its number."""
    number = np.full(events, -1)
    number[tracks.event] = np.arange(len(tracks.event))
    found = deposits[number[deposits.event] >= 0]
    found = replace(found, event=number[found.event])
    deta, dphi = found.eta - tracks.eta[found.event], wrapped(found.phi - tracks.phi[found.event])
    return found[(np.abs(deta) < SHOWER_REACH) & (np.abs(dphi) < SHOWER_REACH)]


def select(
    deposits: Deposits, tracks: Tracks, response: Response, selection: Selection, rng: np.random.Generator
) -> tuple[Candidates, np.ndarray]:
    """Return the images around N tracks, and which of the N candidates pass the selection, (N,).

    The pt of a candidate is the ET of the 5 x 7 ECal cells (eta x phi) around its centre.
    """

    def transverse(name: str, eta: np.ndarray, phi: np.ndarray, reach: int) -> np.ndarray:
        energy = windows(deposits, name, eta, phi, reach, response, rng)
        centres = CALORIMETERS[name].eta(eta[:, None] + np.arange(-reach, reach + 1))
        return np.round(energy / np.cosh(centres)[:, :, None] * ET_STEPS) / ET_STEPS

    images = image(transverse, *ECAL_CELLS.index(tracks.eta, tracks.phi))

    def total(rows: int, columns: int) -> np.ndarray:
        near = images.et[:, CENTRE - rows : CENTRE + rows + 1, CENTRE - columns : CENTRE + columns + 1]
        return near.sum(axis=(1, 2))

    cluster = total(3, 2)
    quarter = HCAL.cell_rows // 4
    behind = images.ht[:, quarter:-quarter, quarter:-quarter].sum(axis=(1, 2))
    chosen = (cluster > selection.min_et) & (cluster < selection.max_et)
    chosen &= images.et[:, CENTRE, CENTRE] > 0
    chosen &= np.abs(images.eta) < selection.max_eta
    chosen &= cluster > selection.min_energy_over_momentum * tracks.pt
    chosen &= cluster < selection.max_energy_over_momentum * tracks.pt
    chosen &= behind < selection.max_hadronic * cluster
    chosen &= total(3, 1) > selection.min_ratio_eta * total(3, 3)
    return images.candidates(cluster), chosen
