"""Permutation importance: how much a classifier relies on each of its inputs."""

from collections.abc import Callable, Mapping

import numpy as np
import pandas as pd

from leptonid.metrics.auc import auc, combination_uncertainty
from leptonid.study.features import EVENTS
from leptonid.study.observables import Observable, exponent_text
from leptonid.tables.reader import FLAT, Events, Inputs

# With more flat variables than this, EFPs are permuted in groups.
MOST_SINGLE = 60

# The scatter between orders is then smaller than the uncertainty from the number of test events.
REPEATS = 3

# The uncertainty of an AUC of so many events is below 0.002.
MOST_EVENTS = 50_000

# An image, or `flat` and the columns that are permuted together.
Group = tuple[str, list[int]]


def groups_of(inputs: Inputs) -> dict[str, Group]:
    """Return what is permuted together, by name: each image, and each flat variable.

    A group is the name of an image and [0], or `flat` and columns. Of more than `MOST_SINGLE` variables, the
    EFPs of a calorimeter with the same kappa and beta form a group, named `barrel/k_1_b_0.5`, as so many
    variables can replace each other.
    """
    groups: dict[str, Group] = {image: (image, [0]) for image in inputs.images}
    for index, column in enumerate(inputs.columns):
        name = str(column)
        if column.source != EVENTS and len(inputs.columns) > MOST_SINGLE:
            observable = Observable.parse(column.name)
            name = f"{column.source}/k_{exponent_text(observable.kappa)}_b_{exponent_text(observable.beta)}"
        groups.setdefault(name, (FLAT, []))[1].append(index)
    return groups


def permutation_importance(
    score: Callable[[Events], np.ndarray],
    events: Events,
    groups: Mapping[str, Group],
    seed: int,
    repeats: int = REPEATS,
    count: int = MOST_EVENTS,
) -> pd.DataFrame:
    """Return the drop of the AUC when a group of inputs is permuted among the events.

    A permuted group keeps its distribution and the correlations within, and carries no information on its
    event. Breiman, Mach. Learn. 45 (2001) 5. Every group is permuted in the same orders.

    Parameters
    ----------
    score
        Returns the scores of events, (N,).
    events
        N events with the inputs; the AUCs count their weights, while orders do not depend on them.
    groups
        As of `groups_of`.
    seed, repeats
        Seed and number of the random orders.
    count
        Of more events than this, so many are drawn at random.

    Returns
    -------
    pandas.DataFrame
        One row per group: its name `variable` and number of `columns`; `auc` of the unchanged events; `drop`,
        the mean over the orders; `spread`, the standard deviation between orders; `uncertainty`, the standard
        error of `drop` from the number of events (DeLong et al. 1988, paired).

    Raises
    ------
    InputError
        As from `leptonid.metrics.auc.auc`.
    """
    rng = np.random.default_rng(seed)
    events = events.sample(count, rng)
    orders = [rng.permutation(len(events)) for _ in range(repeats)]
    factors = np.array([1, *[-1 / repeats] * repeats])
    unchanged = score(events)
    # One copy of the flat variables, in which the columns of a group are permuted and then restored.
    flat = None if events.flat is None else events.flat.copy()
    rows = []
    for name, (source, columns) in groups.items():
        scores = [unchanged]
        for order in orders:
            if source == FLAT:
                flat[:, columns] = events.flat[np.ix_(order, columns)]
                permuted = events.with_flat(flat)
            else:
                permuted = events.with_image(source, events.images[source].take(order))
            # A copy: scores may be part of the inputs, which change.
            scores.append(np.array(score(permuted)))
        if source == FLAT:
            flat[:, columns] = events.flat[:, columns]
        aucs = np.array([auc(events.y, values, events.weight) for values in scores])
        rows.append(
            {
                "variable": name,
                "columns": len(columns),
                "auc": aucs[0],
                "drop": np.mean(aucs[0] - aucs[1:]),
                "spread": np.std(aucs[1:], ddof=1),
                "uncertainty": combination_uncertainty(events.y, scores, factors, events.weight),
            }
        )
    return pd.DataFrame(rows)
