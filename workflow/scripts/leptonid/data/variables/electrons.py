"""The seven high-level electron variables and the jet mass, computed from the two calorimeter images.

Definitions: arXiv:2011.01984, section IV, with its published code (EID, HLVar.C) where the text is
silent; cell sizes are the true ones.
"""

import numpy as np

from leptonid.study.layout import Grid
from leptonid.tables.cells import pixel_positions

# The images of config/layouts/electrons.yaml.
ECAL = Grid("et", "ecal", rows=31, columns=31, cell_eta=0.025, cell_phi=np.pi / 126)
HCAL = Grid("ht", "hcal", rows=32, columns=32, cell_eta=0.1, cell_phi=np.pi / 31, pixels_per_cell=4)
CENTRE = ECAL.rows // 2


def cell_energies(et: np.ndarray, eta: np.ndarray) -> np.ndarray:
    """Return ECal energies E = ET cosh(eta), shape (N, 31, 31), from ET images of shape (N, 31, 31, 1).

    `eta`, shape (N,), is the pseudorapidity of the image centres.
    """
    offsets = (np.arange(ECAL.columns) - CENTRE) * ECAL.cell_eta
    return et[..., 0].astype(np.float64) * np.cosh(eta[:, None] + offsets)[:, None, :]


def window(energy: np.ndarray, cells_eta: int, cells_phi: int) -> np.ndarray:
    """Return the central `cells_eta` x `cells_phi` cells (odd numbers) of ECal images (N, rows, columns)."""
    row, column = cells_phi // 2, cells_eta // 2
    return energy[:, CENTRE - row : CENTRE + row + 1, CENTRE - column : CENTRE + column + 1]


def ratio(part: np.ndarray, whole: np.ndarray) -> np.ndarray:
    """Return part / whole, and 0 where whole is 0."""
    return np.divide(part, whole, out=np.zeros_like(whole, dtype=np.float64), where=whole > 0)


def hadronic_ratio(et: np.ndarray, ht: np.ndarray) -> np.ndarray:
    """Return R_had: the HCal's ET over the ECal's, both over the whole image."""
    total = (1, 2, 3)
    return ratio(ht.sum(total, dtype=np.float64), et.sum(total, dtype=np.float64))


def width_eta(energy: np.ndarray) -> np.ndarray:
    """Return w_eta2: the energy-weighted standard deviation of eta in 3 x 5 cells (eta x phi)."""
    near = window(energy, 3, 5).sum(axis=1)
    eta = np.array([-1, 0, 1]) * ECAL.cell_eta
    total = near.sum(axis=1)
    mean = ratio(near @ eta, total)
    return np.sqrt(np.maximum(ratio(near @ eta**2, total) - mean**2, 0))


def ratio_phi(energy: np.ndarray) -> np.ndarray:
    """Return R_phi: the energy in 3 x 3 over that in 3 x 7 cells (eta x phi)."""
    return ratio(window(energy, 3, 3).sum((1, 2)), window(energy, 3, 7).sum((1, 2)))


def ratio_eta(energy: np.ndarray) -> np.ndarray:
    """Return R_eta: the energy in 3 x 7 over that in 7 x 7 cells (eta x phi)."""
    return ratio(window(energy, 3, 7).sum((1, 2)), window(energy, 7, 7).sum((1, 2)))


def sigma_eta_eta(energy: np.ndarray) -> np.ndarray:
    """Return sigma_eta_eta: the spread in eta around the centre, in cells, of the 5 x 5 cells.

    The weights are |ln(E / GeV)| of the non-empty cells; the published code squares the distance,
    which the paper's equation 4 leaves out. 0 where all weights are 0.
    """
    near = window(energy, 5, 5)
    weight = np.abs(np.log(near, out=np.zeros_like(near), where=near > 0))
    squares = np.arange(-2, 3) ** 2
    return np.sqrt(ratio((weight * squares).sum((1, 2)), weight.sum((1, 2))))


def isolation(energy: np.ndarray, radius: float) -> np.ndarray:
    """Return the ECal energy (GeV) in cells closer than `radius` to the centre, which is included.

    The image cuts the cone of 0.4 at 0.3875.
    """
    eta, phi = pixel_positions(ECAL).T
    inside = np.hypot(eta, phi) < radius
    return energy.reshape(len(energy), ECAL.pixels)[:, inside].sum(axis=1)


def high_level(et: np.ndarray, ht: np.ndarray, eta: np.ndarray) -> np.ndarray:
    """Return the seven variables in the order of the layout, shape (N, 7), float32.

    Parameters
    ----------
    et, ht
        ET images in GeV, shapes (N, 31, 31, 1) and (N, 32, 32, 1).
    eta
        Pseudorapidity of the image centres, shape (N,).
    """
    energy = cell_energies(et, eta)
    columns = (
        hadronic_ratio(et, ht),
        width_eta(energy),
        ratio_phi(energy),
        ratio_eta(energy),
        sigma_eta_eta(energy),
        isolation(energy, 0.3),
        isolation(energy, 0.4),
    )
    return np.stack(columns, axis=1).astype(np.float32)


def mass(et: np.ndarray, ht: np.ndarray, eta: np.ndarray, ht_centre: np.ndarray | None = None) -> np.ndarray:
    """Return the invariant mass (GeV) of all cells of both images taken as massless, (N, 1), float32.

    The paper gives no formula for its M_jet; this one is our reading. Parameters as of `high_level`, and
    `ht_centre`, shape (N, 2): where the centre of `ht` lies from that of `et`, in eta and phi. Files of
    events do not say it; by default both are the same.
    """
    momentum = np.zeros((len(eta), 4))
    together = np.zeros((len(eta), 2))
    for image, grid, centre in (
        (et, ECAL, together),
        (ht, HCAL, together if ht_centre is None else ht_centre),
    ):
        cells = image[..., 0].astype(np.float64)
        # Eta is that of the column, phi that of the row.
        offsets = pixel_positions(grid).reshape(grid.rows, grid.columns, 2)
        absolute = ((eta + centre[:, 0])[:, None] + offsets[0, :, 0])[:, None, :]
        phi = (centre[:, 1:] + offsets[:, 0, 1])[:, :, None]
        momentum += np.stack(
            [
                (cells * factor).reshape(len(cells), grid.pixels).sum(axis=1)
                for factor in (np.cosh(absolute), np.cos(phi), np.sin(phi), np.sinh(absolute))
            ],
            axis=1,
        )
    squared = momentum[:, 0] ** 2 - (momentum[:, 1:] ** 2).sum(axis=1)
    return np.sqrt(np.maximum(squared, 0)).astype(np.float32)[:, None]
