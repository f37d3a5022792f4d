"""From ET in the cells of the detector to images of electron candidates and their variables.

The built-in simulation and the reader of Delphes files share it: they differ in where the energy comes from.
"""

from collections.abc import Callable
from dataclasses import dataclass, fields

import numpy as np

from leptonid.data.imaging.angles import wrapped
from leptonid.data.variables.electrons import CENTRE, ECAL, HCAL, high_level, mass

SEARCH = 8  # the image centre is the hottest ECal cell within so many cells of the track's
ECAL_REACH = SEARCH + CENTRE
HCAL_REACH = HCAL.cell_rows // 2
HCAL_SPLIT = HCAL.pixels_per_cell


@dataclass(frozen=True)
class Cells:
    """A calorimeter's full grid: cell sizes, the number of cells in eta (centred on 0) and in phi."""

    step_eta: float
    step_phi: float
    cells_eta: int
    cells_phi: int

    def index(self, eta: np.ndarray, phi: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Return the eta and phi indices of the cells that hold directions; eta may lie outside."""
        row = np.floor(eta / self.step_eta).astype(np.int64) + self.cells_eta // 2
        return row, np.floor(phi / self.step_phi).astype(np.int64) % self.cells_phi

    def eta(self, index: np.ndarray) -> np.ndarray:
        """Return the eta of cell centres."""
        return (index - self.cells_eta // 2 + 0.5) * self.step_eta

    def phi(self, index: np.ndarray) -> np.ndarray:
        """Return the phi of cell centres, from 0 to 2 pi."""
        return (index + 0.5) * self.step_phi

    def phi_steps(self, index: np.ndarray, origin: np.ndarray) -> np.ndarray:
        """Return by how many cells `index` lies beyond `origin` in phi, the short way round."""
        half = self.cells_phi // 2
        return (index - origin + half) % self.cells_phi - half

    def windows(
        self,
        event: np.ndarray,
        row: np.ndarray,
        column: np.ndarray,
        energy: np.ndarray,
        centre_eta: np.ndarray,
        centre_phi: np.ndarray,
        reach: int,
    ) -> np.ndarray:
        """Return the energy in each cell within `reach` cells of each candidate's centre cell.

        Parameters
        ----------
        event, row, column, energy
            Number of the candidate, indices in eta and phi, and energy of deposits, shape (deposits,).
        centre_eta, centre_phi
            Indices of the centre cells, shape (candidates,).

        Returns
        -------
        array of shape (candidates, 2 reach + 1, 2 reach + 1), axes eta and phi, both ascending.
        """
        size = 2 * reach + 1
        row = row - centre_eta[event] + reach
        column = self.phi_steps(column, centre_phi[event]) + reach
        inside = (row >= 0) & (row < size) & (column >= 0) & (column < size)
        flat = ((event * size + row) * size + column)[inside]
        shape = (len(centre_eta), size, size)
        return np.bincount(flat, energy[inside], minlength=np.prod(shape)).reshape(shape)


ECAL_CELLS = Cells(0.025, np.pi / 126, 200, 252)
HCAL_CELLS = Cells(0.1, np.pi / 31, 50, 62)
CALORIMETERS = {"ecal": ECAL_CELLS, "hcal": HCAL_CELLS}

# Where a centre lies, its ECal image is complete.
MAX_ETA = (ECAL_CELLS.cells_eta // 2 - CENTRE) * ECAL_CELLS.step_eta

# Returns windows of ET; arguments: calorimeter, indices of the centre cells in eta and in phi, reach.
Windows = Callable[[str, np.ndarray, np.ndarray, int], np.ndarray]


@dataclass(frozen=True)
class Candidates:
    """Imaged candidates, at most one per event.

    `et` and `ht` are images of ET in GeV, shapes (N, 31, 31, 1) and (N, 32, 32, 1), float32, in the
    orientation of the layout; `pt` is in GeV, `eta` the pseudorapidity of the centre of `et`; both of shape
    (N,). `ht_centre`, (N, 2), is where the centre of `ht` lies from there in eta and phi: it is a corner of
    towers, up to half a tower away.
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

    def groups(self) -> dict[str, np.ndarray]:
        """Return images, variables and kinematics by the names of the layout, all float32."""
        return {
            "et": self.et,
            "ht": self.ht,
            "hl": high_level(self.et, self.ht, self.eta),
            "mass": mass(self.et, self.ht, self.eta, self.ht_centre),
            "pt": self.pt.astype(np.float32),
            "eta": self.eta.astype(np.float32),
        }


@dataclass(frozen=True)
class CellImages:
    """ET in GeV of the cells around N centres, rows phi descending, columns eta ascending, float64.

    `et` is of shape (N, 31, 31), `ht` (N, 8, 8); `eta` and `ht_centre` are as of `Candidates`.
    """

    et: np.ndarray
    ht: np.ndarray
    eta: np.ndarray
    ht_centre: np.ndarray

    def candidates(self, pt: np.ndarray) -> Candidates:
        """Return the images in the pixels of the layout; each tower of the HCal is 4 x 4 of them."""
        pixels = np.repeat(np.repeat(self.ht, HCAL_SPLIT, axis=1), HCAL_SPLIT, axis=2) / HCAL_SPLIT**2
        images = self.et[..., None].astype(np.float32), pixels[..., None].astype(np.float32)
        return Candidates(*images, pt, self.eta, self.ht_centre)


def image(windows: Windows, track_eta: np.ndarray, track_phi: np.ndarray) -> CellImages:
    """Return the cells around the hottest ECal cell within `SEARCH` cells of each of N tracks.

    The 8 x 8 HCal towers reach one tower farther on the side on which the centre lies in its own tower.

    Parameters
    ----------
    windows
        Asked once for each calorimeter, first for the ECal.
    track_eta, track_phi
        Indices of the ECal cells that the tracks meet, shape (N,).
    """
    number = np.arange(len(track_eta))
    transverse = windows("ecal", track_eta, track_phi, ECAL_REACH)
    low, high = ECAL_REACH - SEARCH, ECAL_REACH + SEARCH + 1
    hottest = transverse[:, low:high, low:high].reshape(len(number), (high - low) ** 2).argmax(axis=1)
    row, column = np.divmod(hottest, high - low)
    centre_eta, centre_phi = track_eta + row - SEARCH, track_phi + column - SEARCH
    span = np.arange(ECAL.rows)
    picked_eta, picked_phi = row[:, None] + span, column[:, None] + span[::-1]  # phi descends with rows
    et = transverse[number[:, None, None], picked_eta[:, None, :], picked_phi[:, :, None]]

    image_eta, image_phi = ECAL_CELLS.eta(centre_eta), ECAL_CELLS.phi(centre_phi)
    tower_eta, tower_phi = HCAL_CELLS.index(image_eta, image_phi)
    towers = windows("hcal", tower_eta, tower_phi, HCAL_REACH)
    # Of the image's centre from that of its tower.
    deta, dphi = image_eta - HCAL_CELLS.eta(tower_eta), wrapped(image_phi - HCAL_CELLS.phi(tower_phi))
    upper_eta, upper_phi = deta > 0, dphi > 0
    corner_eta = np.where(upper_eta, 0.5, -0.5) * HCAL_CELLS.step_eta
    corner_phi = np.where(upper_phi, 0.5, -0.5) * HCAL_CELLS.step_phi
    span = np.arange(HCAL.cell_rows)
    picked_eta, picked_phi = upper_eta[:, None] + span, upper_phi[:, None] + span[::-1]
    ht = towers[number[:, None, None], picked_eta[:, None, :], picked_phi[:, :, None]]
    return CellImages(et, ht, image_eta, np.stack([corner_eta - deta, corner_phi - dphi], axis=1))
