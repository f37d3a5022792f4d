"""The pool of minimum-bias events, and how they are overlaid around candidates."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import h5py
import numpy as np

from leptonid.data.imaging.angles import wrapped
from leptonid.data.simulation.particles import COLUMNS, Particles, expand
from leptonid.data.simulation.propagation import Impacts
from leptonid.errors import InputError
from leptonid.tables.files import atomic_write

# Types in the file of a pool: positions in float32, the rest in small integers.
STORED = {"pt": np.float32, "eta": np.float32, "phi": np.float32, "kind": np.int8, "charge": np.int8}


@dataclass(frozen=True)
class Pool:
    """Minimum-bias events at the calorimeter: event i is impacts offsets[i]:offsets[i + 1]."""

    impacts: Impacts
    offsets: np.ndarray


def write_pool(path: str | Path, particles: Particles, attributes: dict[str, str | int]) -> None:
    """Write minimum-bias events as HDF5; the bytes depend on the content only."""
    with atomic_write(path) as temporary, h5py.File(temporary, "w", locking=False) as file:
        for name, kind in STORED.items():
            values = getattr(particles, name).astype(kind)
            file.create_dataset(name, data=values, compression="gzip", shuffle=True, track_times=False)
        file.create_dataset("offsets", data=particles.offsets(), track_times=False)
        file.attrs.update(sorted(attributes.items()))


def read_pool(path: str | Path, impacts_of: Callable[[Particles], Impacts]) -> Pool:
    """Read a pool and follow its particles to the calorimeter with `impacts_of`.

    Raises
    ------
    InputError
        If the file is missing, is not a pool, or holds no events.
    """
    try:
        with h5py.File(path, "r", locking=False) as file:
            columns = {name: file[name][:] for name in STORED}
            offsets = file["offsets"][:]
    except (OSError, KeyError) as error:
        raise InputError(
            f"{path}: not a pool of minimum-bias events as simulate_pool.py makes ({error})"
        ) from error
    if len(offsets) < 2:
        raise InputError(f"{path}: the pool holds no events")
    columns["event"] = np.repeat(np.arange(len(offsets) - 1), np.diff(offsets))
    columns |= {name: columns[name].astype(np.float64) for name in ("pt", "eta", "phi")}
    impacts = impacts_of(Particles(len(offsets) - 1, *(columns[name] for name in COLUMNS)))
    return Pool(impacts, np.searchsorted(impacts.event, np.arange(len(offsets))))


def overlay(
    pool: Pool, mean: float, eta: np.ndarray, phi: np.ndarray, reach: float, rng: np.random.Generator
) -> Impacts:
    """Return the particles of random pool events near each of N directions.

    Each direction gets a Poisson number of events with this `mean`, each turned by a random angle
    and, half the time, mirrored in eta.

    Parameters
    ----------
    eta, phi
        The directions, shape (N,).
    reach
        Largest distance in eta, and in phi, of the particles returned.

    Returns
    -------
    Impacts whose `event` is the number of the direction.
    """
    counts = rng.poisson(mean, len(eta))
    direction = np.repeat(np.arange(len(eta)), counts)
    chosen = rng.integers(0, len(pool.offsets) - 1, len(direction))
    turn = rng.uniform(0, 2 * np.pi, len(direction))
    mirror = rng.choice([-1.0, 1.0], len(direction))

    overlaid, particle = expand(pool.offsets[chosen], np.diff(pool.offsets)[chosen])
    target = direction[overlaid]
    new_eta = pool.impacts.eta[particle] * mirror[overlaid]
    new_phi = pool.impacts.phi[particle] + turn[overlaid]
    near = (np.abs(new_eta - eta[target]) < reach) & (np.abs(wrapped(new_phi - phi[target])) < reach)
    particle = particle[near]
    return Impacts(
        len(eta),
        target[near],
        pool.impacts.energy[particle],
        new_eta[near],
        new_phi[near],
        pool.impacts.kind[particle],
    )
