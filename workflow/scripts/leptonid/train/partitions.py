"""Other splits of all events into training, validation and test events: random ones, and k-fold."""

from collections.abc import Mapping

import numpy as np

from leptonid.study.classifiers import VALIDATION_SHARE
from leptonid.study.paths import SPLITS
from leptonid.tables.reader import Events


def partition(events: Mapping[str, Events], repetition: Mapping | None) -> dict[str, Events]:
    """Return the events that a run trains, validates and tests on.

    The papers' uncertainties are the scatter of such runs (arXiv:2011.01984's code, `ShuffleSplit` with 15 %
    held out, and `KFold`). Here, all parts have the same share of signal, so that a rare class is in each of
    them. Early stopping needs events of its own: `VALIDATION_SHARE` of those that are not held out, so that
    the test events decide nothing.

    Parameters
    ----------
    events
        Those of the file's splits.
    repetition
        None for those splits; {"shuffle": i, "held_out": share, "seed": s}, the i-th random split, which does
        not depend on how many there are; or {"fold": i, "folds": k, "seed": s}, the i-th of k disjoint test
        folds; or {"fraction": f, "seed": s}, this share of the training events of each class, drawn at random
        so that a smaller share is part of a larger one.
    """
    if repetition is None:
        return dict(events)
    if "fraction" in repetition:
        return {**events, "train": _part(events["train"], **repetition)}
    # Here, as most trainings need no splits and scikit-learn takes a second to import.
    from sklearn.model_selection import StratifiedKFold, StratifiedShuffleSplit, train_test_split

    everything = Events.concatenate([events[split] for split in SPLITS])
    seed = repetition["seed"]
    if "shuffle" in repetition:
        number = repetition["shuffle"]
        splitter = StratifiedShuffleSplit(number + 1, test_size=repetition["held_out"], random_state=seed)
    else:
        number = repetition["fold"]
        splitter = StratifiedKFold(repetition["folds"], shuffle=True, random_state=seed)
    rest, test = list(splitter.split(everything.event, everything.y))[number]
    train, valid = train_test_split(
        rest, test_size=VALIDATION_SHARE, random_state=seed, stratify=everything.y[rest]
    )
    return {
        split: everything.take(np.sort(rows))
        for split, rows in zip(SPLITS, (train, valid, test), strict=True)
    }


def _part(events: Events, fraction: float, seed: int) -> Events:
    """Return a random share of the events of each class, at least two, in their order."""
    order = np.random.default_rng(seed).permutation(len(events))
    rows = []
    for value in np.unique(events.y):
        members = order[events.y[order] == value]
        rows.append(members[: max(2, round(fraction * len(members)))])
    return events.take(np.sort(np.concatenate(rows)))
