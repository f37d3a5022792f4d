"""Graphs from EnergyFlow's catalogue, their tables, and the names of observables."""

import pytest

from leptonid.efp.catalogue import select_graphs
from leptonid.efp.graphs import graph_table, graphs_from_table
from leptonid.errors import InputError
from leptonid.study.observables import Observable


def test_the_selections_of_the_papers_have_490_and_509_graphs():
    assert len(select_graphs([["d<=7", "p==1"]])) == 490
    assert len(select_graphs([["d<=7", "p==1"], ["d<=8", "p==1", "c==4"]])) == 509


def test_the_infrared_and_collinear_safe_space_of_the_muon_paper_has_20_graphs():
    """Up to three vertices, and up to three edges between two of them; 53 without the second limit."""
    graphs = select_graphs([["n<=3", "d<=9", "p==1", "multiplicity<=3"]])
    assert [sum(graph.n == n for graph in graphs) for n in (1, 2, 3)] == [1, 3, 16]
    assert max(graph.d for graph in graphs) == 9
    assert len(select_graphs([["n<=3", "d<=9", "p==1"]])) == 53
    # What has the same values with beta 1 as another with beta 2 has each of its edges twice.
    distinct = {tuple(sorted(graph.edges * times)) for graph in graphs for times in (1, 2)}
    assert len(distinct) == 36
    assert len(select_graphs([["n<=7", "d<=7", "p==1"]])) == 467


def test_graphs_are_ordered_by_edges_and_survive_their_table():
    graphs = select_graphs([["d<=3", "p==1"]])
    assert [str(graph) for graph in graphs[:5]] == ["1_0_0", "2_1_0", "2_2_0", "3_2_0", "2_3_0"]
    assert graphs_from_table(graph_table({"barrel": graphs})) == graphs
    assert all(len(graph.edges) == graph.d for graph in graphs)


def test_a_table_lists_the_calorimeters_of_every_graph():
    barrel, endcap = select_graphs([["d<=2", "p==1"]]), select_graphs([["d<=1"], ["d==3", "n==2", "p==1"]])
    table = graph_table({"barrel": barrel, "endcap": endcap})
    assert [str(graph) for graph in graphs_from_table(table)] == ["1_0_0", "2_1_0", "2_2_0", "3_2_0", "2_3_0"]
    assert table["calorimeters"].to_pylist() == [
        ["barrel", "endcap"],
        ["barrel", "endcap"],
        ["barrel"],
        ["barrel"],
        ["endcap"],
    ]
    assert graphs_from_table(table, "barrel") == barrel
    assert graphs_from_table(table, "endcap") == endcap


@pytest.mark.parametrize(
    ("selection", "message"),
    [
        (["d<<3"], "EnergyFlow rejects"),
        (["q<=3"], "EnergyFlow rejects"),
        (["d<=3", "p==2"], "selects no connected graph"),
        (["d<=1", "n>=5"], "selects no connected graph"),
        (["d==2", "n==2", "multiplicity<=1"], "selects no connected graph"),
    ],
)
def test_an_unusable_selection_raises_an_error(selection, message):
    with pytest.raises(InputError, match=message) as raised:
        select_graphs([selection], key="efp.overrides.endcap.graphs")
    assert str(raised.value).startswith("efp.overrides.endcap.graphs: ")
    assert str(selection) in str(raised.value)


def test_names_of_observables_can_be_parsed():
    for name in ("2_1_0_k_1_b_0.5", "8_7_12_k_-1_b_2", "1_0_0_k_0.25_b_1e-05"):
        assert str(Observable.parse(name)) == name
    with pytest.raises(ValueError, match="not an EFP observable"):
        Observable.parse("R_had")
