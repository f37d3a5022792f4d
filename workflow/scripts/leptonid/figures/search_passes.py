"""AUC and ADO of the networks of a search, pass by pass."""

import textwrap
from collections.abc import Mapping

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from leptonid import plotting
from leptonid.efp.drawing import draw_graph
from leptonid.efp.graphs import Graph
from leptonid.figures.panels import note_figure
from leptonid.figures.search import METHODS, Search, nothing_chosen, values_of_passes
from leptonid.figures.tables import compact

# Inches: width of a pass, height of a panel, margins, size of a drawing, and heights of lines of text.
SLOT = 0.95
PANEL = 2.3
GAP = 0.2
LEFT, RIGHT = 1.15, 0.25
LEAST_WIDTH = 7.5
TICKS = 0.35
DRAWING = 0.56
LINE = 0.19
HEAD_LINE = 0.25

# Lines of text below a drawing, and letters in a line.
LINES = 4
SLOT_LETTERS = 11

SCATTER = {"color": plotting.VERMILLION, "linestyle": "none", "elinewidth": 6, "alpha": 0.35}
POINTS = {"color": plotting.VERMILLION, "marker": "o", "markersize": 6, "capsize": 3, "linewidth": 1.2}


@plotting.style()
def passes_figure(search: Search, graphs: Mapping[str, Graph], label: str) -> Figure:
    """Draw AUC (above) and ADO with the black box of the network of every pass, and the graph it added."""
    numbers = search.passes["pass"].to_numpy()
    if not len(numbers):
        return note_figure(nothing_chosen(search), label)
    width = max(LEAST_WIDTH, LEFT + RIGHT + SLOT * len(numbers))
    length = width - LEFT - RIGHT
    title = textwrap.wrap(f"Search {search.name}: {search.base_title} + chosen observables", int(9 * length))
    guide = METHODS[search.method].partition(":")[0]
    end = textwrap.wrap(f"{guide}. {search.end}", int(11 * length))
    foot = plotting.FOOT + LINE * (LINES + 1.5) + DRAWING + TICKS
    has_scatter = search.passes["auc_seeds"].notna().any()
    legend = foot + 2 * PANEL + GAP + (3 if has_scatter else 2) * HEAD_LINE + 0.15
    height = legend + LINE * len(end) + HEAD_LINE * len(title) + 0.2
    figure = plotting.new_figure(width, height, label)
    figure.set_layout_engine("none")
    inches = {"transform": figure.dpi_scale_trans, "parse_math": False}
    panels = [
        figure.add_axes((LEFT / width, y / height, length / width, PANEL / height))
        for y in (foot + PANEL + GAP, foot)
    ]
    for axes, name, text in zip(panels, ("auc", "ado_all"), ("AUC", "ADO with the black box"), strict=True):
        values = values_of_passes(search, name)
        label = "network with the observables chosen so far"
        axes.errorbar(*values, **POINTS, label=label if search.seeds == 1 else f"{label}, mean", zorder=3)
        axes.set_xlim(numbers[0] - 0.5, numbers[-1] + 0.5)
        axes.set_xticks(numbers)
        axes.tick_params(axis="x", which="minor", length=0)
        axes.yaxis.set_major_locator(MaxNLocator(5, steps=(1, 2, 5, 10)))
        axes.ticklabel_format(axis="y", useOffset=False)
        axes.set_ylabel(text)
        axes.yaxis.set_label_coords(-0.85 / length, 1)
    if has_scatter:
        text = f"standard deviation of {search.seeds} trainings"
        scatter = search.passes[["pass", "auc", "auc_seeds"]].to_numpy(float).T
        panels[0].errorbar(*scatter, **SCATTER, label=text)
    _draw_references(*panels, search)
    panels[0].tick_params(labelbottom=False)
    handles, texts = panels[0].get_legend_handles_labels()
    figure.legend(
        handles,
        texts,
        loc="upper left",
        borderaxespad=0,
        bbox_to_anchor=(LEFT, legend),
        bbox_transform=figure.dpi_scale_trans,
    )
    _name_passes(figure, panels[1], search, graphs, foot - TICKS)
    below = LEFT + length, plotting.FOOT + 0.12
    figure.text(*below, "Pass and chosen observable", ha="right", fontsize=13, **inches)
    top = height - 0.15
    figure.text(LEFT, top, "\n".join(title), fontsize=13, va="top", **inches)
    top -= HEAD_LINE * len(title)
    figure.text(LEFT, top, "\n".join(end), fontsize=10, va="top", color=plotting.GREY, **inches)
    return figure


def _draw_references(auc: Axes, ado: Axes, search: Search) -> None:
    """Draw AUC and ADO of the black box."""
    ado.axhline(1, color=plotting.BLUE)
    value, uncertainty = search.auc_black_box, search.auc_black_box_uncertainty
    if np.isfinite(value):
        text = f"black box, {plotting.plain(search.black_box_title)}: AUC {compact(value, uncertainty)}"
        auc.axhline(value, color=plotting.BLUE, label=text)
        if np.isfinite(uncertainty):
            band = (value - uncertainty, value + uncertainty)
            auc.axhspan(*band, color=plotting.BLUE, alpha=0.16, linewidth=0)


def _name_passes(figure: Figure, axes: Axes, search: Search, graphs: Mapping[str, Graph], y: float) -> None:
    """Draw and name, from `y` inches downwards, the observable of each pass, or the base."""
    style = {"transform": figure.dpi_scale_trans, "parse_math": False, "ha": "center", "va": "top"}
    for number in search.passes["pass"]:
        place = axes.transData.transform((number, 0))[0] / figure.dpi
        if number in search.chosen:
            chosen = search.chosen[number]
            if chosen.observable:
                draw_graph(graphs[chosen.graph], figure, (place, y - DRAWING / 2), DRAWING)
            lines = [part for line in chosen.lines for part in textwrap.wrap(line, SLOT_LETTERS)][:LINES]
        else:
            lines = textwrap.wrap(search.base_title, SLOT_LETTERS, max_lines=LINES, placeholder=" …")
        figure.text(place, y - DRAWING - 0.04, "\n".join(lines), fontsize=10, **style)
