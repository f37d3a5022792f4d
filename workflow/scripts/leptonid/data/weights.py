"""Whether the event weights of a file can be used.

Apart from `leptonid.data.checks`, so that switching weights on or off does not check all images anew.
"""

import numpy as np

from leptonid.data.event_files import EventFile, Sample
from leptonid.data.forms import Part
from leptonid.data.structure import check_group, check_lengths
from leptonid.errors import InputError
from leptonid.study.layout import CLASSES, LABEL, WEIGHT, Contents
from leptonid.study.sources import described
from leptonid.study.weights import ABSOLUTE, DROP, REFUSE

# Sums of weights and of their squares stay finite between these.
SMALLEST, LARGEST = 1e-100, 1e100


IGNORE = "or ignore weights (train.weights: false)"


def check_weights(sample: Sample, split: str, contents: Contents, negative: str = REFUSE) -> None:
    """Check the weights of a split of open files, if the layout names a group of weights that they have.

    Parameters
    ----------
    negative
        What is done about negative weights, `train.negative_weights`.

    Raises
    ------
    InputError
        Naming the file, the split, and the event or class: if a weight is negative and must not be, not
        finite, or too small or large to be summed; if fewer than two events of a class have a weight that
        a training uses, or their weights add up to no more than 0; or if only some of the files have weights.
    """
    name = contents.events.get(WEIGHT)
    if name is None:
        return
    sums, used, unweighted = np.zeros(2), np.zeros(2, int), []
    for file in sample.files:
        if name in file:
            found_sums, found_used = _totals(file, split, contents, negative)
            sums += found_sums
            used += found_used
        else:
            unweighted.append(file.path)
    if len(unweighted) == len(sample.files):
        return
    if unweighted:
        raise InputError(
            f"{unweighted[0]}: has no weights (group '{name}'), unlike other files of {split} events; add "
            f"them, {IGNORE}"
        )
    where = f"{described([file.path for file in sample.files])}: {name}/{split}"
    for value, of_class in CLASSES.items():
        if used[value] < 2:
            needed = "above 0" if negative == DROP else "other than 0"
            raise InputError(
                f"{where}: {used[value]} {of_class} events have a weight {needed}, expected 2 or more; give "
                f"them weights, {IGNORE}"
            )
        if not sums[value] > 0:
            raise InputError(
                f"{where}: the weights of the {of_class} events add up to {sums[value]:g}, expected more "
                f"than 0; change them, {IGNORE}"
            )


def _totals(file: EventFile, split: str, contents: Contents, negative: str) -> tuple[np.ndarray, np.ndarray]:
    """Check each weight of a split of a file; return their sum, and how many a training uses, per class."""
    label, name = contents.events[LABEL], contents.events[WEIGHT]
    check_group(file, name)
    check_lengths(file, [label, name], split)
    sums, used = np.zeros(2), np.zeros(2, int)
    for part, labels in zip(file.parts(name, split), file.parts(label, split), strict=True):
        for start, values in part.blocks():
            weights = values.astype(np.float64)
            part.check_finite(weights, start)
            _check_sizes(weights, part, start, negative)
            y = labels.read(start, start + len(weights))
            sums += np.bincount(y, weights, minlength=2)
            used += np.bincount(y[weights > 0 if negative == DROP else weights != 0], minlength=2)
    return sums, used


def _check_sizes(weights: np.ndarray, part: Part, start: int, negative: str) -> None:
    sizes = np.abs(weights)
    for wrong, problem in (
        (
            (weights < 0) & (negative == REFUSE),
            "is negative: say what a training does with such events (train.negative_weights: "
            f"{ABSOLUTE} or {DROP}), {IGNORE}",
        ),
        (sizes > LARGEST, f"is above {LARGEST:g} in size: scale the weights"),
        ((sizes > 0) & (sizes < SMALLEST), f"is below {SMALLEST:g} in size: scale the weights"),
    ):
        if wrong.any():
            event = int(np.argmax(wrong))
            raise InputError(
                f"{part.where}: event {part.row(start + event)} has the weight {weights[event]:g}, which "
                f"{problem}"
            )
