"""Drawings of multigraphs in the manner of the EFP papers."""

from collections import Counter
from itertools import combinations

import matplotlib.patches
import matplotlib.path
import networkx as nx
import numpy as np
from matplotlib.axes import Axes

from leptonid.efp.catalogue import Graph

VERTEX_RADIUS = 0.085
# Distance between the crowns of neighbouring parallel edges, in units of the circle's radius.
EDGE_SPACING = 0.16


def vertex_positions(n: int) -> np.ndarray:
    """Return points on the unit circle, shape (n, 2), the first edge of the polygon at the bottom."""
    if n == 1:
        return np.zeros((1, 2))
    angles = 2 * np.pi * np.arange(n) / n - np.pi / 2 - np.pi / n * (n > 2)
    if n == 2:
        angles = np.array([np.pi, 0])
    return np.column_stack([np.cos(angles), np.sin(angles)])


def order_on_circle(graph: Graph) -> list[int]:
    """Return the vertices in an order around the circle in which few edges cross and edges are short.

    Depth first, so that a tree has no crossings; then vertices swap places as long as that helps.
    """
    simple = nx.Graph(graph.edges)
    simple.add_nodes_from(range(graph.n))
    order = list(nx.dfs_preorder_nodes(simple, 0))
    edges = list(simple.edges)
    cost = _cost(order, edges)
    improved = True
    while improved:
        improved = False
        for first, second in combinations(range(graph.n), 2):
            swapped = order.copy()
            swapped[first], swapped[second] = order[second], order[first]
            if (new := _cost(swapped, edges)) < cost:
                order, cost, improved = swapped, new, True
    return order


def _cost(order: list[int], edges: list[tuple[int, int]]) -> tuple[int, int]:
    """Return how many pairs of edges cross, and the sum of their lengths in steps around the circle."""
    place = {vertex: index for index, vertex in enumerate(order)}
    chords = [sorted((place[a], place[b])) for a, b in edges]
    crossings = sum(a < c < b < d or c < a < d < b for (a, b), (c, d) in combinations(chords, 2))
    return crossings, sum(min(b - a, len(order) - b + a) for a, b in chords)


def draw_graph(graph: Graph, axes: Axes, color: str = "black") -> None:
    """Draw a graph; an edge of multiplicity m is m arcs."""
    points = vertex_positions(graph.n)[np.argsort(order_on_circle(graph))]
    for (a, b), count in sorted(Counter(tuple(sorted(edge)) for edge in graph.edges).items()):
        for offset in (np.arange(count) - (count - 1) / 2) * EDGE_SPACING:
            axes.add_patch(_arc(points[a], points[b], offset, color))
    for point in points:
        axes.add_patch(matplotlib.patches.Circle(point, VERTEX_RADIUS, color=color, zorder=2))
    half = 1.25
    axes.set(xlim=(-half, half), ylim=(-half, half), aspect="equal")
    axes.set_axis_off()


def _arc(start: np.ndarray, end: np.ndarray, offset: float, color: str) -> matplotlib.patches.PathPatch:
    """Return a quadratic curve between two points whose middle is displaced sideways by `offset`."""
    along = end - start
    sideways = np.array([-along[1], along[0]]) / np.hypot(*along)
    control = (start + end) / 2 + 2 * offset * sideways
    codes = [matplotlib.path.Path.MOVETO, matplotlib.path.Path.CURVE3, matplotlib.path.Path.CURVE3]
    curve = matplotlib.path.Path([start, control, end], codes)
    return matplotlib.patches.PathPatch(curve, facecolor="none", edgecolor=color, linewidth=1.8)
