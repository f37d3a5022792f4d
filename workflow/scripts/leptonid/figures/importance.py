"""Permutation importance of a network's inputs, as bars."""

from collections.abc import Mapping

import pandas as pd
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from leptonid import plotting

COLUMNS = {"variable": str, "columns": int, "auc": float, "drop": float, "uncertainty": float}
MOST_BARS = 15


def input_title(
    variable: str, columns: int, titles: Mapping[str, str], calorimeters: Mapping[str, str]
) -> str:
    """Return what a figure calls, in mathtext, an image, a variable, an EFP, or a group of that many EFPs.

    Parameters
    ----------
    variable
        Its name in the table; a group of EFPs is named by its exponents: `barrel/k_1_b_0.5`.
    columns
        Number of EFPs of a group.
    titles
        Titles of images and variables by name.
    calorimeters
        Titles of the calorimeters by name.
    """
    if variable in titles:
        return plotting.formula(titles[variable])
    calorimeter, _, observable = variable.partition("/")
    graph, _, powers = observable.rpartition("k_")
    kappa, _, beta = powers.partition("_b_")
    name = f"{plotting.formula(calorimeters[calorimeter])} EFP"
    name = f"{name} {graph.rstrip('_')}" if graph else f"{columns} {name}{'s' if columns > 1 else ''}"
    return rf"{name}, $\kappa = {kappa}$, $\beta = {beta}$"


@plotting.style()
def importance_figure(
    importance: pd.DataFrame,
    title: str,
    titles: Mapping[str, str],
    calorimeters: Mapping[str, str],
    label: str,
) -> Figure:
    """Draw the drop of the AUC for the `MOST_BARS` most important inputs, with its statistical error.

    Parameters
    ----------
    importance
        `COLUMNS`, one row per input.
    title
        Title of the network.
    titles, calorimeters
        As of `input_title`.
    """
    ranked = importance.sort_values("drop", ascending=False, kind="stable")
    shown = ranked.head(MOST_BARS)
    figure = plotting.new_figure(8, 0.36 * len(shown) + 1.7, label)
    axes = figure.subplots()
    names = [input_title(row.variable, row.columns, titles, calorimeters) for row in shown.itertuples()]
    error = {"ecolor": plotting.BLACK, "capsize": 3, "elinewidth": 1.2}
    axes.barh(range(len(shown)), shown["drop"], xerr=shown["uncertainty"], color=plotting.SKY, error_kw=error)
    axes.set_yticks(range(len(shown)), names)
    axes.tick_params(axis="y", which="both", left=False, right=False)
    axes.set_ylim(len(shown) - 0.4, -0.6)
    axes.axvline(0, color=plotting.BLACK, linewidth=0.8)
    axes.xaxis.set_major_locator(MaxNLocator(6))
    axes.set_xlabel("Drop of the test AUC when permuted")
    axes.set_title(f"{plotting.plain(title)}, AUC {importance['auc'].iloc[0]:.4f}")
    if len(ranked) > len(shown):
        note = f"{len(ranked) - len(shown)} more, at most {ranked['drop'].iloc[len(shown)]:.4f} each"
        axes.text(0.97, 0.05, note, transform=axes.transAxes, ha="right", color=plotting.GREY)
    return figure
