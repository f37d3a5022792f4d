"""How many events the splits of a study have, and in how many chunks they are computed."""

import math
import os
from collections.abc import Mapping

# Shares of each class that the workflow's own sources give to validation and test; the rest is for training.
SHARES = {"valid": 0.16, "test": 0.20}

# Bytes of a Delphes file that one job reads, where the config does not say how many jobs there are.
PART_BYTES = 1e9


def simulated_events(total: int) -> dict[str, int]:
    """Return the events of each split of the workflow's own sources; half of each are signal."""
    of_class = total // 2
    others = {split: round(share * of_class) for split, share in SHARES.items()}
    return {split: 2 * count for split, count in {"train": of_class - sum(others.values()), **others}.items()}


def number_of_chunks(events: Mapping[str, int | None], size: int) -> dict[str, int]:
    """Return how many chunks of at most `size` events each split has; one where the events are not known."""
    return {split: 1 if not count else -(-count // size) for split, count in events.items()}


def number_of_parts(path: str, parts: int | None) -> int:
    """Return in how many parts a Delphes file is read: `parts`, or by its size; 1 if it is missing."""
    if parts:
        return parts
    return max(1, math.ceil(os.path.getsize(path) / PART_BYTES)) if os.path.exists(path) else 1
