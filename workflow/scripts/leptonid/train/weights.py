"""The weights that a training counts its events with."""

from dataclasses import replace

import numpy as np

from leptonid.errors import InputError
from leptonid.tables.reader import Events


def with_training_weights(events: Events, weights: bool) -> Events:
    """Return the events with weights of mean 1: a common factor, such as a luminosity, then changes nothing.

    `weights` says whether the events' own weights are used; else all are 1.

    Raises
    ------
    InputError
        If a class has no event with a weight above 0.
    """
    weight = np.asarray(events.weight, np.float64) if weights else np.ones(len(events))
    if len(np.unique(events.y[weight > 0])) < 2:
        splits = " and ".join(np.unique(events.split)) or "no"
        raise InputError(
            f"a training needs events of both classes with a weight above 0; given: {splits} events"
        )
    # The largest first, so that equal weights become exactly 1.
    weight = weight / weight.max()
    return replace(events, weight=weight / weight.mean())
