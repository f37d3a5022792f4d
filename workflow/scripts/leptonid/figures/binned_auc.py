"""The AUC in bins of transverse momentum and pseudorapidity."""

from collections.abc import Iterable, Mapping

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FixedLocator, NullLocator
from scipy.special import expit, logit

from leptonid import plotting
from leptonid.figures.histograms import bin_edges
from leptonid.figures.lines import Line, lines
from leptonid.figures.panels import note_figure
from leptonid.figures.weighting import EVENTS_COLUMNS

COLUMNS = (
    *("classifier", "variable", "low", "high", "signal", "background"),
    *("auc", "auc_test", "auc_seeds", *EVENTS_COLUMNS),
)

# Axis titles, and formats of the edges of bins.
TITLES = {"pt": "$p_T$ [{unit}]", "abs_eta": r"$|\eta|$"}
FORMATS = {"pt": ".1f", "abs_eta": ".2f"}

TICKS = (0.1, 0.3, 0.5, 0.6, 0.7, 0.8, 0.85, 0.9, 0.95, 0.96, 0.97, 0.98, 0.99, 0.995, 0.998, 0.999)

# The logit axis has no place for AUCs of 0 and 1.
LIMITS = (0.01, 0.9995)


@plotting.style()
def binned_auc_figure(table: pd.DataFrame, classifiers: Iterable[Mapping], unit: str, label: str) -> Figure:
    """Draw the AUC of every classifier against each variable, or a note where no variable is known.

    Parameters
    ----------
    table
        `COLUMNS`, one row per classifier, variable and bin.
    classifiers
        As of `leptonid.figures.lines.lines`.
    unit
        Unit of energies.
    """
    variables = [name for name in TITLES if name in set(table["variable"])]
    if not variables:
        text = "The file of events has neither pt nor eta:\nthere is nothing to bin the AUC in."
        return note_figure(text, label)
    styles = lines(classifiers)
    figure = plotting.new_figure(12.5, 5.4, label)
    panels = figure.subplots(1, len(variables), sharey=True, squeeze=False)[0]
    # Steps between good classifiers are as wide as those between poor ones.
    panels[0].set_yscale("logit", nonpositive="clip")
    panels[0].set_ylim(_limits(table))
    panels[0].yaxis.set_major_locator(FixedLocator(TICKS))
    panels[0].yaxis.set_major_formatter("{x:g}")
    panels[0].yaxis.set_minor_locator(NullLocator())
    panels[0].set_ylabel("AUC")
    for axes, variable in zip(panels, variables, strict=True):
        _draw(axes, table[table["variable"] == variable], styles, FORMATS[variable])
        axes.set_xlabel(TITLES[variable].replace("{unit}", plotting.plain(unit)))
    handles, names = panels[0].get_legend_handles_labels()
    figure.legend(handles, names, loc="outside right upper", handlelength=2.6)
    return figure


def _limits(table: pd.DataFrame) -> np.ndarray:
    """Return the lowest and the highest AUC of the axis."""
    uncertainty = np.nan_to_num(table["auc_test"])
    low = np.nanmin(table["auc"] - uncertainty, initial=0.99)
    high = np.nanmax(table["auc"] + uncertainty, initial=0.5)
    low, high = logit(np.clip([low, high], *LIMITS))
    return expit(np.array([low - 0.2, high + 0.2]))


def _draw(axes: Axes, table: pd.DataFrame, styles: Mapping[str, Line], form: str) -> None:
    """Draw one variable: classifiers stand side by side, so that their error bars do not overlap."""
    names = table["classifier"].unique()
    for place, name in enumerate(names):
        bins = table[table["classifier"] == name]
        x = np.arange(len(bins)) + 0.7 * ((place + 0.5) / len(names) - 0.5)
        points = axes.errorbar(
            x,
            bins["auc"].clip(*LIMITS),
            bins["auc_test"],
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
