"""How much a classifier relies on each of its inputs: permutation importance."""

from collections.abc import Callable, Mapping, Sequence

import numpy as np
import pandas as pd

from leptonid.train.inputs import FLAT, Column
from leptonid.train.metrics import auc, auc_covariance

# With more flat variables than this, EFPs are permuted in groups.
MOST_SINGLE = 60

# The scatter between orders is then less than what the number of test events leaves open.
REPEATS = 5

# Which columns (indices of the last axis) of which input are permuted together.
Group = tuple[str, list[int]]


def groups_of(images: Sequence[str], columns: Sequence[Column]) -> dict[str, Group]:
    """Return what is permuted together, by name: each image, and each flat variable.

    Of more than `MOST_SINGLE` variables, the EFPs of a calorimeter with the same kappa and beta go
    together, named `ecal/k_1_b_0.5`: so many variables replace each other.
    """
    groups: dict[str, Group] = {image: (image, [0]) for image in images}
    for index, column in enumerate(columns):
        name = str(column)
        if column.source != "events" and len(columns) > MOST_SINGLE:
            name = f"{column.source}/k_{column.name.partition('_k_')[2]}"
        groups.setdefault(name, (FLAT, []))[1].append(index)
    return groups


def permutation_importance(
    score: Callable[[Mapping[str, np.ndarray]], np.ndarray],
    x: Mapping[str, np.ndarray],
    y: np.ndarray,
    groups: Mapping[str, Group],
    seed: int,
    repeats: int = REPEATS,
) -> pd.DataFrame:
    """Return the drop of the AUC when a group of inputs is permuted among the events.

    A permuted group keeps its distribution and the correlations within, and tells no more of its event.
    Breiman, Mach. Learn. 45 (2001) 5. Every group is permuted in the same orders.

    Parameters
    ----------
    score
        Returns the scores, (N,), of inputs like `x`.
    x
        An array (N, ..., columns) per input.
    y
        Classes, (N,).
    groups
        As `groups_of` returns.
    seed, repeats
        Of the random orders, and how many there are.

    Returns
    -------
    pandas.DataFrame
        One row per group: its name `variable` and number of `columns`; `auc` of the events as they are;
        `drop`, the mean over the orders; `spread`, the standard deviation between orders; `uncertainty`,
        the standard error of `drop` from the number of events (DeLong et al. 1988, paired).

    Raises
    ------
    InputError
        If a class is empty or a score is not finite.
    """
    rng = np.random.default_rng(seed)
    orders = [rng.permutation(len(y)) for _ in range(repeats)]
    weights = np.array([1, *[-1 / repeats] * repeats])
    unchanged = score(x)
    rows = []
    for name, (source, columns) in groups.items():
        original, permuted = x[source][..., columns], x[source].copy()
        scores = [unchanged]
        for order in orders:
            permuted[..., columns] = original[order]
            # A copy: what a score returns may be part of the inputs, which change.
            scores.append(np.array(score({**x, source: permuted})))
        aucs = np.array([auc(y, each) for each in scores])
        rows.append(
            {
                "variable": name,
                "columns": len(columns),
                "auc": aucs[0],
                "drop": np.mean(aucs[0] - aucs[1:]),
                "spread": np.std(aucs[1:], ddof=1),
                "uncertainty": np.sqrt(max(0, weights @ auc_covariance(y, scores) @ weights)),
            }
        )
    return pd.DataFrame(rows)
