"""The simulation of electron candidates, chunk by chunk: background, and signal matched to its spectrum.

A chunk belongs to one split, as does the pool that it draws from: splits share no event and no count.
"""

import json
import logging
import time
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields, replace

import numpy as np

from leptonid.data.imaging.electrons import Candidates
from leptonid.data.matching import quotas, take
from leptonid.data.simulation.electrons.candidates import reconstruct
from leptonid.data.simulation.electrons.detector import RESPONSE, Response
from leptonid.data.simulation.electrons.generator import PYTHIA_SEEDS, generate, versions
from leptonid.data.simulation.electrons.overlay import Pool
from leptonid.data.simulation.electrons.particles import COLUMNS, Particles
from leptonid.errors import InputError
from leptonid.study.chunks import number_of_chunks, simulated_events
from leptonid.study.paths import SPLITS

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

# Streams of random numbers; the number is part of a stream's seed, so that no two streams are alike.
STREAMS = {"background": 0, "signal": 1, "pool_response": 2, "minimum_bias": 3, "shuffle": 4}

FEWEST = 20  # events, so that every split has some of both classes
BATCH = 500  # events per call of Pythia
PATIENCE = 20_000  # signal events tried without filling a place before the tolerance grows by one bin
SECONDS_BETWEEN_REPORTS = 15


@dataclass(frozen=True)
class Settings:
    """Settings of the simulation, the section `data.simulation` of the config.

    `events` in all, half of them signal; `chunk` events per job, at most; `overlay`, the mean number of
    minimum-bias events overlaid on each; `pool`, how many of those each split has to draw from; cells below
    `ecal_threshold` or `hcal_threshold` (GeV) are empty.
    """

    events: int = 20_000
    seed: int = 1
    chunk: int = 1000
    overlay: float = 10.0
    pool: int = 20_000
    ecal_threshold: float = RESPONSE.ecal_threshold
    hcal_threshold: float = RESPONSE.hcal_threshold

    @staticmethod
    def from_settings(given: Mapping) -> "Settings":
        """Return settings from a mapping; keys left out have their defaults.

        Raises
        ------
        InputError
            Naming the key that is unknown, or whose value cannot be used.
        """
        known = {field.name: field.type for field in fields(Settings)}
        unknown = sorted(set(given) - set(known))
        if unknown:
            raise InputError(f"data.simulation: unknown keys {unknown}; known are {sorted(known)}")
        settings = Settings(**given)
        for name, kind in known.items():
            value = getattr(settings, name)
            whole = isinstance(value, int) and not isinstance(value, bool)
            if not (whole or (kind is float and isinstance(value, float))) or not 0 <= value < 2**31:
                raise InputError(f"data.simulation.{name}: a number of 0 or more is needed, not {value!r}")
        for name in ("events", "chunk"):
            value = getattr(settings, name)
            if value < FEWEST or value % 2:
                raise InputError(
                    f"data.simulation.{name}: an even number of {FEWEST} or more is needed, not {value}: "
                    "half of the events are signal, in every split"
                )
        if settings.pool < 1:
            raise InputError("data.simulation.pool: at least one event is needed")
        return settings

    @property
    def response(self) -> Response:
        """The calorimeter's response with these thresholds."""
        return replace(RESPONSE, ecal_threshold=self.ecal_threshold, hcal_threshold=self.hcal_threshold)

    def events_in(self, split: str) -> list[int]:
        """Return the number of events of each chunk of a split."""
        events = simulated_events(self.events)
        chunks = range(number_of_chunks(events, self.chunk)[split])
        return [min(self.chunk, events[split] - index * self.chunk) for index in chunks]

    def events_of(self, split: str, index: int) -> int:
        """Return the number of events of chunk `index` of a split."""
        counts = self.events_in(split)
        if not 0 <= index < len(counts):
            raise InputError(
                f"chunk {index} of {split}: {sum(counts)} events in chunks of {self.chunk} have the chunks "
                f"0 to {len(counts) - 1}"
            )
        return counts[index]


def attributes(settings: Settings) -> dict[str, str | int]:
    """Return the attributes of a file of merged events: what they are, and how they were made."""
    return {
        "label": LABEL,
        "note": NOTE,
        "energy_unit": "GeV",
        "units": UNITS,
        "settings": json.dumps(asdict(settings), sort_keys=True),
        "seed": settings.seed,
        "versions": json.dumps(versions(), sort_keys=True),
    }


def seed_sequence(seed: int, stream: str, split: str, index: int = 0) -> np.random.SeedSequence:
    """Return the seed of one stream of random numbers of chunk `index` of a split."""
    return np.random.SeedSequence([seed, SPLITS.index(split), index, STREAMS[stream]])


def pythia_seed(sequence: np.random.SeedSequence) -> int:
    """Return a seed for Pythia, 1 to `PYTHIA_SEEDS`."""
    return int(sequence.generate_state(1)[0]) % PYTHIA_SEEDS + 1


@dataclass
class Progress:
    """Counts of one process, reported every `SECONDS_BETWEEN_REPORTS`."""

    process: str
    wanted: int
    found: int = 0
    tried: int = 0

    def __post_init__(self) -> None:
        self.start = self.last = time.monotonic()

    def add(self, tried: int, found: int) -> None:
        """Count, and report when it is time or all are found."""
        self.tried += tried
        self.found += found
        now = time.monotonic()
        if now - self.last > SECONDS_BETWEEN_REPORTS or self.found >= self.wanted:
            self.last = now
            rate = self.tried / max(now - self.start, 1e-9)
            logger.info(
                "%s: %d of %d candidates from %d events (%.0f events/s)",
                self.process,
                self.found,
                self.wanted,
                self.tried,
                rate,
            )


def minimum_bias(settings: Settings, split: str) -> Particles:
    """Return the `settings.pool` minimum-bias events of a split."""
    batches, made = [], 0
    progress = Progress("minimum bias", settings.pool)
    seed = pythia_seed(seed_sequence(settings.seed, "minimum_bias", split))
    for batch in generate("minimum_bias", seed, min(BATCH, settings.pool)):
        event = batch.event + made
        kept = event < settings.pool
        columns = {name: getattr(batch, name)[kept] for name in COLUMNS} | {"event": event[kept]}
        batches.append(columns)
        progress.add(batch.events, min(batch.events, settings.pool - made))
        made += batch.events
        if made >= settings.pool:
            break
    joined = (np.concatenate([batch[name] for batch in batches]) for name in COLUMNS)
    return Particles(settings.pool, *joined)


def background(count: int, settings: Settings, split: str, index: int, pool: Pool) -> tuple[Candidates, int]:
    """Return the first `count` background candidates of a chunk, and the events tried for them."""
    sequence = seed_sequence(settings.seed, "background", split, index)
    rng = np.random.default_rng(sequence)
    progress = Progress("background", count)
    parts = []
    for batch in generate("background", pythia_seed(sequence), BATCH):
        found = reconstruct(batch, pool, settings.overlay, False, rng, settings.response)
        parts.append(found[: count - progress.found])
        progress.add(batch.events, len(parts[-1]))
        if progress.found >= count:
            break
    return Candidates.concatenate(parts), progress.tried


def signal(
    free: np.ndarray, settings: Settings, split: str, index: int, pool: Pool
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
    settings: Settings, split: str, index: int, pool: Pool
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
