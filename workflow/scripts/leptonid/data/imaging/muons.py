"""From towers around muons to images of them and their isolation, whatever made the towers."""

from dataclasses import dataclass

import numpy as np

from leptonid.data.variables.muons import CALO, PIXELS, REACH, isolation
from leptonid.tables.cells import SparseImages

# ET is kept to 2^-10 GeV, about 1 MeV: far below resolution and thresholds, and it compresses.
ET_STEPS = 1024


@dataclass(frozen=True)
class Muons:
    """Imaged muons: `images` of ET in GeV, `pt` in GeV and `eta` at the vertex, of shape (N,)."""

    images: SparseImages
    pt: np.ndarray
    eta: np.ndarray

    def __len__(self) -> int:
        """Return the number of muons."""
        return len(self.pt)

    def __getitem__(self, chosen: np.ndarray | slice) -> "Muons":
        """Return the muons of a mask, of indices or of a slice."""
        return Muons(self.images.take(chosen), self.pt[chosen], self.eta[chosen])

    @staticmethod
    def concatenate(parts: list["Muons"]) -> "Muons":
        """Return the muons of all parts, one after the other."""
        return Muons(
            SparseImages.concatenate([part.images for part in parts]),
            np.concatenate([part.pt for part in parts]),
            np.concatenate([part.eta for part in parts]),
        )

    def groups(self) -> dict[str, np.ndarray]:
        """Return image, cones and kinematics by the names of the layout, all float32."""
        pt = self.pt.astype(np.float32)
        return {
            "images": self.images.dense(),
            "iso": isolation(self.images, pt.astype(np.float64)),
            "pt": pt,
            "eta": self.eta.astype(np.float32),
        }


def image(muon: np.ndarray, deta: np.ndarray, dphi: np.ndarray, et: np.ndarray, muons: int) -> SparseImages:
    """Return the images of a number of muons, centred on where each enters the calorimeter.

    Parameters
    ----------
    muon : shape (M,)
        The number of the muon that each tower is near to.
    deta, dphi, et : shape (M,)
        Of the towers: eta and phi from there, and ET in GeV. Only those within `REACH` of it count.
    """
    inside = np.hypot(deta, dphi) < REACH
    muon, deta, dphi, et = (values[inside] for values in (muon, deta, dphi, et))
    column = np.floor((deta + REACH) / CALO.cell_eta).astype(np.int64)
    row = np.floor((REACH - dphi) / CALO.cell_phi).astype(np.int64)
    pixel = np.clip(row, 0, PIXELS - 1) * PIXELS + np.clip(column, 0, PIXELS - 1)
    sums = np.bincount(muon * CALO.pixels + pixel, et, muons * CALO.pixels)
    rounded = np.round(sums * ET_STEPS) / ET_STEPS
    return SparseImages.from_dense(rounded.astype(np.float32).reshape(muons, *CALO.shape))
