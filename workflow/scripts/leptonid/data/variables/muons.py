"""Isolation of muons, computed from the image of the calorimeters around them (arXiv:2102.02278)."""

import numpy as np

from leptonid.study.layout import Grid
from leptonid.tables.cells import SparseImages, pixel_positions

REACH = 0.45  # half the side of an image, in eta and phi
PIXELS = 32

# The image of config/layouts/muons.yaml.
CALO = Grid("images", "calo", PIXELS, PIXELS, cell_eta=2 * REACH / PIXELS, cell_phi=2 * REACH / PIXELS)

# Of the cones, in the order of the layout.
RADII = tuple(round(0.025 * step, 3) for step in range(1, 19))


def isolation(images: SparseImages, pt: np.ndarray) -> np.ndarray:
    """Return the isolation in every cone, (N, 18) float32: sum of ET closer to the muon than R0, over its pT.

    As in the paper, it is computed from the image: a pixel counts by the distance of its centre.

    Parameters
    ----------
    images
        ET around N muons in GeV.
    pt : shape (N,)
        Of the muons, in GeV.
    """
    distance = np.hypot(*pixel_positions(CALO).T)[images.pixel]
    image = np.repeat(np.arange(len(images)), images.counts)
    sums = [np.bincount(image, images.energy * (distance < radius), len(images)) for radius in RADII]
    return (np.stack(sums, axis=1) / pt[:, None]).astype(np.float32)
