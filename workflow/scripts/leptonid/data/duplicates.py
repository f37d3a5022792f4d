"""Events that are in a file more than once, found by hashes of their images and variables."""

import hashlib
import sys
from collections.abc import Mapping

import numpy as np


class EventHashes:
    """Hashes of N events, to which one group after the other is added, in blocks.

    64 bits each: among ten million events, two different ones share a hash with a probability of 3e-6.
    """

    def __init__(self, events: int):
        self.values = np.zeros(events, np.uint64)
        self._empty = np.ones(events, bool)

    def add(self, values: np.ndarray, first: int) -> None:
        """Add the values of a block of events, (N, ...), the first of which has the number `first`."""
        block = slice(first, first + len(values))
        flat = np.ascontiguousarray(values.reshape(len(values), -1))
        self._empty[block] &= ~flat.any(axis=1)
        # The hash of the groups before is the key: that of an event depends on all of its groups.
        for event, row in enumerate(flat, first):
            digest = hashlib.blake2b(row, digest_size=8, key=self.values[event].tobytes()).digest()
            self.values[event] = int.from_bytes(digest, sys.byteorder)

    def of_filled(self) -> np.ndarray:
        """Return the hashes of events that are not zero everywhere: empty ones tell nothing apart."""
        return self.values[~self._empty]


def repeated_within(hashes: Mapping[str, EventHashes]) -> dict[str, int]:
    """Return how many events of each split repeat an earlier event of the same split."""
    filled = {split: own.of_filled() for split, own in hashes.items()}
    return {split: len(values) - len(np.unique(values)) for split, values in filled.items()}


def shared_between(hashes: Mapping[str, EventHashes]) -> dict[str, int]:
    """Return how many events of each split are also in a split before it."""
    counts, before = {}, np.empty(0, np.uint64)
    for split, own in hashes.items():
        filled = own.of_filled()
        counts[split] = int(np.isin(filled, before).sum())
        before = np.concatenate([before, filled])
    return counts
