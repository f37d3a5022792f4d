"""Stable particles of many events as flat arrays."""

from dataclasses import dataclass, fields

import numpy as np

# What a particle does in the detector. Neutrinos, which do nothing, are left out.
ELECTRON, PHOTON, CHARGED_HADRON, NEUTRAL_HADRON, MUON, V0 = range(6)


@dataclass(frozen=True)
class Particles:
    """The particles of `events` events, one after the other.

    `event` (sorted, 0-based), `pt` in GeV, `eta`, `phi` in radians, `kind` (ELECTRON, PHOTON, ...)
    and `charge` in units of e are all of shape (number of particles,).
    """

    events: int
    event: np.ndarray
    pt: np.ndarray
    eta: np.ndarray
    phi: np.ndarray
    kind: np.ndarray
    charge: np.ndarray

    def offsets(self) -> np.ndarray:
        """Return where each event begins, shape (events + 1,): event i is offsets[i]:offsets[i + 1]."""
        return np.searchsorted(self.event, np.arange(self.events + 1))

    def __getitem__(self, chosen: np.ndarray) -> "Particles":
        """Return the particles of a mask or of sorted indices; the number of events stays."""
        return Particles(self.events, *(getattr(self, name)[chosen] for name in COLUMNS))


COLUMNS = tuple(field.name for field in fields(Particles))[1:]


def expand(first: np.ndarray, counts: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return every member of ranges first[i], ..., first[i] + counts[i] - 1: owners i, and members."""
    owner = np.repeat(np.arange(len(counts)), counts)
    return owner, np.arange(len(owner)) + np.repeat(first - np.cumsum(counts) + counts, counts)
