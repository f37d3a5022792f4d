"""The two calorimeter images: their grids, and where each cell lies in eta and phi."""

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Grid:
    """A square image of calorimeter cells around an electron candidate.

    Rows are phi (descending), columns are eta (ascending), both relative to the image centre; a cell
    is numbered row-major. `step_eta` and `step_phi` (radians) are the size of one pixel.
    """

    name: str
    image: str
    size: int
    step_eta: float
    step_phi: float
    published_half_eta: float
    published_half_phi: float

    @property
    def shape(self) -> tuple[int, int, int]:
        """Shape of one image in the published layout: (rows, columns, 1)."""
        return (self.size, self.size, 1)

    def positions(self, coordinates: str = "physical") -> np.ndarray:
        """Return the (eta, phi) of every cell, shape (size * size, 2), float64.

        `physical` gives the true cell centres. `published` repeats the public code of
        arXiv:2011.01984 (electron-id-ml, generate_efp.py): the image's edges stand for the outer
        cell centres, which stretches angles by 3 %, and rows are read as eta.
        """
        if coordinates == "physical":
            offsets = np.arange(self.size) - (self.size - 1) / 2
            eta, phi = offsets * self.step_eta, -offsets * self.step_phi
            return np.stack([np.tile(eta, self.size), np.repeat(phi, self.size)], axis=1)
        if coordinates == "published":
            eta = np.linspace(-self.published_half_eta, self.published_half_eta, self.size)
            phi = np.linspace(-self.published_half_phi, self.published_half_phi, self.size)
            return np.stack([np.repeat(eta, self.size), np.tile(phi, self.size)], axis=1)
        raise ValueError(f"coordinates must be 'physical' or 'published', not {coordinates!r}")


ECAL = Grid("ecal", "et", 31, 0.025, np.pi / 126, 15.5 * 0.025, 15.5 * np.pi / 126)

# The HCal's 8x8 towers are up-sampled: each is 4x4 cells with a sixteenth of its energy.
HCAL_TOWERS = 8
HCAL_SPLIT = 4
HCAL = Grid("hcal", "ht", 32, 0.1 / HCAL_SPLIT, np.pi / 31 / HCAL_SPLIT, 0.4, 4 * np.pi / 31)

GRIDS = {grid.name: grid for grid in (ECAL, HCAL)}
IMAGES = {grid.image: grid for grid in GRIDS.values()}


def images_from_cells(cell: np.ndarray, et: np.ndarray, counts: np.ndarray, grid: Grid) -> np.ndarray:
    """Return dense images, shape (N, size, size, 1), float32, from the cells of N events.

    `cell` and `et` hold the events' non-empty cells one after the other; `counts`, shape (N,), says
    how many belong to each event.
    """
    images = np.zeros((len(counts), grid.size * grid.size), dtype=np.float32)
    images[np.repeat(np.arange(len(counts)), counts), cell] = et
    return images.reshape(-1, *grid.shape)
