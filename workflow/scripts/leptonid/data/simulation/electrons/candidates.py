"""Electron candidates: preselected by tracks and showers, imaged, and selected on the complete image."""

from dataclasses import dataclass, fields, replace

import numpy as np

from leptonid.data.simulation.electrons.detector import (
    ECAL_CELLS,
    HCAL_CELLS,
    RESPONSE,
    Deposits,
    Response,
    shower,
    windows,
)
from leptonid.data.simulation.electrons.overlay import Pool, overlay, wrapped
from leptonid.data.simulation.electrons.particles import Particles, expand
from leptonid.data.simulation.electrons.propagation import Tracks, propagate
from leptonid.data.variables.electrons import CENTRE, ECAL, HCAL

SEARCH = 8  # the image centre is the hottest ECal cell within so many cells of the track's
ECAL_REACH = SEARCH + CENTRE
HCAL_TOWERS = HCAL.cell_rows
HCAL_SPLIT = HCAL.pixels_per_cell
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


@dataclass(frozen=True)
class Candidates:
    """Imaged candidates, at most one per generated event.

    `et` and `ht` are images of ET in GeV, shapes (N, 31, 31, 1) and (N, 32, 32, 1), float32, in the
    orientation of the layout; `pt` (GeV) is the ET of the 5 x 7 cluster, `eta` the
    pseudorapidity of the centre of `et`; both of shape (N,). `ht_centre`, (N, 2), is where the centre of `ht`
    lies from there in eta and phi: it is a corner of towers, up to half a tower away.
    """

    et: np.ndarray
    ht: np.ndarray
    pt: np.ndarray
    eta: np.ndarray
    ht_centre: np.ndarray

    def __len__(self) -> int:
        """Return the number of candidates."""
        return len(self.pt)

    def __getitem__(self, chosen: np.ndarray) -> "Candidates":
        """Return the candidates of a mask or of indices."""
        return Candidates(*(getattr(self, field.name)[chosen] for field in fields(self)))

    @staticmethod
    def concatenate(parts: list["Candidates"]) -> "Candidates":
        """Return the candidates of all parts, one after the other."""
        names = [field.name for field in fields(Candidates)]
        return Candidates(*(np.concatenate([getattr(part, name) for part in parts]) for name in names))


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
    candidates, chosen = image(Deposits(*map(np.concatenate, both)), tracks, response, selection, rng)
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


def image(
    deposits: Deposits, tracks: Tracks, response: Response, selection: Selection, rng: np.random.Generator
) -> tuple[Candidates, np.ndarray]:
    """Return the images around N tracks, and which of the N candidates pass the selection, (N,).

    The centre is the hottest ECal cell within `SEARCH` cells of the track's. The 8 x 8 HCal towers
    reach one tower farther on the side on which the centre lies in its own tower.
    """
    count = len(tracks.event)
    number = np.arange(count)
    track_eta, track_phi = ECAL_CELLS.index(tracks.eta, tracks.phi)
    energy = windows(deposits, "ecal", track_eta, track_phi, ECAL_REACH, response, rng)
    eta = ECAL_CELLS.eta(track_eta[:, None] + np.arange(-ECAL_REACH, ECAL_REACH + 1))
    transverse = np.round(energy / np.cosh(eta)[:, :, None] * ET_STEPS) / ET_STEPS

    low, high = ECAL_REACH - SEARCH, ECAL_REACH + SEARCH + 1
    hottest = transverse[:, low:high, low:high].reshape(count, (high - low) ** 2).argmax(axis=1)
    row, column = np.divmod(hottest, high - low)
    centre_eta, centre_phi = track_eta + row - SEARCH, track_phi + column - SEARCH
    span = np.arange(ECAL.rows)
    picked_eta, picked_phi = row[:, None] + span, column[:, None] + span[::-1]  # phi descends with rows
    et = transverse[number[:, None, None], picked_eta[:, None, :], picked_phi[:, :, None]]

    image_eta, image_phi = ECAL_CELLS.eta(centre_eta), ECAL_CELLS.phi(centre_phi)
    tower_eta, tower_phi = HCAL_CELLS.index(image_eta, image_phi)
    towers = windows(deposits, "hcal", tower_eta, tower_phi, HCAL_TOWERS // 2, response, rng)
    absolute = HCAL_CELLS.eta(tower_eta[:, None] + np.arange(-HCAL_TOWERS // 2, HCAL_TOWERS // 2 + 1))
    towers = np.round(towers / np.cosh(absolute)[:, :, None] * ET_STEPS) / ET_STEPS
    # Of the image's centre from that of its tower.
    deta, dphi = image_eta - HCAL_CELLS.eta(tower_eta), wrapped(image_phi - HCAL_CELLS.phi(tower_phi))
    upper_eta, upper_phi = deta > 0, dphi > 0
    corner_eta = np.where(upper_eta, 0.5, -0.5) * HCAL_CELLS.step_eta
    corner_phi = np.where(upper_phi, 0.5, -0.5) * HCAL_CELLS.step_phi
    span = np.arange(HCAL_TOWERS)
    picked_eta, picked_phi = upper_eta[:, None] + span, upper_phi[:, None] + span[::-1]
    ht = towers[number[:, None, None], picked_eta[:, None, :], picked_phi[:, :, None]]
    upsampled = np.repeat(np.repeat(ht, HCAL_SPLIT, axis=1), HCAL_SPLIT, axis=2) / HCAL_SPLIT**2

    def total(rows: int, columns: int) -> np.ndarray:
        near = et[:, CENTRE - rows : CENTRE + rows + 1, CENTRE - columns : CENTRE + columns + 1]
        return near.sum(axis=(1, 2))

    cluster = total(3, 2)
    quarter = HCAL_TOWERS // 4
    behind = ht[:, quarter:-quarter, quarter:-quarter].sum(axis=(1, 2))
    chosen = (cluster > selection.min_et) & (cluster < selection.max_et)
    chosen &= et[:, CENTRE, CENTRE] > 0
    chosen &= np.abs(image_eta) < selection.max_eta
    chosen &= cluster > selection.min_energy_over_momentum * tracks.pt
    chosen &= cluster < selection.max_energy_over_momentum * tracks.pt
    chosen &= behind < selection.max_hadronic * cluster
    chosen &= total(3, 1) > selection.min_ratio_eta * total(3, 3)
    candidates = Candidates(
        et[..., None].astype(np.float32),
        upsampled[..., None].astype(np.float32),
        cluster,
        image_eta,
        np.stack([corner_eta - deta, corner_phi - dphi], axis=1),
    )
    return candidates, chosen
