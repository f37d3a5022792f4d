"""Permutation importance of a network's inputs, as bars."""

import pandas as pd
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from leptonid import plotting
from leptonid.calorimeter import IMAGES
from leptonid.figures import variables
from leptonid.figures.events import CALORIMETERS

COLUMNS = {"variable": str, "columns": int, "auc": float, "drop": float, "uncertainty": float}
MOST_BARS = 15


def title_of(variable: str, columns: int) -> str:
    """Return what a figure calls an image, a flat variable, or a group of that many EFPs."""
    if variable in IMAGES:
        return f"{CALORIMETERS[IMAGES[variable].name]} image"
    if variable in variables.TITLES:
        return variables.TITLES[variable].partition(" [")[0]
    calorimeter, _, observable = variable.partition("/")
    graph, _, powers = observable.rpartition("k_")
    kappa, _, beta = powers.partition("_b_")
    name = f"{CALORIMETERS[calorimeter]} EFP"
    name = f"{name} {graph.rstrip('_')}" if graph else f"{columns} {name}{'s' if columns > 1 else ''}"
    return rf"{name}, $\kappa = {kappa}$, $\beta = {beta}$"


@plotting.style()
def importance_figure(importance: pd.DataFrame, title: str, label: str) -> Figure:
    """Draw the drop of the AUC for the `MOST_BARS` inputs that matter most, with its statistical error."""
    ranked = importance.sort_values("drop", ascending=False, kind="stable")
    shown = ranked.head(MOST_BARS)
    figure = plotting.new_figure(8, 0.36 * len(shown) + 1.7, label)
    axes = figure.subplots()
    names = [title_of(row.variable, row.columns) for row in shown.itertuples()]
    error = {"ecolor": plotting.BLACK, "capsize": 3, "elinewidth": 1.2}
    axes.barh(range(len(shown)), shown["drop"], xerr=shown["uncertainty"], color=plotting.SKY, error_kw=error)
    axes.set_yticks(range(len(shown)), names)
    axes.tick_params(axis="y", which="both", left=False, right=False)
    axes.set_ylim(len(shown) - 0.4, -0.6)
    axes.axvline(0, color=plotting.BLACK, linewidth=0.8)
    axes.xaxis.set_major_locator(MaxNLocator(6))
    axes.set_xlabel("Drop of the test AUC when permuted")
    axes.set_title(f"{title}, AUC {importance['auc'].iloc[0]:.4f}")
    if len(ranked) > len(shown):
        note = f"{len(ranked) - len(shown)} more, at most {ranked['drop'].iloc[len(shown)]:.4f} each"
        axes.text(0.97, 0.05, note, transform=axes.transAxes, ha="right", color=plotting.GREY)
    return figure
