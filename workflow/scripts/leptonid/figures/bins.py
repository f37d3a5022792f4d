"""Panels of numbers of classifiers in bins of a variable."""

from collections.abc import Iterable, Mapping

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from leptonid import plotting
from leptonid.figures.histograms import bin_edges
from leptonid.figures.lines import Line
from leptonid.study.titles import KINEMATIC_AXES

# Axis titles, and formats of the edges of bins.
ETA = KINEMATIC_AXES["eta"]["title"].strip("$")
TITLES = {
    "pt": KINEMATIC_AXES["pt"]["title"] + " [{unit}]",
    "abs_eta": f"$|{ETA}|$",
    "cells": "Non-empty cells",
}
FORMATS = {"pt": ".1f", "abs_eta": ".2f", "cells": ".0f"}

NOTHING = (
    "The file of events has neither pt nor eta,\nand all events have equally many cells:\nthere are no bins."
)


def known_variables(names: Iterable[str]) -> list[str]:
    """Return the variables that have bins, in the order of panels."""
    names = set(names)
    return [name for name in TITLES if name in names]


def title_of(variable: str, unit: str) -> str:
    """Return the title of the axis of a variable."""
    return TITLES[variable].replace("{unit}", plotting.plain(unit))


def draw_bins(axes: Axes, table: pd.DataFrame, styles: Mapping[str, Line], form: str) -> None:
    """Draw one variable: classifiers stand side by side, so that their error bars do not overlap.

    Parameters
    ----------
    table
        `classifier`, `low`, `high`, `value`, and the limits `lower` and `upper` of each error bar.
    """
    names = table["classifier"].unique()
    for place, name in enumerate(names):
        bins = table[table["classifier"] == name]
        x = np.arange(len(bins)) + 0.7 * ((place + 0.5) / len(names) - 0.5)
        lengths = np.array([bins["value"] - bins["lower"], bins["upper"] - bins["value"]])
        points = axes.errorbar(
            x,
            bins["value"],
            # Sums of weights are rounded, so that an efficiency can be below its limit of 0.
            np.where(lengths < 0, 0, lengths),
            color=styles[name].color,
            linestyle=styles[name].linestyle,
            linewidth=1.2,
            marker="o",
            markersize=3.5,
            label=styles[name].title,
        )
        for bar in points.lines[2]:
            bar.set_linestyle("-")
    edges = bin_edges(bins)
    axes.set_xticks(np.arange(len(edges)) - 0.5, [f"{edge:{form}}" for edge in edges])
    axes.tick_params(axis="x", which="both", length=0)
    for edge in range(1, len(bins)):
        axes.axvline(edge - 0.5, color="0.85", linewidth=0.8, zorder=0)
    axes.set_xlim(-0.5, len(bins) - 0.5)
