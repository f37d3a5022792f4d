"""Bootstrap samples of test events, for statistical uncertainties."""

from collections.abc import Iterator, Sequence

import numpy as np

from leptonid.tables.slices import slices

# Memory for the samples that are drawn at once.
CHUNK_BYTES = 2**24

# Memory for what is kept of classifiers while all samples are gone through.
GROUP_BYTES = 2**29


def in_groups(items: Sequence, bytes_each: int) -> Iterator[Sequence]:
    """Yield trainings in groups that fit into memory together; the samples are drawn again for each group."""
    at_once = max(1, GROUP_BYTES // bytes_each)
    for group in slices(len(items), at_once):
        yield items[group]


def bootstrap_weights(y: np.ndarray, samples: int, seed: int) -> Iterator[np.ndarray]:
    """Yield bootstrap samples in chunks of shape (chunk, N): how often each event is drawn.

    Every sample has as many events of each class as `y`, shape (N,).
    """
    generator = np.random.default_rng(seed)
    at_once = max(1, CHUNK_BYTES // (8 * len(y)))
    for start in range(0, samples, at_once):
        rows = min(at_once, samples - start)
        weights = np.empty((rows, len(y)))
        for value in (0, 1):
            members = np.flatnonzero(y == value)
            size = len(members)
            draws = generator.integers(size, size=(rows, size)) + size * np.arange(rows)[:, None]
            weights[:, members] = np.bincount(draws.ravel(), minlength=draws.size).reshape(rows, size)
        yield weights
