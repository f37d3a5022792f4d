"""Other splits of all events into training, validation and test: random ones, and k-fold."""

from collections.abc import Mapping

import numpy as np
from sklearn.model_selection import KFold, ShuffleSplit, train_test_split

from leptonid.storage import SPLITS
from leptonid.train.inputs import Sample

# Of the events that are not held out; the published file's own share (papers' split 64 : 16 : 20).
VALIDATION_SHARE = 0.2


def partition(samples: Mapping[str, Sample], repetition: Mapping | None) -> dict[str, Sample]:
    """Return the samples that a run trains, validates and tests on.

    The papers' uncertainties are the scatter of such runs (arXiv:2011.01984's code, `ShuffleSplit` with
    15 % held out, and `KFold`). Early stopping needs events of its own here: `VALIDATION_SHARE` of those
    not held out, so that the test events decide nothing.

    Parameters
    ----------
    samples
        Those of the file's splits.
    repetition
        None for those; {"shuffle": i, "held_out": share, "seed": s}, the i-th random split, which does not
        depend on how many there are; or {"fold": i, "folds": k, "seed": s}, the i-th of k test folds that
        share no event.
    """
    if repetition is None:
        return dict(samples)
    everything = _joined([samples[split] for split in SPLITS])
    seed = repetition["seed"]
    if "shuffle" in repetition:
        number = repetition["shuffle"]
        splitter = ShuffleSplit(number + 1, test_size=repetition["held_out"], random_state=seed)
    else:
        number = repetition["fold"]
        splitter = KFold(repetition["folds"], shuffle=True, random_state=seed)
    rest, test = list(splitter.split(everything.event))[number]
    train, valid = train_test_split(rest, test_size=VALIDATION_SHARE, random_state=seed)
    return {
        split: _rows(everything, np.sort(rows))
        for split, rows in zip(SPLITS, (train, valid, test), strict=True)
    }


def _joined(samples: list[Sample]) -> Sample:
    x = {name: np.concatenate([sample.x[name] for sample in samples]) for name in samples[0].x}
    event, split, y, weight = (
        np.concatenate([getattr(sample, name) for sample in samples])
        for name in ("event", "split", "y", "weight")
    )
    return Sample(event, split, y, weight, x)


def _rows(sample: Sample, rows: np.ndarray) -> Sample:
    x = {name: values[rows] for name, values in sample.x.items()}
    return Sample(sample.event[rows], sample.split[rows], sample.y[rows], sample.weight[rows], x)
