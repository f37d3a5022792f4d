"""The simulation of muons, chunk by chunk, and their weights, split by split."""

from dataclasses import dataclass

import numpy as np

from leptonid.data.imaging.muons import Muons
from leptonid.data.simulation.chunks import (
    BATCH,
    Arrays,
    Settings,
    Simulation,
    first_candidates,
    pythia_seed,
    seed_sequence,
)
from leptonid.data.simulation.muons.candidates import impacts_of, reconstruct
from leptonid.data.simulation.muons.generator import generate
from leptonid.data.simulation.muons.weights import uniform_weights
from leptonid.data.simulation.overlay import Pool
from leptonid.data.simulation.particles import Particles
from leptonid.data.simulation.propagation import Impacts

# Groups of the layout that a chunk holds.
GROUPS = ("images", "iso", "y", "pt", "eta")

LABEL = "lepton-id muon simulation (stand-in)"
NOTE = (
    "A stand-in for the sample of arXiv:2102.02278, made with Pythia 8 and the towers of Delphes' ATLAS card "
    "with pile-up. The number of overlaid events and the cut on the b quarks' pT were tuned to the published "
    "images and spectra; it is not a validated simulation of any detector. The splits share neither chunks "
    "nor inelastic events. Weights make pT and eta uniform in each class and split."
)
UNITS = "images: ET in GeV; iso: sum of ET over the muon's pT; pt: GeV; eta: pseudorapidity of the muon"


@dataclass(frozen=True)
class MuonSettings(Settings):
    """Settings of the simulation of muons: `forced_decays`, whether all b hadrons decay into a muon."""

    forced_decays: bool = False


def muons_of(
    label: str, count: int, settings: MuonSettings, split: str, index: int, pool: Pool
) -> tuple[Muons, int]:
    """Return the first `count` muons of a class, `signal` or `background`, and the events tried for them."""
    sequence = seed_sequence(settings.seed, label, split, index)
    rng = np.random.default_rng(sequence)
    parts, tried = first_candidates(
        label,
        count,
        generate(label, pythia_seed(sequence), BATCH, settings.forced_decays),
        lambda batch: reconstruct(batch, pool, settings.overlay, rng),
    )
    return Muons.concatenate(parts), tried


def simulate_chunk(
    settings: MuonSettings, split: str, index: int, pool: Pool
) -> tuple[dict[str, np.ndarray], dict[str, int]]:
    """Return the muons of a chunk, background first, and how many events were tried for each class.

    The content depends on the settings, the split, the index and the pool only. Both muons of an event are in
    the same chunk, and so in the same split.
    """
    half = settings.events_of(split, index) // 2
    found = {name: muons_of(name, half, settings, split, index, pool) for name in ("background", "signal")}
    muons = Muons.concatenate([muons for muons, _ in found.values()])
    arrays = {**muons.groups(), "y": np.repeat(np.array([0, 1], np.int8), half)}
    return {name: arrays[name] for name in GROUPS}, {
        f"tried_{name}": tried for name, (_, tried) in found.items()
    }


def with_weights(arrays: Arrays) -> Arrays:
    """Return the groups of a split and the weights of its muons."""
    weights = np.empty(len(arrays["y"]))
    for label in (0, 1):
        chosen = arrays["y"] == label
        weights[chosen] = uniform_weights(arrays["pt"][chosen], arrays["eta"][chosen])
    return {**arrays, "weights": weights.astype(np.float32)}


def impacts(particles: Particles, rng: np.random.Generator) -> Impacts:
    """Return where the particles of a pool enter the calorimeter."""
    return impacts_of(particles)


SIMULATION = Simulation(
    MuonSettings, LABEL, NOTE, UNITS, GROUPS, generate, impacts, simulate_chunk, with_weights
)
