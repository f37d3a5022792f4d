"""Tuning of a network: its trials in order, and against every hyperparameter."""

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator, NullFormatter

from leptonid import plotting

COLUMNS = {"state": str, "auc": float, "auc_uncertainty": float}
PARAMETERS = {"parameter": str, "low": float, "high": float, "importance": float}

TITLES = {
    "blocks": "Convolutional blocks",
    "filters": "Filters",
    "dense": "Dense layers",
    "units": "Units per dense layer",
    "dropout": "Dropout",
    "learning_rate": "Learning rate",
}
LOGARITHMIC = ("learning_rate",)
FRACTIONAL = ("dropout", "learning_rate")

MARKERS = {
    "complete": {"marker": "o", "s": 36, "color": plotting.BLUE, "alpha": 0.8, "linewidths": 0},
    "pruned": {"marker": "x", "s": 30, "color": plotting.GREY, "linewidths": 1.4},
    "diverged": {"marker": "1", "s": 70, "color": plotting.PURPLE, "linewidths": 1.6},
}
BELOW = {"marker": "v", "s": 36, "facecolors": "none", "linewidths": 1.2}
BEST = {"marker": "*", "s": 240, "color": plotting.VERMILLION, "edgecolors": "white", "linewidths": 0.8}

# The axis reaches from the best trial down to this many times the distance of the median trial.
DEPTH = 3


def auc_limits(trials: pd.DataFrame) -> tuple[float, float]:
    """Return the limits of the axis of AUCs; trials below them are marked at its foot."""
    complete = trials["auc"][trials["state"] == "complete"]
    best = complete.max()
    span = min(DEPTH * (best - complete.median()), best - trials["auc"].min()) or 0.01
    return best - 1.1 * span, trials["auc"].max() + 0.12 * span


@plotting.style()
def tuning_figure(trials: pd.DataFrame, parameters: pd.DataFrame, title: str, label: str) -> Figure:
    """Draw the validation AUC of the trials of a network in order, and against every hyperparameter.

    Parameters
    ----------
    trials
        `COLUMNS` and one column per hyperparameter, in the order of the trials.
    parameters
        `PARAMETERS`: a hyperparameter per row; the importance is NaN where it is unknown.
    title
        Title of the network.
    """
    columns = len(parameters) if len(parameters) <= 4 else 3
    rows = 1 + -(-len(parameters) // columns)
    figure = plotting.new_figure(3.3 * columns + 0.8, 3.4 * rows + 0.4, label)
    grid = figure.add_gridspec(rows, columns)
    order = figure.add_subplot(grid[0, :])
    complete = trials["auc"].where(trials["state"] == "complete")
    best = trials.loc[complete.idxmax()]
    number = pd.Series(np.arange(1, len(trials) + 1), trials.index)
    _draw(order, trials, number, labelled=True)
    order.step(
        number, complete.cummax().ffill(), where="post", color=plotting.BLACK, label="best so far", zorder=1
    )
    order.set(xlabel="Trial", ylabel="Validation AUC", xlim=(0, len(trials) + 1))
    order.xaxis.set_major_locator(MaxNLocator(10, integer=True))
    order.set_title(
        f"{plotting.plain(title)}: best of {len(trials)} networks, "
        rf"AUC {best['auc']:.4f} ± {best['auc_uncertainty']:.4f}",
        loc="left",
    )
    first_of_rows = [order]
    for parameter in parameters.itertuples():
        row, column = divmod(parameter.Index, columns)
        axes = figure.add_subplot(grid[1 + row, column], sharey=order)
        _draw(axes, trials, trials[parameter.parameter])
        _scale(axes, parameter.parameter, parameter.low, parameter.high)
        if np.isfinite(parameter.importance):
            axes.set_title(f"importance {parameter.importance:.2f}", fontsize=11, color=plotting.GREY)
        if column:
            axes.tick_params(labelleft=False)
        else:
            axes.set_ylabel("Validation AUC")
            first_of_rows.append(axes)
    order.set_ylim(auc_limits(trials))
    order.yaxis.set_major_locator(MaxNLocator(5))
    figure.align_ylabels(first_of_rows)
    figure.legend(loc="outside upper center", ncols=6, fontsize=12, handletextpad=0.4)
    return figure


def _draw(axes: Axes, trials: pd.DataFrame, x: pd.Series, labelled: bool = False) -> None:
    """Draw all trials; those without an AUC or below the axis are marked at its foot."""
    low, _ = auc_limits(trials)
    foot = axes.get_xaxis_transform()
    inside = trials["auc"] >= low
    for state, marker in MARKERS.items():
        of_state = trials["state"] == state
        shown = of_state & inside
        if of_state.any():
            label = state if labelled else None
            if state == "diverged":
                axes.scatter(
                    x[of_state], np.full(of_state.sum(), 0.045), transform=foot, label=label, **marker
                )
            else:
                axes.scatter(x[shown], trials["auc"][shown], label=label, **marker)
    below = trials["auc"] < low
    if below.any():
        colors = [MARKERS[state]["color"] for state in trials["state"][below]]
        heights = np.full(below.sum(), 0.04)
        axes.scatter(x[below], heights, transform=foot, edgecolors=colors, label="_below", **BELOW)
        if labelled:
            axes.scatter([], [], edgecolors=plotting.BLACK, label="below the axis", **BELOW)
    best = trials["auc"].where(trials["state"] == "complete").idxmax()
    axes.scatter(x[best], trials["auc"][best], zorder=3, label="best" if labelled else None, **BEST)


def _scale(axes: Axes, name: str, low: float, high: float) -> None:
    """Set the axis of a hyperparameter to its range, with space for points at its ends."""
    axes.set_xlabel(TITLES[name])
    if name in LOGARITHMIC:
        axes.set_xscale("log")
        space = max(high / low, 1.1) ** 0.06
        axes.set_xlim(low / space, high * space)
        if high >= 10 * low:
            axes.xaxis.set_minor_formatter(NullFormatter())
    else:
        space = 0.06 * (high - low) or 0.1
        axes.set_xlim(low - space, high + space)
        axes.xaxis.set_major_locator(MaxNLocator(5, integer=name not in FRACTIONAL))
