"""The simulation of electron candidates, chunk by chunk: background, and signal matched to its spectrum."""

import logging
from dataclasses import dataclass, replace

import numpy as np

from leptonid.data.imaging.electrons import Candidates
from leptonid.data.matching import quotas, take
from leptonid.data.simulation.chunks import (
    BATCH,
    Progress,
    Settings,
    Simulation,
    first_candidates,
    pythia_seed,
    seed_sequence,
)
from leptonid.data.simulation.electrons.candidates import reconstruct
from leptonid.data.simulation.electrons.detector import RESPONSE, Response
from leptonid.data.simulation.electrons.generator import generate
from leptonid.data.simulation.electrons.propagation import propagate
from leptonid.data.simulation.overlay import Pool
from leptonid.data.simulation.particles import Particles
from leptonid.data.simulation.propagation import Impacts

logger = logging.getLogger(__name__)

# Groups of the layout that a chunk holds.
GROUPS = ("et", "ht", "hl", "mass", "y", "pt", "eta", "weight")

LABEL = "lepton-id simulation (stand-in)"
NOTE = (
    "A stand-in for the sample of arXiv:2011.01984, made with Pythia 8 and a fast segmented "
    "calorimeter. Its settings were scanned to give a task like the published one; it is not a "
    "validated simulation of any detector. The splits share neither chunks, in each of which signal is "
    "matched to background in ET and |eta|, nor minimum-bias events."
)
UNITS = (
    "et, ht: ET in GeV; pt: cluster ET in GeV; eta: pseudorapidity of the centre of et; mass: GeV, with the "
    "towers of ht where they are, up to half a tower beside that centre; "
    "hl: w_eta2 in eta, sigma_eta_eta in cells, iso_0.3 and iso_0.4 energy in GeV, others ratios"
)

PATIENCE = 20_000  # signal events tried without filling a place before the tolerance grows by one bin


@dataclass(frozen=True)
class ElectronSettings(Settings):
    """Settings of the simulation of electrons: cells below these thresholds (GeV) are empty."""

    ecal_threshold: float = RESPONSE.ecal_threshold
    hcal_threshold: float = RESPONSE.hcal_threshold

    @property
    def response(self) -> Response:
        """The calorimeter's response with these thresholds."""
        return replace(RESPONSE, ecal_threshold=self.ecal_threshold, hcal_threshold=self.hcal_threshold)


def background(
    count: int, settings: ElectronSettings, split: str, index: int, pool: Pool
) -> tuple[Candidates, int]:
    """Return the first `count` background candidates of a chunk, and the events tried for them."""
    sequence = seed_sequence(settings.seed, "background", split, index)
    rng = np.random.default_rng(sequence)
    parts, tried = first_candidates(
        "background",
        count,
        generate("background", pythia_seed(sequence), BATCH),
        lambda batch: reconstruct(batch, pool, settings.overlay, False, rng, settings.response),
    )
    return Candidates.concatenate(parts), tried


def signal(
    free: np.ndarray, settings: ElectronSettings, split: str, index: int, pool: Pool
) -> tuple[Candidates, int]:
    """Return signal candidates that fill the quotas `free`, and the events tried for them.

    Where `PATIENCE` events in a row fill no place, candidates one more bin off may fill it.
    """
    sequence = seed_sequence(settings.seed, "signal", split, index)
    rng = np.random.default_rng(sequence)
    free = free.copy()
    progress = Progress("signal", int(free.sum()))
    parts, idle = [], 0
    for batch in generate("signal", pythia_seed(sequence), BATCH):
        found = reconstruct(batch, pool, settings.overlay, True, rng, settings.response)
        tolerance = idle // PATIENCE
        taken = take(free, found.pt, found.eta, tolerance)
        if tolerance and taken.any():
            logger.info("signal: %d candidates fill places up to %d bins off", taken.sum(), tolerance)
        idle = 0 if taken.any() else idle + batch.events
        parts.append(found[taken])
        progress.add(batch.events, int(taken.sum()))
        if not free.any():
            break
    return Candidates.concatenate(parts), progress.tried


def simulate_chunk(
    settings: ElectronSettings, split: str, index: int, pool: Pool
) -> tuple[dict[str, np.ndarray], dict[str, int]]:
    """Return the events of a chunk, background first, and how they were found.

    The content depends on the settings, the split, the index and the pool only. The signal has the
    background's counts in the bins of `matching`, but for candidates in rare bins, see `signal`.

    Returns
    -------
    arrays of `GROUPS`, all float32 but `y` (int8); and counts: events tried for each class, and signal
    candidates in other bins than those whose places they fill, `displaced`.
    """
    half = settings.events_of(split, index) // 2
    dijets, tried_background = background(half, settings, split, index, pool)
    wanted = quotas(dijets.pt, dijets.eta)
    electrons, tried_signal = signal(wanted, settings, split, index, pool)
    displaced = int(np.abs(quotas(electrons.pt, electrons.eta) - wanted).sum()) // 2
    both = Candidates.concatenate([dijets, electrons])
    arrays = {
        **both.groups(),
        "y": np.repeat(np.array([0, 1], np.int8), half),
        "weight": np.ones(2 * half, np.float32),
    }
    counts = {"tried_background": tried_background, "tried_signal": tried_signal, "displaced": displaced}
    return {name: arrays[name] for name in GROUPS}, counts


def impacts(particles: Particles, rng: np.random.Generator) -> Impacts:
    """Return where the particles of a pool enter the calorimeter."""
    return propagate(particles, rng)[0]


SIMULATION = Simulation(ElectronSettings, LABEL, NOTE, UNITS, GROUPS, generate, impacts, simulate_chunk)
