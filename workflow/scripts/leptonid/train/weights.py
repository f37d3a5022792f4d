"""The weights that a training counts its events with."""

from dataclasses import replace
from functools import partial

import numpy as np

from leptonid.errors import InputError
from leptonid.study.weights import ABSOLUTE, DROP, REFUSE
from leptonid.tables.reader import Events

# What a training takes negative weights for, as a cross-entropy that counts them would have no minimum.
TAKEN = {ABSOLUTE: np.abs, DROP: partial(np.maximum, 0)}


def with_training_weights(events: Events, weights: bool, negative: str = REFUSE) -> Events:
    """Return the events with weights of mean 1: a common factor, such as a luminosity, then changes nothing.

    Parameters
    ----------
    weights
        Whether the events' own weights are used; else all are 1.
    negative
        One of those of `leptonid.study.weights`.

    Raises
    ------
    InputError
        If a class has no event with a weight above 0, or a weight is negative and that is refused.
    """
    weight = np.asarray(events.weight, np.float64) if weights else np.ones(len(events))
    if negative in TAKEN:
        weight = TAKEN[negative](weight)
    elif (weight < 0).any():
        event = int(np.argmax(weight < 0))
        raise InputError(
            f"event {events.event[event]} of the {events.split[event]} split has the weight "
            f"{weight[event]:g}; a training needs 0 or more, or train.negative_weights: {ABSOLUTE} or {DROP}"
        )
    if len(np.unique(events.y[weight > 0])) < 2:
        splits = " and ".join(np.unique(events.split)) or "no"
        raise InputError(
            f"a training needs events of both classes with a weight above 0; given: {splits} events"
        )
    # The largest first, so that equal weights become exactly 1.
    weight = weight / weight.max()
    return replace(events, weight=weight / weight.mean())
