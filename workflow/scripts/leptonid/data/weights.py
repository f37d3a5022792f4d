"""Whether the event weights of a file can be used.

Apart from `leptonid.data.checks`, so that switching weights on or off does not check all images anew.
"""

from collections.abc import Sequence
from pathlib import Path

import h5py
import numpy as np

from leptonid.data.hdf5 import blocks, check_finite, check_group, check_lengths, read_labels
from leptonid.data.opening import open_events
from leptonid.errors import InputError
from leptonid.study.layout import CLASSES, LABEL, WEIGHT, Contents
from leptonid.study.sources import described

# Sums of weights and of their squares stay finite between these.
SMALLEST, LARGEST = 1e-100, 1e100


def check_weights(sources: Sequence[str | Path], split: str, contents: Contents) -> None:
    """Check the weights of a split of files, if the layout names a group of weights and the files have it.

    Raises
    ------
    InputError
        Naming the file, the split, and the event or class: if a weight is negative, not finite, or too small
        or large to be summed, if all events of a class have the weight 0, or if only some of the files have
        weights.
    """
    name = contents.events.get(WEIGHT)
    if name is None:
        return
    sums, unweighted = np.zeros(2), []
    for source in sources:
        with open_events(source, contents, [split]) as file:
            if name in file:
                sums += _sums(file, split, contents, source)
            else:
                unweighted.append(source)
    if unweighted and len(unweighted) < len(sources):
        raise InputError(
            f"{unweighted[0]}: has no weights (group '{name}'), unlike other files of {split} events; add "
            "them, or ignore weights (train.weights: false)"
        )
    for value, of_class in CLASSES.items():
        if not sums[value] and not unweighted:
            raise InputError(
                f"{described(sources)}: {name}/{split}: all {of_class} events have the weight 0, so that "
                "nothing is left of them; give them weights, or ignore weights (train.weights: false)"
            )


def _sums(file: h5py.File, split: str, contents: Contents, path: str | Path) -> np.ndarray:
    """Check each weight of a split of a file; return their sum in each class, (2,)."""
    label, name = contents.events[LABEL], contents.events[WEIGHT]
    check_group(file, name, contents, path, [split])
    check_lengths(file, [label, name], split, path)
    where, sums = f"{path}: {name}/{split}", np.zeros(2)
    y = read_labels(file[label][split], path)
    for start, values in blocks(file[name][split], path):
        weights = values.astype(np.float64)
        check_finite(weights, start, where)
        for wrong, problem in (
            (
                weights < 0,
                "is negative: take their absolute values, or ignore weights (train.weights: false)",
            ),
            (weights > LARGEST, f"is above {LARGEST:g}: scale the weights"),
            ((weights > 0) & (weights < SMALLEST), f"is below {SMALLEST:g}: scale the weights"),
        ):
            if wrong.any():
                event = int(np.argmax(wrong))
                raise InputError(
                    f"{where}: event {start + event} has the weight {weights[event]:g}, which {problem}"
                )
        sums += np.bincount(y[start : start + len(weights)], weights, minlength=2)
    return sums
