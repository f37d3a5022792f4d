"""How many events the splits of a study have, and in how many chunks they are computed."""

from collections.abc import Mapping

# What validation and test get of a simulation; the rest is for training.
SHARES = {"valid": 0.16, "test": 0.20}


def shared_out(total: int) -> dict[str, int]:
    """Return how many of `total` each split of a simulation gets."""
    others = {split: round(share * total) for split, share in SHARES.items()}
    return {"train": total - sum(others.values()), **others}


def simulated_events(total: int) -> dict[str, int]:
    """Return the events of each split of a simulation; half of the `total`, and of each split, are signal."""
    return {split: 2 * of_class for split, of_class in shared_out(total // 2).items()}


def number_of_chunks(events: Mapping[str, int | None], size: int) -> dict[str, int]:
    """Return how many chunks of at most `size` events each split has; one where the events are not known."""
    return {split: 1 if not count else -(-count // size) for split, count in events.items()}
