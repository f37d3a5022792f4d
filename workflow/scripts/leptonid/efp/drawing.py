"""Drawings of multigraphs in the style of the EFP papers: vertices on a circle, one arc per edge."""

import math
from collections import Counter
from functools import cache
from itertools import combinations

import networkx as nx
import numpy as np
from matplotlib.figure import Figure
from matplotlib.patches import PathPatch
from matplotlib.path import Path
from matplotlib.transforms import Affine2D

from leptonid.efp.graphs import Graph
from leptonid.plotting import BLACK

# Lengths of a drawing, in units of the radius of the circle of vertices.
SIDE = 2.5
VERTEX_RADIUS = 0.09
LINE_WIDTH = 0.036
# Largest distance between the middles of neighbouring parallel edges.
EDGE_SPACING = 0.2
# Largest angle between a parallel edge and the straight line at its vertices, in radians.
LARGEST_ANGLE = np.pi / 4


def vertex_positions(n: int) -> np.ndarray:
    """Return points on a unit circle, shape (n, 2), the first two at the bottom, centred on the origin."""
    if n == 1:
        return np.zeros((1, 2))
    angles = 2 * np.pi * np.arange(n) / n - np.pi / 2 - np.pi / n
    if n == 2:
        angles = np.array([np.pi, 0])
    points = np.column_stack([np.cos(angles), np.sin(angles)])
    return points - (points.min(axis=0) + points.max(axis=0)) / 2


def order_on_circle(graph: Graph) -> list[int]:
    """Return an order of the vertices around the circle with few crossings and short edges.

    Starts from a depth-first search, which gives trees no crossings, and swaps vertices as long as that
    improves the order. The circle is then rotated to make the drawing symmetric about the vertical axis, or
    else heavier at the bottom.
    """
    simple = nx.Graph(graph.edges)
    simple.add_nodes_from(range(graph.n))
    order = list(nx.dfs_preorder_nodes(simple, 0))
    cost = _cost(order, graph.edges)
    improved = True
    while improved:
        improved = False
        for first, second in combinations(range(graph.n), 2):
            swapped = order.copy()
            swapped[first], swapped[second] = order[second], order[first]
            if (new := _cost(swapped, graph.edges)) < cost:
                order, cost, improved = swapped, new, True
    return min((order[turn:] + order[:turn] for turn in range(graph.n)), key=lambda o: _pose(o, graph.edges))


def _chords(order: list[int], edges: tuple[tuple[int, int], ...]) -> list[tuple[int, int]]:
    """Return the edges as pairs of positions on the circle, the smaller first."""
    position = {vertex: index for index, vertex in enumerate(order)}
    return [(min(position[a], position[b]), max(position[a], position[b])) for a, b in edges]


def _cost(order: list[int], edges: tuple[tuple[int, int], ...]) -> tuple[int, int]:
    """Return the number of crossings, and the sum of the edges' lengths in steps around the circle."""
    chords = _chords(order, edges)
    crossings = sum(a < c < b < d or c < a < d < b for (a, b), (c, d) in combinations(chords, 2))
    return crossings, sum(min(b - a, len(order) - b + a) for a, b in chords)


def _pose(order: list[int], edges: tuple[tuple[int, int], ...]) -> tuple[int, float]:
    """Return the number of chords without a mirror image (left to right), and the sum of all heights."""
    n = len(order)
    heights = vertex_positions(n)[:, 1].round(6)
    chords = Counter(_chords(order, edges))
    # The first two positions, at the bottom, mirror each other, as do the last and the third, and so on.
    mirrored = Counter({tuple(sorted(((1 - a) % n, (1 - b) % n))): m for (a, b), m in chords.items()})
    asymmetry = sum(mirrored[chord] != m for chord, m in chords.items())
    return asymmetry, sum(m * (heights[a] + heights[b]) for (a, b), m in chords.items())


@cache
def layout(graph: Graph) -> tuple[np.ndarray, list[Path]]:
    """Return the positions of a graph's vertices, shape (n, 2), and a quadratic curve for every edge.

    Parallel edges lie side by side, in a fan that keeps clear of the neighbouring edges at its vertices.
    """
    points = vertex_positions(graph.n)[np.argsort(order_on_circle(graph))]
    multiplicity = Counter(tuple(sorted(edge)) for edge in graph.edges)
    room = dict.fromkeys(multiplicity, LARGEST_ANGLE)
    for vertex in range(graph.n):
        around = []
        for edge in multiplicity:
            if vertex in edge:
                x, y = points[sum(edge) - vertex] - points[vertex]
                around.append((math.atan2(y, x), edge))
        around.sort()
        for (angle, edge), (next_angle, neighbour) in zip(around, around[1:] + around[:1], strict=True):
            gap = (next_angle - angle) % (2 * np.pi) or 2 * np.pi
            arcs = multiplicity[edge] + multiplicity[neighbour]
            for side in (edge, neighbour):
                room[side] = min(room[side], gap * (multiplicity[side] - 1) / (arcs - 1))
    curves = []
    for (a, b), count in sorted(multiplicity.items()):
        along = points[b] - points[a]
        length = np.hypot(*along)
        sideways = np.array([-along[1], along[0]]) / length
        crown = min(EDGE_SPACING * (count - 1) / 2, length / 4 * math.tan(room[a, b]))
        for offset in crown * (2 * np.arange(count) - count + 1) / max(count - 1, 1):
            control = (points[a] + points[b]) / 2 + 2 * offset * sideways
            curves.append(Path([points[a], control, points[b]], [Path.MOVETO, Path.CURVE3, Path.CURVE3]))
    return points, curves


def draw_graph(
    graph: Graph, figure: Figure, center: tuple[float, float], size: float, color: str = BLACK
) -> None:
    """Draw a graph into a square of a figure (`center` and `size` in inches); multiplicity m gives m arcs."""
    points, curves = layout(graph)
    unit = size / SIDE
    look = {"color": color, "transform": Affine2D().scale(unit).translate(*center) + figure.dpi_scale_trans}
    # One artist for all edges and one for all vertices, as matplotlib's time grows with their number.
    if curves:
        edges = Path.make_compound_path(*curves)
        figure.add_artist(PathPatch(edges, fill=False, linewidth=72 * unit * LINE_WIDTH, **look))
    vertices = Path.make_compound_path(*(Path.circle(point, VERTEX_RADIUS) for point in points))
    figure.add_artist(PathPatch(vertices, linewidth=0, **look))
