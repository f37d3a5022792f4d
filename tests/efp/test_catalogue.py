"""Graphs from EnergyFlow's catalogue, their table, their drawings, and the names of observables."""

import numpy as np
import pytest
from matplotlib.figure import Figure

from leptonid.efp.catalogue import Graph, graph_table, graphs_from_table, select_graphs
from leptonid.efp.drawing import draw_graph, order_on_circle, vertex_positions
from leptonid.errors import InputError
from leptonid.observables import Observable


def test_the_selections_of_the_papers_have_490_and_509_graphs():
    assert len(select_graphs([["d<=7", "p==1"]])) == 490
    assert len(select_graphs([["d<=7", "p==1"], ["d<=8", "p==1", "c==4"]])) == 509


def test_graphs_are_ordered_by_edges_and_survive_their_table():
    graphs = select_graphs([["d<=3", "p==1"]])
    assert [str(graph) for graph in graphs[:5]] == ["1_0_0", "2_1_0", "2_2_0", "3_2_0", "2_3_0"]
    assert graphs_from_table(graph_table(graphs)) == graphs
    assert all(len(graph.edges) == graph.d for graph in graphs)


@pytest.mark.parametrize(
    ("selection", "message"),
    [
        (["d<<3"], "EnergyFlow refuses"),
        (["q<=3"], "EnergyFlow refuses"),
        (["d<=3", "p==2"], "selects no connected graph"),
        (["d<=1", "n>=5"], "selects no connected graph"),
    ],
)
def test_an_unusable_selection_is_named(selection, message):
    with pytest.raises(InputError, match=message) as raised:
        select_graphs([selection])
    assert str(selection) in str(raised.value)


def test_names_read_back():
    for name in ("2_1_0_k_1_b_0.5", "8_7_12_k_-1_b_2", "1_0_0_k_0.25_b_1e-05"):
        assert str(Observable.parse(name)) == name
    with pytest.raises(ValueError, match="not an EFP observable"):
        Observable.parse("R_had")


def test_a_drawing_has_an_arc_per_edge_and_a_disc_per_vertex():
    graph = Graph(3, 4, 0, 3, ((0, 1), (0, 1), (1, 2), (0, 2)))
    axes = Figure().add_axes((0, 0, 1, 1))
    draw_graph(graph, axes)
    kinds = [type(patch).__name__ for patch in axes.patches]
    assert kinds.count("PathPatch") == 4
    assert kinds.count("Circle") == 3
    curves = {tuple(patch.get_path().vertices.ravel()) for patch in axes.patches[:4]}
    assert len(curves) == 4


@pytest.mark.parametrize("n", range(1, 9))
def test_vertices_do_not_overlap(n):
    points = vertex_positions(n)
    distances = np.linalg.norm(points[:, None] - points, axis=2)[~np.eye(n, dtype=bool)]
    assert (distances > 0.5).all()


@pytest.mark.parametrize("selection", [["d<=6", "p==1", "c<=2"], ["d<=5", "p==1"]])
def test_edges_of_trees_and_small_graphs_do_not_cross(selection):
    for graph in select_graphs([selection]):
        place = {vertex: index for index, vertex in enumerate(order_on_circle(graph))}
        assert sorted(place) == list(range(graph.n))
        chords = {tuple(sorted((place[a], place[b]))) for a, b in graph.edges}
        crossed = [(one, two) for one in chords for two in chords if one[0] < two[0] < one[1] < two[1]]
        assert not crossed, graph
