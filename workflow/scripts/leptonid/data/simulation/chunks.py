"""What all simulations share: their settings, seeds and pools, chunk by chunk.

A chunk belongs to one split, as does the pool that it draws from: splits share no event and no count.
"""

import json
import logging
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass, fields
from typing import TypeVar

import numpy as np

from leptonid.data.simulation.generator import PYTHIA_SEEDS, versions
from leptonid.data.simulation.overlay import Pool
from leptonid.data.simulation.particles import COLUMNS, Particles
from leptonid.data.simulation.propagation import Impacts
from leptonid.errors import InputError
from leptonid.study.chunks import number_of_chunks, simulated_events
from leptonid.study.paths import SPLITS
from leptonid.tables.cells import SparseImages

logger = logging.getLogger(__name__)

# Streams of random numbers; the number is part of a stream's seed, so that no two streams are alike.
STREAMS = {"background": 0, "signal": 1, "pool_response": 2, "minimum_bias": 3, "shuffle": 4}

FEWEST = 20  # events, so that every split has some of both classes
BATCH = 500  # events per call of Pythia
SECONDS_BETWEEN_REPORTS = 15

# Imaged candidates, such as electrons or muons, which can be sliced.
Candidates = TypeVar("Candidates")

Arrays = dict[str, np.ndarray | SparseImages]


@dataclass(frozen=True)
class Settings:
    """Settings of the simulation, the section `data.simulation` of the config.

    `events` in all, half of them signal; `chunk` events per job, at most; `overlay`, the mean number of
    minimum-bias events overlaid on each; `pool`, how many of those each split has to draw from.
    """

    events: int = 20_000
    seed: int = 1
    chunk: int = 1000
    overlay: float = 10.0
    pool: int = 20_000

    @classmethod
    def from_settings(cls, given: Mapping) -> "Settings":
        """Return settings from a mapping; keys left out have their defaults.

        Raises
        ------
        InputError
            Naming the key that is unknown, or whose value cannot be used.
        """
        known = {field.name: field.type for field in fields(cls)}
        unknown = sorted(set(given) - set(known))
        if unknown:
            raise InputError(f"data.simulation: unknown keys {unknown}; known are {sorted(known)}")
        settings = cls(**given)
        for name, kind in known.items():
            value = getattr(settings, name)
            if kind is bool:
                if not isinstance(value, bool):
                    raise InputError(f"data.simulation.{name}: true or false is needed, not {value!r}")
                continue
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


@dataclass(frozen=True)
class Simulation:
    """A built-in simulation of candidates in one layout.

    Parameters
    ----------
    settings
        The class of its settings.
    label, note, units
        Attributes of its files.
    groups
        Groups of the layout that its chunks hold.
    generate
        Yields batches of events without end; takes a process, such as `minimum_bias`, a seed and the size of
        a batch.
    impacts
        Follows the particles of a pool to the calorimeter.
    simulate_chunk
        Returns the arrays of a chunk, and counts that its file has as attributes; takes settings, split,
        number of the chunk, and pool.
    complete
        Returns the groups of a split from those of its chunks: adds what depends on all events of the split.
    """

    settings: type[Settings]
    label: str
    note: str
    units: str
    groups: tuple[str, ...]
    generate: Callable[[str, int, int], Iterator[Particles]]
    impacts: Callable[[Particles, np.random.Generator], Impacts]
    simulate_chunk: Callable[[Settings, str, int, Pool], tuple[dict[str, np.ndarray], dict[str, int]]]
    complete: Callable[[Arrays], Arrays] = dict

    def minimum_bias(self, settings: Settings, split: str) -> Particles:
        """Return the `settings.pool` minimum-bias events of a split."""
        batches, made = [], 0
        progress = Progress("minimum bias", settings.pool)
        seed = pythia_seed(seed_sequence(settings.seed, "minimum_bias", split))
        for batch in self.generate("minimum_bias", seed, min(BATCH, settings.pool)):
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

    def attributes(self, settings: Settings) -> dict[str, str | int]:
        """Return the attributes of a file of merged events: what they are, and how they were made."""
        return {
            "label": self.label,
            "note": self.note,
            "energy_unit": "GeV",
            "units": self.units,
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


def first_candidates(
    process: str, count: int, batches: Iterable[Particles], candidates_in: Callable[[Particles], Candidates]
) -> tuple[list[Candidates], int]:
    """Return the first `count` candidates in batches of events, by batch, and the events tried for them."""
    progress = Progress(process, count)
    parts = []
    for batch in batches:
        parts.append(candidates_in(batch)[: count - progress.found])
        progress.add(batch.events, len(parts[-1]))
        if progress.found >= count:
            break
    return parts, progress.tried
