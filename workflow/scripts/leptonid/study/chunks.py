"""How many events the splits of a study have, and in how many chunks they are computed."""

from collections.abc import Mapping

# Shares of each class that the simulation gives to validation and test; the rest is for training.
SHARES = {"valid": 0.16, "test": 0.20}


def simulated_events(total: int) -> dict[str, int]:
    """Return the events of each split of a simulation; half of the `total`, and of each split, are signal."""
    of_class = total // 2
    others = {split: round(share * of_class) for split, share in SHARES.items()}
    return {split: 2 * count for split, count in {"train": of_class - sum(others.values()), **others}.items()}


def number_of_chunks(events: Mapping[str, int | None], size: int) -> dict[str, int]:
    """Return how many chunks of at most `size` events each split has; one where the events are not known."""
    return {split: 1 if not count else -(-count // size) for split, count in events.items()}
