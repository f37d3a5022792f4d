"""Drawings of graphs: geometry, files, and the page of all graphs."""

import os
import subprocess
import sys
from collections import Counter
from itertools import combinations
from pathlib import Path
from xml.etree import ElementTree

import networkx as nx
import numpy as np
import pytest
from matplotlib.figure import Figure
from matplotlib.path import Path as Curve

from efp import draw_graphs
from leptonid.efp.catalogue import select_graphs
from leptonid.efp.catalogue_page import COLORS, catalogue_figure
from leptonid.efp.drawing import (
    LINE_WIDTH,
    SIDE,
    VERTEX_RADIUS,
    draw_graph,
    layout,
    order_on_circle,
    vertex_positions,
)
from leptonid.efp.graphs import Graph, graph_table
from leptonid.tables.feather import write_feather

ROOT = Path(__file__).parents[2]
SVG = "{http://www.w3.org/2000/svg}"


@pytest.fixture(scope="module")
def all_graphs():
    return select_graphs([["d<=7", "p==1"], ["d<=8", "p==1", "c==4"]])


@pytest.fixture
def few_graphs(tmp_path):
    """A selection of graphs and the file of its table."""
    graphs = select_graphs([["d<=3", "p==1"]])
    write_feather(graph_table({"barrel": graphs}), tmp_path / "graphs.feather")
    return graphs, str(tmp_path / "graphs.feather")


def sample_curve(curve, count=51):
    """Return points along a quadratic curve, shape (count, 2)."""
    start, control, end = curve.vertices
    t = np.linspace(0, 1, count)[:, None]
    return (1 - t) ** 2 * start + 2 * t * (1 - t) * control + t**2 * end


def distances(some, others):
    return np.linalg.norm(some[:, None] - others, axis=2)


def ends(curve):
    return {tuple(curve.vertices[0]), tuple(curve.vertices[-1])}


def strokes(path):
    """Return the numbers of lines and discs in an SVG."""
    lines = discs = 0
    for element in ElementTree.parse(path).iter(f"{SVG}path"):
        count = element.get("d").count("M")
        if "fill: none" in element.get("style", ""):
            lines += count
        else:
            discs += count
    return lines, discs - 1  # the background


@pytest.mark.parametrize("n", range(1, 12))
def test_vertices_do_not_overlap(n):
    points = vertex_positions(n)
    assert (distances(points, points)[~np.eye(n, dtype=bool)] > 4 * VERTEX_RADIUS).all()


def test_an_order_has_every_vertex_and_no_avoidable_crossing(all_graphs):
    for graph in all_graphs:
        place = {vertex: index for index, vertex in enumerate(order_on_circle(graph))}
        assert sorted(place) == list(range(graph.n))
        chords = {tuple(sorted((place[a], place[b]))) for a, b in graph.edges}
        crossings = [(one, two) for one in chords for two in chords if one[0] < two[0] < one[1] < two[1]]
        # A graph is outerplanar if it stays planar with one more vertex that is joined to all others.
        extended = nx.Graph([*graph.edges, *((vertex, "more") for vertex in range(graph.n))])
        assert len(crossings) == (0 if nx.check_planarity(extended)[0] else 1), graph


def test_edges_are_distinct_and_keep_clear_of_vertices(all_graphs):
    for graph in all_graphs:
        points, curves = layout(graph)
        assert Counter(frozenset(ends(curve)) for curve in curves) == Counter(
            frozenset((tuple(points[a]), tuple(points[b]))) for a, b in graph.edges
        )
        lines = [sample_curve(curve) for curve in curves]
        for curve, line in zip(curves, lines, strict=True):
            assert np.abs(line).max(initial=0) < SIDE / 2 - LINE_WIDTH
            others = np.array([point for point in points if tuple(point) not in ends(curve)])
            if len(others):
                assert distances(line, others).min() > 3 * VERTEX_RADIUS, graph
        clear = [line[(distances(line, points) > 0.25).all(axis=1)] for line in lines]
        for one, two in combinations(range(len(curves)), 2):
            if ends(curves[one]) == ends(curves[two]):
                assert np.linalg.norm(lines[one][25] - lines[two][25]) > 2 * LINE_WIDTH, graph
            elif ends(curves[one]) & ends(curves[two]):
                assert distances(clear[one], clear[two]).min() > 1.5 * LINE_WIDTH, graph


@pytest.mark.parametrize(
    "edges",
    [
        ((0, 1), (0, 2), (0, 3), (0, 4)),
        ((2, 0), (0, 3), (3, 1)),
        ((4, 2), (2, 0), (0, 1), (1, 3), (3, 5)),
        ((0, 1), (0, 1), (1, 2), (0, 2)),
    ],
    ids=["star", "short path", "path", "triangle with a double edge"],
)
def test_symmetric_graphs_are_drawn_symmetrically(edges):
    n = max(map(max, edges)) + 1
    points, _ = layout(Graph(n, len(edges), 0, 2, edges))
    chords, mirror_image = (
        Counter(frozenset(tuple((points[i] * (sign, 1)).round(6) + 0.0) for i in edge) for edge in edges)
        for sign in (1, -1)
    )
    assert chords == mirror_image


def parts(path):
    """Return the number of curves that a path consists of."""
    return np.count_nonzero(path.codes == Curve.MOVETO)


def test_a_drawing_has_an_arc_per_edge_and_a_disc_per_vertex():
    figure = Figure(figsize=(2, 1))
    draw_graph(Graph(3, 4, 0, 3, ((0, 1), (0, 1), (1, 2), (0, 2))), figure, (1.5, 0.5), 1)
    edges, vertices = (patch.get_path() for patch in figure.artists)
    assert parts(edges) == 4
    assert parts(vertices) == 3
    for patch in figure.artists:
        box = patch.get_window_extent().transformed(figure.dpi_scale_trans.inverted())
        assert 1 < box.x0 < box.x1 < 2
        assert 0 < box.y0 < box.y1 < 1


def test_the_program_draws_every_graph_and_the_page_in_three_formats(few_graphs, tmp_path):
    graphs, table = few_graphs
    pages = [tmp_path / f"catalogue.{suffix}" for suffix in ("pdf", "png", "svg")]
    drawings = tmp_path / "drawings"
    drawings.mkdir()
    (drawings / "9_9_9.png").touch()
    draw_graphs.main(["--graphs", table, "--drawings", str(drawings), "--catalogue", *map(str, pages)])
    names = drawings / "drawings.txt"
    assert names.read_text().split() == [str(graph) for graph in graphs]
    names.unlink()
    assert {path.name for path in drawings.iterdir()} == {
        f"{graph}.{suffix}" for graph in graphs for suffix in ("pdf", "png", "svg")
    }
    for graph in graphs:
        assert strokes(drawings / f"{graph}.svg") == (graph.d, graph.n)
    for path in (*pages, *drawings.iterdir()):
        magic = {".pdf": b"%PDF", ".png": b"\x89PNG", ".svg": b"<?xml"}[path.suffix]
        assert path.read_bytes().startswith(magic)
    assert {str(graph) for graph in graphs} <= {
        element.text for element in ElementTree.parse(pages[2]).iter(f"{SVG}text")
    }


@pytest.mark.parametrize("selections", [[["d<=1"]], [["d<=4", "p==1"]], [["d<=5", "p==1"], ["d==6", "c==4"]]])
def test_the_page_has_every_graph_once_with_its_name_below_its_degree(selections):
    graphs = select_graphs(selections)
    figure = catalogue_figure(graphs)
    page = figure.bbox_inches
    texts = [(text.get_text(), *text.get_position()) for text in figure.texts]
    headings = [(text, x, y) for text, x, y in texts if text.startswith("d = ")]
    assert [text for text, _, _ in headings] == [f"d = {d}" for d in sorted({graph.d for graph in graphs})]
    names = {text: (x, y) for text, x, y in texts if text[0].isdigit() and "_" in text.split()[0]}
    assert list(names) == list(map(str, graphs))
    for graph in graphs:
        x, y = names[str(graph)]
        assert 0 < x < page.x1
        assert 0 < y < page.y1
        above = [heading for heading in headings if heading[2] > y and heading[1] < x]
        assert min(above, key=lambda heading: (heading[2], -heading[1]))[0] == f"d = {graph.d}"
    discs = [
        disc.min(axis=0)
        for vertices in figure.artists
        if vertices.get_linewidth() == 0
        for disc in vertices.get_path().to_polygons(vertices.get_transform())
    ]
    assert len(discs) == sum(graph.n for graph in graphs)
    assert len({tuple(disc.round(3)) for disc in discs}) == len(discs)
    assert [text.get_text() for text in figure.legends[0].get_texts()] == [
        f"c = {c}" for c in sorted({graph.chromatic for graph in graphs})
    ]


def test_there_is_a_colour_for_every_cost():
    assert {graph.chromatic for graph in select_graphs([["n<=5", "p==1"]])} == set(COLORS)


@pytest.mark.slow
def test_equal_graphs_give_equal_files_in_every_process(few_graphs, tmp_path):
    _, table = few_graphs
    files = []
    for seed in ("1", "2"):
        folder = tmp_path / seed
        pages = [folder / f"catalogue.{suffix}" for suffix in ("pdf", "png", "svg")]
        command = [
            sys.executable, ROOT / "workflow/scripts/efp/draw_graphs.py",
            "--graphs", table, "--drawings", folder / "drawings", "--catalogue", *pages,
        ]  # fmt: skip
        subprocess.run(
            command,
            check=True,
            env={**os.environ, "PYTHONHASHSEED": seed, "PYTHONPATH": str(ROOT / "workflow/scripts")},
        )
        files.append(
            {path.relative_to(folder): path.read_bytes() for path in folder.rglob("*") if path.is_file()}
        )
    assert files[0] == files[1]
