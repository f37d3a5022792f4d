"""Signal against background efficiency of trained classifiers."""

from collections.abc import Mapping

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch
from matplotlib.ticker import LogFormatter

from leptonid import plotting
from leptonid.figures.curves import SIGNAL_EFFICIENCY, Curve, relative_rejection
from leptonid.figures.feature_sets import FeatureSet, feature_sets
from leptonid.figures.published import SAMPLE, Published
from leptonid.figures.scores import ScoredEvents
from leptonid.figures.tables import value

# Inches, beside the legend.
PANEL_WIDTH = 6

# Opacity of bands of uncertainty.
BAND = 0.16


@plotting.style()
def roc_figure(
    scored: Mapping[str, ScoredEvents],
    curves: Mapping[str, Curve],
    published: Mapping[str, Published],
    label: str,
) -> Figure:
    """Draw signal efficiency against background efficiency, with a close-up of the corner."""
    figure = plotting.new_figure(PANEL_WIDTH, 5.6, label)
    axes = figure.add_subplot(box_aspect=1)
    # Below the diagonal, where no useful classifier goes.
    closeup = axes.inset_axes((0.56, 0.1, 0.41, 0.37))
    for name, line in feature_sets(scored).items():
        low, high = _band(curves[name].mean, curves[name].uncertainty())
        for panel in (axes, closeup):
            panel.plot(curves[name].mean, SIGNAL_EFFICIENCY, color=line.color, linestyle=line.linestyle)
            panel.fill_betweenx(SIGNAL_EFFICIENCY, low, high, color=line.color, alpha=BAND, lw=0)
    axes.plot([0, 1], [0, 1], color=plotting.GREY, linewidth=0.8)
    axes.set(xlim=(0, 1), ylim=(0, 1), xlabel="Background efficiency", ylabel="Signal efficiency")
    closeup.set(xlim=(0, 0.2), ylim=(0.8, 1), xticks=[0, 0.1, 0.2], yticks=[0.8, 0.9, 1])
    closeup.tick_params(labelsize=10)
    axes.indicate_inset([0, 0.8, 0.2, 0.2], edgecolor=plotting.GREY, alpha=1)
    _legend(figure, scored, published)
    return figure


@plotting.style()
def rejection_figure(
    scored: Mapping[str, ScoredEvents],
    curves: Mapping[str, Curve],
    reference: str | None,
    published: Mapping[str, Published],
    label: str,
) -> Figure:
    """Draw background rejection, one over the background efficiency, against signal efficiency.

    Below stands its ratio to that of the `reference`, where there is one.
    """
    lines = feature_sets(scored)
    figure = plotting.new_figure(PANEL_WIDTH, 7.6 if reference else 5.6, label)
    if reference:
        axes, below = figure.subplots(2, sharex=True, height_ratios=(5, 3))
        for name, line in lines.items():
            _draw_rejection(below, *relative_rejection(curves[name], curves[reference]), line)
        below.set_ylabel(f"Ratio to {lines[reference].title}")
        below.set_ylim(bottom=0)
    else:
        axes = below = figure.add_subplot()
    for name, line in lines.items():
        _draw_rejection(axes, 1 / curves[name].mean, curves[name].uncertainty(), line)
    axes.set(ylabel="Background rejection (1 / efficiency)", yscale="log")
    axes.yaxis.set_major_formatter("{x:g}")
    axes.yaxis.set_minor_formatter(LogFormatter())
    axes.set_ylim(bottom=1)
    drawn = np.any([np.isfinite(each.mean) for each in curves.values()], axis=0)
    first = np.floor(10 * SIGNAL_EFFICIENCY[np.argmax(drawn)]) / 10
    below.set(xlim=(first, 1), xlabel="Signal efficiency")
    figure.align_ylabels()
    _legend(figure, scored, published)
    return figure


def _draw_rejection(axes: Axes, rejection: np.ndarray, uncertainty: np.ndarray, line: FeatureSet) -> None:
    axes.plot(SIGNAL_EFFICIENCY, rejection, color=line.color, linestyle=line.linestyle)
    axes.fill_between(SIGNAL_EFFICIENCY, *_band(rejection, uncertainty), color=line.color, alpha=BAND, lw=0)


def _band(values: np.ndarray, uncertainty: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the ends of a relative uncertainty: as far below as above on a logarithmic axis."""
    return values * np.exp(-uncertainty), values * np.exp(uncertainty)


def _legend(figure: Figure, scored: Mapping[str, ScoredEvents], published: Mapping[str, Published]) -> None:
    """Name the lines beside the axes, best AUC first."""
    aucs = {name: each.aucs().mean() for name, each in scored.items()}
    lines = feature_sets(scored)
    handles = []
    for name in sorted(aucs, key=aucs.get, reverse=True):
        text = f"{value(aucs[name], scored[name].auc_uncertainty(), '.3f')}  {lines[name].title}"
        if name in published:
            text += f"  [{published[name]}]"
        line = Line2D([], [], color=lines[name].color, linestyle=lines[name].linestyle, label=text)
        handles.append(line)
    seeds = any(len(each.scores) > 1 for each in scored.values())
    text = f"uncertainty: test events{' and seeds' if seeds else ''}"
    handles.append(Patch(color=plotting.BLACK, alpha=BAND, lw=0, label=text))
    title = "AUC (test events)"
    if set(scored) & set(published):
        title += f"\n[published, for the events of {SAMPLE}]"
    legend = figure.legend(
        handles=handles,
        loc="outside right upper",
        title=title,
        alignment="left",
        handlelength=2.8,
    )
    figure.set_figwidth(PANEL_WIDTH + legend.get_window_extent().width / figure.dpi)
