"""Histograms of the observables that a search chose, and their rank correlations."""

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from leptonid.evaluate.frames import frame_of
from leptonid.evaluate.histograms import Scale, fractions
from leptonid.metrics.correlation import rank_correlations
from leptonid.study.layout import CLASSES

HISTOGRAM_COLUMNS = {
    **{"pass": int, "pairs": str, "class": str, "low": float, "high": float, "share": float},
    **{"outside": float, "events": int, "logarithmic": bool, "zeros": bool},
}

CORRELATION_COLUMNS = {"class": str, "row": int, "column": str, "kind": str, "correlation": float}

ALL, MISORDERED = "all", "misordered"


def observable_histograms(events: pd.DataFrame, names: Sequence[str]) -> pd.DataFrame:
    """Return one row per pass, kind of pairs, class and bin.

    Parameters
    ----------
    events
        As `leptonid.evaluate.passes.events_table` returns it.
    names
        The observable of each pass.

    Returns
    -------
    `share` is the class's share in the bin from `low` to `high`, `outside` the share beyond the axis: of the
    event weights where `pairs` is `all`, of those of the misordered pairs where it is `misordered`. A class
    whose weights do not add up to more than 0 has no rows. On a `logarithmic` axis, edges are decimal
    logarithms; with `zeros` the first bin holds the zeros and the second is an empty gap. `events` is the
    number of test events of the class.
    """
    y = events["y"].to_numpy()
    rows = []
    for number, name in enumerate(names, 1):
        values = events[name].to_numpy()
        scale = Scale.of(values)
        places = scale.places(values)
        for pairs, column in ((ALL, "weight"), (MISORDERED, f"misordered_{number}")):
            weight = events[column].to_numpy()
            for value, kind in CLASSES.items():
                members = y == value
                if weight[members].sum() <= 0:
                    continue
                shares, outside = fractions(places[members], weight[members], scale.edges)
                facts = (outside, np.count_nonzero(members), scale.logarithmic, scale.zeros)
                rows += [
                    (number, pairs, kind, low, high, share, *facts)
                    for low, high, share in zip(scale.edges[:-1], scale.edges[1:], shares, strict=True)
                ]
    return frame_of(rows, HISTOGRAM_COLUMNS)


def correlations_table(
    events: pd.DataFrame, names: Sequence[str], variables: Mapping[str, np.ndarray]
) -> pd.DataFrame:
    """Return Spearman's rank correlations, weighted, of chosen observables with variables and each other.

    Parameters
    ----------
    events, names
        As for `observable_histograms`.
    variables : shapes (N,)
        The sample's variables by name.

    Returns
    -------
    One row per class, pass (`row`) and `column`: the name of a variable or the number of a pass, which `kind`
    (variable or pass) tells apart. The correlation is NaN for constant columns.
    """
    columns = np.array([*variables.values(), *(events[name].to_numpy() for name in names)])
    numbers = range(1, len(names) + 1)
    titles = [(name, "variable") for name in variables] + [(str(number), "pass") for number in numbers]
    rows = []
    for value, kind in CLASSES.items() if names else ():
        members = events["y"].to_numpy() == value
        weight = events["weight"].to_numpy()[members]
        matrix = rank_correlations(columns[:, members], weight)[len(variables) :]
        rows += [
            (kind, number, *title, correlation)
            for number, line in zip(numbers, matrix, strict=True)
            for title, correlation in zip(titles, line, strict=True)
        ]
    return frame_of(rows, CORRELATION_COLUMNS)
