"""Signal against background efficiency of trained feature sets."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from leptonid import plotting
from leptonid.figures.feature_sets import feature_sets
from leptonid.figures.scores import ScoredEvents
from leptonid.train.metrics import roc

# A cut that keeps fewer background events than this is known to no better than 30 %.
LEAST_BACKGROUND = 10

SIGNAL_EFFICIENCY = np.linspace(0, 1, 1001)


@dataclass(frozen=True)
class Curve:
    """Background efficiency at each `SIGNAL_EFFICIENCY`: mean, least and greatest of the trainings.

    NaN where too few background events are left.
    """

    mean: np.ndarray
    low: np.ndarray
    high: np.ndarray


def curve(scored: ScoredEvents) -> Curve:
    """Return the ROC curve of a feature set."""
    efficiencies = []
    for score in scored.scores:
        background, signal = roc(scored.y, score)
        efficiencies.append(np.interp(SIGNAL_EFFICIENCY, signal, background))
    known = np.min(efficiencies, axis=0) * np.count_nonzero(scored.y == 0) >= LEAST_BACKGROUND
    efficiencies = np.where(known, efficiencies, np.nan)
    return Curve(efficiencies.mean(axis=0), efficiencies.min(axis=0), efficiencies.max(axis=0))


@plotting.style()
def roc_figure(scored: Mapping[str, ScoredEvents], label: str) -> Figure:
    """Draw signal efficiency against background efficiency, with a close-up of the corner."""
    figure = plotting.new_figure(10, 5.4, label)
    axes = figure.add_subplot(box_aspect=1)
    # Below the diagonal, where no useful classifier goes.
    closeup = axes.inset_axes((0.56, 0.1, 0.41, 0.37))
    for name, line in feature_sets(scored).items():
        each = curve(scored[name])
        for panel in (axes, closeup):
            panel.plot(each.mean, SIGNAL_EFFICIENCY, color=line.color, linestyle=line.linestyle)
            if len(scored[name].scores) > 1:
                panel.fill_betweenx(SIGNAL_EFFICIENCY, each.low, each.high, color=line.color, alpha=0.2, lw=0)
    axes.plot([0, 1], [0, 1], color=plotting.GREY, linewidth=0.8)
    axes.set(xlim=(0, 1), ylim=(0, 1), xlabel="Background efficiency", ylabel="Signal efficiency")
    closeup.set(xlim=(0, 0.2), ylim=(0.8, 1), xticks=[0, 0.1, 0.2], yticks=[0.8, 0.9, 1])
    closeup.tick_params(labelsize=10)
    axes.indicate_inset([0, 0.8, 0.2, 0.2], edgecolor=plotting.GREY, alpha=1)
    _legend(figure, axes, scored)
    return figure


@plotting.style()
def rejection_figure(scored: Mapping[str, ScoredEvents], label: str) -> Figure:
    """Draw background rejection, one over the background efficiency, against signal efficiency."""
    figure = plotting.new_figure(10, 5.4, label)
    axes = figure.add_subplot()
    for name, line in feature_sets(scored).items():
        each = curve(scored[name])
        axes.plot(SIGNAL_EFFICIENCY, 1 / each.mean, color=line.color, linestyle=line.linestyle)
        if len(scored[name].scores) > 1:
            axes.fill_between(
                SIGNAL_EFFICIENCY, 1 / each.high, 1 / each.low, color=line.color, alpha=0.2, lw=0
            )
    axes.set(xlim=(0, 1), xlabel="Signal efficiency", ylabel="Background rejection (1 / efficiency)")
    axes.set_yscale("log")
    axes.yaxis.set_major_formatter("{x:g}")
    axes.set_ylim(bottom=1)
    _legend(figure, axes, scored)
    return figure


def _legend(figure: Figure, axes: Axes, scored: Mapping[str, ScoredEvents]) -> None:
    """Name the lines beside the axes, best AUC first."""
    aucs = {name: each.aucs().mean() for name, each in scored.items()}
    lines = feature_sets(scored)
    handles = []
    for name in sorted(aucs, key=aucs.get, reverse=True):
        text = f"{aucs[name]:.3f} ± {scored[name].auc_uncertainty():.3f}  {lines[name].title}"
        handles += axes.plot([], [], color=lines[name].color, linestyle=lines[name].linestyle, label=text)
    figure.legend(
        handles=handles,
        loc="outside right upper",
        title="AUC (test events)",
        alignment="left",
        handlelength=2.6,
    )
