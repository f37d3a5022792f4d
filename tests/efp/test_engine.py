"""EFP values against EnergyFlow and against the defining sum, and what must not change them."""

import itertools

import energyflow as ef
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import leptonid.efp
from leptonid.efp.catalogue import Graph, select_graphs
from leptonid.efp.engine import compute
from leptonid.errors import InputError
from leptonid.observables import Observable

KAPPAS = [-1, 0, 0.5, 1, 2]
BETAS = [0.5, 1, 2]
SELECTION = [["d<=4", "p==1"]]


def cloud(cells, seed=0):
    rng = np.random.default_rng(seed)
    return np.column_stack([rng.exponential(2, cells) + 0.1, rng.uniform(-0.4, 0.4, (cells, 2))])


def defining_sum(event, graph, kappa, beta):
    """The sum over all assignments of cells to vertices, written out."""
    z = event[:, 0] / event[:, 0].sum()
    total = 0.0
    for cells in itertools.product(range(len(event)), repeat=graph.n):
        term = np.prod([z[cell] ** kappa for cell in cells])
        for a, b in graph.edges:
            term *= np.hypot(*(event[cells[a], 1:] - event[cells[b], 1:])) ** beta
        total += term
    return total


def test_values_are_those_of_the_defining_sum():
    event = cloud(4)
    graphs = select_graphs([["d<=3", "p==1"]])
    table = compute([event], graphs, KAPPAS, BETAS)
    by_key = {(graph.n, graph.d, graph.k): graph for graph in graphs}
    assert len(table.columns) > 100
    for name in table.columns:
        observable = Observable.parse(name)
        graph = by_key[observable.n, observable.d, observable.k]
        expected = defining_sum(event, graph, observable.kappa, observable.beta)
        assert table[name][0] == pytest.approx(expected, rel=1e-12), name


@pytest.mark.parametrize("cells", [2, 3, 20, 60])
def test_values_are_those_of_energyflow(cells):
    event = cloud(cells, seed=cells)
    table = compute([event], SELECTION, KAPPAS, BETAS)
    normalised = event.copy()
    normalised[:, 0] /= event[:, 0].sum()
    for kappa, beta in itertools.product(KAPPAS, BETAS):
        reference = ef.EFPSet(*SELECTION[0], measure="hadr", kappa=kappa, beta=beta, normed=False)
        for efp, value in zip(reference.efps, reference.compute(normalised), strict=True):
            name = str(Observable(*efp.ndk, kappa, beta))
            if name in table:
                assert table[name][0] == pytest.approx(value, rel=1e-8), name


def test_an_event_without_cells_is_zero_everywhere():
    table = compute([np.empty((0, 3)), [], [[0.0, 0.1, 0.2]]], SELECTION, KAPPAS, BETAS)
    assert (table.to_numpy() == 0).all()


def test_with_one_cell_only_the_one_vertex_graph_is_not_zero():
    table = compute([cloud(1)], SELECTION, KAPPAS, BETAS)
    nonzero = [name for name in table.columns if table[name][0] != 0]
    assert nonzero == [name for name in table.columns if name.startswith("1_0_0_")]


@settings(max_examples=20, deadline=None)
@given(
    cells=st.integers(2, 12),
    seed=st.integers(0, 1000),
    angle=st.floats(0, 6.28),
    shift=st.tuples(st.floats(-1, 1), st.floats(-1, 1)),
    scale=st.floats(0.01, 100),
)
def test_order_rotation_translation_and_scale_change_nothing(cells, seed, angle, shift, scale):
    event = cloud(cells, seed)
    rotation = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    moved = np.column_stack([event[:, 0] * scale, event[:, 1:] @ rotation.T + shift])
    moved = np.random.default_rng(seed).permutation(moved)
    before, after = compute([event, moved], [["d<=3", "p==1"]], KAPPAS, BETAS).to_numpy()
    np.testing.assert_allclose(after, before, rtol=1e-9)


def test_azimuths_are_periodic():
    event = cloud(6)
    turned = event.copy()
    turned[:, 2] += np.pi
    turned[turned[:, 2] > np.pi, 2] -= 2 * np.pi
    before, after = compute([event, turned], SELECTION, [1], [1]).to_numpy()
    np.testing.assert_allclose(after, before, rtol=1e-9)


def test_doubled_multiplicities_equal_the_graph_at_twice_the_beta():
    single = Graph(3, 2, 0, 2, ((0, 1), (0, 2)))
    double = Graph(3, 4, 0, 2, ((0, 1), (0, 1), (0, 2), (0, 2)))
    event = cloud(8)
    at_two = compute([event], [single], [1], [2])
    at_one = compute([event], [double], [1], [1])
    assert at_one.iat[0, 0] == pytest.approx(at_two.iat[0, 0], rel=1e-12)


@pytest.mark.parametrize(
    ("event", "message"),
    [
        (np.array([[1.0, 0, 0], [-1.0, 0, 0]]), "event 1 has a negative weight"),
        (np.array([[1.0, np.nan, 0]]), "event 1 has values that are not finite"),
        (np.ones((3, 2)), r"event 1 has shape \(3, 2\)"),
    ],
)
def test_an_unusable_event_is_named(event, message):
    with pytest.raises(InputError, match=message):
        compute([cloud(2), event], SELECTION, [1], [1])


def test_the_package_offers_compute():
    assert leptonid.efp.compute is compute
    with pytest.raises(AttributeError, match="has no attribute 'nothing'"):
        leptonid.efp.nothing  # noqa: B018
