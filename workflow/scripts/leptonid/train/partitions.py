"""Other splits of all events, random ones and k-fold, and other samples of the training events: bootstraps.

Where signal was matched to the spectrum of the background in chunks of events, chunks stay together: what one
part of a chunk has too much of, the other lacks, so that parts of one chunk are not independent.
"""

from collections.abc import Mapping

import numpy as np

from leptonid.study.classifiers import VALIDATION_SHARE
from leptonid.study.paths import SPLITS, TUNING_SPLITS
from leptonid.tables.chunks import chunks_of
from leptonid.tables.reader import Events


def partition(
    events: Mapping[str, Events],
    repetition: Mapping | None,
    chunks: Mapping[str, np.ndarray] | None = None,
) -> dict[str, Events]:
    """Return the events that a run trains, validates and tests on.

    The papers' uncertainties are the scatter of such runs (arXiv:2011.01984's code, `ShuffleSplit` with 15 %
    held out, and `KFold`). Here, all parts have the same share of signal, so that a rare class is in each of
    them, or, with chunks, whole chunks of both classes, and shares of the events are kept as nearly as chunks
    allow. Early stopping needs events of its own: `VALIDATION_SHARE` of those that are not held out, so that
    the test events decide nothing.

    Parameters
    ----------
    events
        Those of the file's splits.
    repetition
        None for those splits; {"shuffle": i, "held_out": share, "seed": s}, the i-th random split, which does
        not depend on how many there are; {"fold": i, "folds": k, "seed": s}, the i-th of k disjoint test
        folds; {"bootstrap": i, "seed": s}, the i-th sample with replacement of the training and of the
        validation events of each class, with the test events as they are; or {"fraction": f, "seed": s}, this
        share of the training events of each class, drawn at random so that a smaller share is part of a
        larger one; with chunks, all but the last of them are whole.
    chunks
        The number of the chunk of each event, (N,), of every split; None where events are drawn one by one.
    """
    if repetition is None:
        return dict(events)
    if "bootstrap" in repetition:
        samples = {split: _bootstrap(events[split], split, **repetition) for split in TUNING_SPLITS}
        return {**events, **samples}
    if "fraction" in repetition:
        return {**events, "train": _part(events["train"], chunks and chunks["train"], **repetition)}
    everything = Events.concatenate([events[split] for split in SPLITS])
    if chunks is None:
        parts = _events_of(everything.y, repetition)
    else:
        parts = _chunks_of(np.concatenate([chunks[split] for split in SPLITS]), everything.y, repetition)
    return {split: everything.take(np.sort(rows)) for split, rows in zip(SPLITS, parts, strict=True)}


def _bootstrap(events: Events, split: str, bootstrap: int, seed: int) -> Events:
    """Return as many events of each class of a split, drawn with replacement, in their order.

    As training and validation events are drawn apart, no event decides when its own training ends.
    """
    rng = np.random.default_rng([seed, bootstrap, SPLITS.index(split)])
    members = [np.flatnonzero(events.y == value) for value in np.unique(events.y)]
    rows = np.concatenate([rng.choice(some, len(some)) for some in members])
    return events.take(np.sort(rows))


def _events_of(y: np.ndarray, repetition: Mapping) -> tuple[np.ndarray, ...]:
    """Return the rows that train, validate and test, drawn one by one."""
    # Here, as most trainings need no splits and scikit-learn takes a second to import.
    from sklearn.model_selection import StratifiedKFold, StratifiedShuffleSplit, train_test_split

    seed = repetition["seed"]
    if "shuffle" in repetition:
        number = repetition["shuffle"]
        splitter = StratifiedShuffleSplit(number + 1, test_size=repetition["held_out"], random_state=seed)
    else:
        number = repetition["fold"]
        splitter = StratifiedKFold(repetition["folds"], shuffle=True, random_state=seed)
    rest, test = list(splitter.split(y, y))[number]
    train, valid = train_test_split(rest, test_size=VALIDATION_SHARE, random_state=seed, stratify=y[rest])
    return train, valid, test


def _chunks_of(chunk: np.ndarray, y: np.ndarray, repetition: Mapping) -> list[np.ndarray]:
    """Return the rows that train, validate and test: whole chunks.

    Those with both classes, with only signal and with only background are divided apart.
    """
    place, kinds = chunks_of(chunk, y)
    sizes = np.bincount(place)
    role = np.full(len(sizes), SPLITS.index("train"))
    # All folds are of the same order of chunks.
    rng = np.random.default_rng([repetition["seed"], repetition.get("shuffle", 0)])
    for kind in np.unique(kinds):
        order = rng.permutation(np.flatnonzero(kinds == kind))
        if "shuffle" in repetition:
            test = _first(order, sizes, repetition["held_out"], keep=2)
        else:
            test = np.array_split(order, repetition["folds"])[repetition["fold"]]
        rest = order[~np.isin(order, test)]
        role[test] = SPLITS.index("test")
        role[_first(rest, sizes, VALIDATION_SHARE, keep=1)] = SPLITS.index("valid")
    return [np.flatnonzero(role[place] == number) for number in range(len(SPLITS))]


def _first(order: np.ndarray, sizes: np.ndarray, share: float, keep: int) -> np.ndarray:
    """Return as many of the first chunks as come nearest to a share of their events.

    One at least, but `keep` are left over.
    """
    events = np.cumsum(sizes[order])
    nearest = 1 + np.argmin(np.abs(events - share * events[-1])) if len(order) else 0
    return order[: max(0, min(nearest, len(order) - keep))]


def _part(events: Events, chunk: np.ndarray | None, fraction: float, seed: int) -> Events:
    """Return a random share of the events of each class, at least two, in their order."""
    rng = np.random.default_rng(seed)
    order = rng.permutation(len(events))
    if chunk is not None:
        # Chunk after chunk, so that all but the last are whole.
        numbers, place = np.unique(chunk, return_inverse=True)
        order = order[np.argsort(rng.permutation(len(numbers))[place[order]], kind="stable")]
    rows = []
    for value in np.unique(events.y):
        members = order[events.y[order] == value]
        rows.append(members[: max(2, round(fraction * len(members)))])
    return events.take(np.sort(np.concatenate(rows)))
