"""Histograms of the sample's variables, and the axes of observables."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from leptonid.evaluate.frames import finite_values, frame_of, present_columns, read_columns
from leptonid.study.layout import CLASSES

COLUMNS = {
    **{"variable": str, "class": str, "low": float, "high": float, "share": float},
    **{"outside": float, "events": int},
}

# An axis spans these quantiles of all events.
QUANTILES = (0.005, 0.995)
BINS = 40

# Values over more decades get a logarithmic axis.
DECADES = 2

# The bin of zeros of a logarithmic axis is as wide as this many others, and as far away from them.
ZEROS = 2


def bin_edges(
    values: np.ndarray, limits: tuple[float, float] | None = None, bins: int | None = None
) -> np.ndarray:
    """Return the edges of equal bins between limits, by default over the bulk of the values."""
    low, high = np.quantile(values, QUANTILES) if limits is None else limits
    if low == high:
        low, high = low - 0.5, high + 0.5
    return np.linspace(low, high, (bins or BINS) + 1)


def fractions(values: np.ndarray, weight: np.ndarray, edges: np.ndarray) -> tuple[np.ndarray, float]:
    """Return the share of the total weight in each bin, and the share outside all bins."""
    shares = np.histogram(values, edges, weights=weight)[0] / weight.sum()
    return shares, max(0.0, 1 - shares.sum())


def variable_histograms(
    path: str | Path, axes: Mapping[str, Mapping], optional: Sequence[str] = ()
) -> pd.DataFrame:
    """Return one row per variable, class and bin.

    Parameters
    ----------
    path
        Table of events.
    axes
        `range` ([low, high]) and `bins` of each variable; None: chosen from the data.
    optional
        Variables that are left out where the table lacks them.

    Returns
    -------
    `share` is the weighted share of the class's events in the bin from `low` to `high`, `outside` the share
    beyond the axis, `events` the number of events of the class.

    Raises
    ------
    InputError
        As from `read_columns`, and if a value is not finite.
    """
    present = present_columns(path, axes, optional)
    table = read_columns(path, present)
    y, weight = (table[name].to_numpy() for name in ("y", "weight"))
    rows = []
    for name in present:
        axis = axes[name]
        values = finite_values(path, table, name)
        edges = bin_edges(values, axis["range"], axis["bins"])
        for value, kind in CLASSES.items():
            members = y == value
            shares, outside = fractions(values[members], weight[members], edges)
            events = np.count_nonzero(members)
            rows += [
                (name, kind, low, high, share, outside, events)
                for low, high, share in zip(edges[:-1], edges[1:], shares, strict=True)
            ]
    return frame_of(rows, COLUMNS)


@dataclass(frozen=True)
class Scale:
    """Bins over the bulk of an observable's values, or of their decimal logarithms.

    `edges` are the edges of the bins on the axis. On a logarithmic scale with `zeros`, the first bin holds
    the zeros, and the second is an empty gap.
    """

    edges: np.ndarray
    logarithmic: bool = False
    zeros: bool = False

    @classmethod
    def of(cls, values: np.ndarray) -> "Scale":
        """Return the scale of values, shape (N,)."""
        positive = values[values > 0]
        if not len(positive) or (values < 0).any():
            return cls(bin_edges(values))
        low, high = np.quantile(positive, QUANTILES)
        if high <= 10**DECADES * low:
            return cls(bin_edges(values))
        edges = bin_edges(np.log10(positive))
        zeros = len(positive) < len(values)
        if zeros:
            edges = np.append(edges[0] - np.array([2, 1]) * ZEROS * (edges[1] - edges[0]), edges)
        return cls(edges, logarithmic=True, zeros=zeros)

    def places(self, values: np.ndarray) -> np.ndarray:
        """Return the places of values on the axis; minus infinity is outside."""
        if not self.logarithmic:
            return values
        places = np.log10(values, where=values > 0, out=np.full(len(values), -np.inf))
        if self.zeros:
            places[places < self.edges[2]] = -np.inf
            places[values == 0] = self.edges[:2].mean()
        return places
