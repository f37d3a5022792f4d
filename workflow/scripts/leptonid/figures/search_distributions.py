"""Distributions of the observables that a search chose, in all events and in the misordered pairs."""

from collections.abc import Mapping

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FixedFormatter, FixedLocator, MaxNLocator

from leptonid import plotting
from leptonid.figures.histograms import bin_edges, draw_classes, event_count
from leptonid.figures.panels import note_figure, rows_and_columns
from leptonid.figures.search import Search, nothing_chosen
from leptonid.plotting import CLASSES

COLUMNS = (
    *("pass", "pairs", "class", "low", "high", "share", "outside", "events"),
    *("logarithmic", "zeros"),
)

# Named powers of ten on a logarithmic axis.
MOST_TICKS = 4
# The part of the axis that separates the names of zero and of a power of ten.
SPACE = 0.14

# Shares have a logarithmic axis if a bin holds more than this of a class.
LARGEST_SHARE = 0.4


@plotting.style()
def distributions_figure(search: Search, histograms: pd.DataFrame, classes: Mapping, label: str) -> Figure:
    """Draw the distribution of each chosen observable in all events (above) and in misordered pairs (below).

    Parameters
    ----------
    search
        The search.
    histograms
        `COLUMNS`, one row per pass, pairs (all, misordered), class and bin. `logarithmic` bins are those of
        the decimal logarithm; with `zeros`, the first of them holds zeros and the second is an empty gap.
    classes
        Full and short title of each class.
    label
        Label of the sample.
    """
    if not search.chosen:
        return note_figure(nothing_chosen(search), label)
    blocks, columns = rows_and_columns(len(search.chosen))
    figure = plotting.new_figure(max(5, 3.3 * columns + 0.5), 6.6 * blocks + 0.7, label)
    panels = figure.subplots(2 * blocks, columns, squeeze=False)
    for place, (number, chosen) in enumerate(search.chosen.items()):
        block, column = divmod(place, columns)
        pair = panels[2 * block : 2 * block + 2, column]
        own = histograms[histograms["pass"] == number]
        for axes, pairs in zip(pair, ("all", "misordered"), strict=True):
            _draw(axes, own[own["pairs"] == pairs], classes)
            _set_ticks(axes, own)
            if own["share"].max() > LARGEST_SHARE:
                axes.set(yscale="log", ylim=(0.5 / event_count(own), 1.5))
                axes.yaxis.set_major_formatter("{x:g}")
        pair[0].set_title(f"{number}. {plotting.formula(chosen.title)}\n", fontsize=12)
        pair[0].tick_params(labelbottom=False)
        pair[1].set_xlabel(chosen.symbol)
        if column == 0:
            pair[0].set_ylabel("Fraction of\nevents per bin")
            pair[1].set_ylabel("Fraction of\nmisordered pairs per bin")
    for axes in panels[-2:, len(search.chosen) - columns * (blocks - 1) :].flat:
        axes.remove()
    figure.align_ylabels()
    handles, names = panels[0, 0].get_legend_handles_labels()
    figure.legend(handles, names, loc="outside upper center", ncols=len(CLASSES), fontsize=13)
    return figure


def _draw(axes: Axes, histograms: pd.DataFrame, classes: Mapping) -> None:
    outside = draw_classes(axes, histograms, classes)
    axes.set_ylim(bottom=0)
    axes.annotate(
        outside or "no misordered pairs",
        (0.5, 1),
        (0, 6),
        "axes fraction",
        "offset points",
        ha="center",
        fontsize=11,
        color=plotting.GREY,
        annotation_clip=False,
    )


def _set_ticks(axes: Axes, histograms: pd.DataFrame) -> None:
    """Set the limits of an axis, and mark zero and powers of ten on a logarithmic one."""
    first = histograms.iloc[0]
    bins = histograms[(histograms["pairs"] == first["pairs"]) & (histograms["class"] == first["class"])]
    edges = bin_edges(bins)
    axes.set_xlim(edges[0], edges[-1])
    if not first["logarithmic"]:
        axes.xaxis.set_major_locator(MaxNLocator(4))
        axes.ticklabel_format(axis="x", scilimits=(-3, 4), useMathText=True)
        return
    powers = np.arange(np.ceil(edges[2 if first["zeros"] else 0]), np.floor(edges[-1]) + 1)
    ticks, named = {}, powers
    if first["zeros"]:
        zero = edges[:2].mean()
        ticks[zero] = "0"
        named = powers[powers > zero + SPACE * (edges[-1] - edges[0])]
    ticks |= {power: f"$10^{{{power:.0f}}}$" for power in named[:: -(-len(named) // MOST_TICKS)]}
    axes.xaxis.set_major_locator(FixedLocator(list(ticks)))
    axes.xaxis.set_major_formatter(FixedFormatter(list(ticks.values())))
    axes.xaxis.set_minor_locator(FixedLocator(powers))
