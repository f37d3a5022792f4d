"""Drawings of all graphs of a study on one page."""

import math
from collections.abc import Sequence
from itertools import groupby

from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from leptonid.efp.drawing import draw_graph
from leptonid.efp.graphs import Graph
from leptonid.plotting import BLACK, BLUE, GREEN, GREY, VERMILLION, style

# By `chromatic`; with at most ten edges, as in EnergyFlow's catalogue, it is at most 5.
COLORS = {1: GREY, 2: BLACK, 3: BLUE, 4: VERMILLION, 5: GREEN}

# Lengths on the page in inches.
CELL = 0.66
DRAWING = 0.6
LABEL = 0.18
HEADING = 0.36
TITLE = 0.55
MARGIN = 0.3
# Distance between two groups in a row, in cells.
GAP = 0.5
MINIMUM_COLUMNS = 12
# Room for the title and the legend, inches.
MINIMUM_WIDTH = 6


@style()
def catalogue_figure(graphs: Sequence[Graph]) -> Figure:
    """Return a page of graphs ordered by d, with a name below every graph and a heading for every d.

    The colour is `chromatic`. A group continues the row of the previous one if it fits there completely.
    """
    columns = max(MINIMUM_COLUMNS, math.ceil(math.sqrt(len(graphs))))
    headings, places, depth = _arrange(graphs, columns)
    width = max(MINIMUM_WIDTH, *(x + length for _, x, _, length in headings)) + 2 * MARGIN
    height = depth + TITLE + 2 * MARGIN
    figure = Figure(figsize=(width, height))
    top = height - MARGIN
    inches = {"transform": figure.dpi_scale_trans}
    explanation = "n_d_k: n vertices, d edges, running number k; colour: cost ~ Mᶜ for M cells"
    figure.text(MARGIN, top, "Energy Flow Polynomials", size=14, va="top", **inches)
    figure.text(MARGIN, top - 0.28, f"{len(graphs)} graphs {explanation}", size=8, va="top", **inches)
    figure.legend(
        handles=[
            Line2D([], [], color=COLORS[c], marker="o", markersize=4, linewidth=1.2, label=f"c = {c}")
            for c in sorted({graph.chromatic for graph in graphs})
        ],
        ncols=len(COLORS),
        fontsize=8,
        loc="upper right",
        borderaxespad=0,
        bbox_to_anchor=(width - MARGIN, top),
        bbox_transform=figure.dpi_scale_trans,
    )
    for d, x, y, length in headings:
        left, line = MARGIN + x, top - TITLE - y - 0.25
        figure.text(left, line + 0.05, f"d = {d}", size=10, weight="bold", **inches)
        figure.add_artist(Line2D([left, left + length], [line, line], color=GREY, linewidth=0.6, **inches))
    for graph, x, y in places:
        center = MARGIN + x + CELL / 2, top - TITLE - y - CELL / 2
        draw_graph(graph, figure, center, DRAWING, COLORS[graph.chromatic])
        figure.text(center[0], center[1] - CELL / 2, str(graph), size=7, ha="center", va="top", **inches)
    return figure


def _arrange(
    graphs: Sequence[Graph], columns: int
) -> tuple[list[tuple[int, float, float, float]], list[tuple[Graph, float, float]], float]:
    """Return headings (d, x, y, length), graphs with x and y, and the total height, in inches.

    x and y are measured from the upper left corner of the page to the upper left corner of the item.
    """
    headings, places = [], []
    column = top = bottom = 0
    for d, group in groupby(graphs, key=lambda graph: graph.d):
        members = list(group)
        if column + len(members) > columns:
            column, top = 0, bottom
        headings.append((d, column * CELL, top, min(len(members), columns) * CELL))
        for index, graph in enumerate(members):
            row, place = divmod(index, columns)
            y = top + HEADING + row * (CELL + LABEL)
            places.append((graph, (column + place) * CELL, y))
        bottom = max(bottom, y + CELL + LABEL)
        column += len(members) + GAP
    return headings, places, bottom
