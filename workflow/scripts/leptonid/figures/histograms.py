"""Histograms of both classes, drawn from their bins."""

from collections.abc import Mapping

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from leptonid import plotting
from leptonid.plotting import CLASSES


def bin_edges(bins: pd.DataFrame) -> np.ndarray:
    """Return the edges of adjacent bins with columns `low` and `high`."""
    return np.array([*bins["low"], bins["high"].iloc[-1]])


def event_count(histograms: pd.DataFrame) -> int:
    """Return the number of events of both classes; every bin has that of its class."""
    return int(histograms.groupby("class")["events"].first().sum())


def draw_classes(axes: Axes, histograms: pd.DataFrame, classes: Mapping) -> str:
    """Draw the histogram of each class that has bins, and say how much is beyond the axis.

    Parameters
    ----------
    histograms
        `class`, `low`, `high`, `share` and `outside`, one row per class and bin.
    classes
        Full and short title of each class.

    Returns
    -------
    A text such as "outside: e 0.1%, jets 2.0%"; empty where no class has bins.
    """
    outside = []
    for name in CLASSES:
        bins = histograms[histograms["class"] == name]
        if len(bins):
            edges, color = bin_edges(bins), plotting.CLASS_COLORS[name]
            title, short = (plotting.formula(classes[name][key]) for key in ("title", "short"))
            axes.stairs(bins["share"], edges, color=color, linewidth=1.8, label=title)
            axes.stairs(bins["share"], edges, color=color, fill=True, alpha=0.15)
            outside.append(f"{short} {bins['outside'].iloc[0]:.1%}")
    return f"outside: {', '.join(outside)}" if outside else ""
