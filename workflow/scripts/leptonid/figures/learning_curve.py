"""The AUC against the number of training events."""

import math
from collections.abc import Iterable, Mapping

import numpy as np
import pandas as pd
from matplotlib.figure import Figure
from matplotlib.ticker import LogLocator, NullFormatter

from leptonid import plotting
from leptonid.figures import weighting
from leptonid.figures.lines import lines
from leptonid.figures.tables import value
from leptonid.metrics.learning import learned_auc

COLUMNS = (
    *("classifier", "fraction", "training_events", "seeds", "auc", "auc_test", "auc_seeds"),
    *("asymptote", "asymptote_uncertainty", "missing", "missing_uncertainty"),
    *("exponent", "exponent_uncertainty", *weighting.COLUMNS),
)

# How far beyond the last point fits are drawn.
BEYOND = 4

# Ends that are less well known than this are not printed: such points still rise in a straight line.
UNKNOWN = 0.02


@plotting.style()
def learning_curve_figure(table: pd.DataFrame, classifiers: Iterable[Mapping], label: str) -> Figure:
    """Draw the AUC of every classifier against its training events, with the fit where there is one.

    Parameters
    ----------
    table
        `COLUMNS`, one row per classifier and fraction.
    classifiers
        As of `leptonid.figures.lines.lines`.
    """
    styles = lines(classifiers)
    figure = plotting.new_figure(11, 5.6, label)
    axes = figure.add_subplot()
    for name, points in table.groupby("classifier", sort=False):
        line, fit = styles[name], points.iloc[0]
        text = line.title
        if not math.isnan(fit["asymptote"]):
            known = fit["asymptote_uncertainty"] < UNKNOWN
            end = value(fit["asymptote"], fit["asymptote_uncertainty"])
            text += f"\nends at {end}" if known else "\nend unknown"
            fractions = np.geomspace(points["fraction"].min(), BEYOND * points["fraction"].max(), 200)
            whole = (points["training_events"] / points["fraction"]).iloc[-1]
            curve = learned_auc(fractions, *fit[["asymptote", "missing", "exponent"]])
            axes.plot(whole * fractions, curve, color=line.color, linestyle=line.linestyle, linewidth=1.2)
        axes.errorbar(
            points["training_events"], points["auc"], points["auc_test"],
            fmt="o", color=line.color, markersize=5, linewidth=1.2, label=text,
        )  # fmt: skip
    axes.set(xscale="log", xlabel="Training events", ylabel="AUC")
    axes.xaxis.set_major_locator(LogLocator(subs=(1, 2, 5)))
    axes.xaxis.set_major_formatter("{x:,.0f}")
    axes.xaxis.set_minor_formatter(NullFormatter())
    figure.legend(loc="outside right upper", labelspacing=0.9)
    return figure
