"""Chunks: groups of events that depend on one another, as their spectra were matched, and stay together."""

from collections.abc import Iterable

import numpy as np

from leptonid.study.layout import CHUNK
from leptonid.study.paths import SPLITS
from leptonid.tables.feather import read_feather, read_schema
from leptonid.tables.flat import events_table


def read_chunks(tables: Iterable[str]) -> dict[str, np.ndarray] | None:
    """Return the number of the chunk of every event of each split; None where tables of events have none."""
    paths = {split: events_table(tables, split) for split in SPLITS}
    if not all(CHUNK in read_schema(path).names for path in paths.values()):
        return None
    return {split: read_feather(path, [CHUNK])[CHUNK].to_numpy() for split, path in paths.items()}


def chunks_of(chunk: np.ndarray, y: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the place of each event's chunk among all, (N,), and the kind of each chunk, (chunks,).

    The kind is the sum of 1 for a chunk with background, label 0, and 2 for one with signal, label 1.
    """
    numbers, place = np.unique(chunk, return_inverse=True)
    background, signal = (np.bincount(place[y == label], minlength=len(numbers)) > 0 for label in (0, 1))
    return place, background + 2 * signal
