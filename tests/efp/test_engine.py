"""EFP values compared with EnergyFlow and with the defining sum, and their invariances."""

import itertools
from functools import cache

import awkward as ak
import energyflow as ef
import h5py
import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import leptonid.efp
from layouts import ELECTRONS, ROOT
from leptonid.efp.catalogue import select_graphs
from leptonid.efp.engine import BLOCK, Polynomials, compute
from leptonid.efp.graphs import Graph
from leptonid.errors import InputError
from leptonid.study.observables import Observable
from leptonid.tables.cells import SparseImages, pixel_positions

KAPPAS = [-1, 0, 0.5, 1, 2]
BETAS = [0.5, 1, 2]
PAIRS = list(itertools.product(KAPPAS, BETAS))
FULL_SET = [["d<=7", "p==1"], ["d<=8", "p==1", "c==4"]]
SELECTION = [["d<=4", "p==1"]]

# All terms of the sums are positive, so that values differ by rounding errors only.
RTOL = 1e-12

# Graphs that the compiled engine does not support: K5 has treewidth 4; the wheel has four spokes.
K5 = Graph(5, 10, 0, 5, tuple(itertools.combinations(range(5), 2)))
WHEEL = Graph(5, 8, 0, 4, ((0, 1), (1, 2), (2, 3), (3, 0), (0, 4), (1, 4), (2, 4), (3, 4)))


@pytest.fixture(scope="module")
def full():
    return select_graphs(FULL_SET)


@pytest.fixture(scope="module")
def polynomials(full):
    return Polynomials(full, KAPPAS, BETAS)


@pytest.fixture(scope="module")
def simulated():
    """Events of all calorimeters of the shipped sample."""
    clouds = []
    with h5py.File(ROOT / "resources/electrons/sample.h5") as file:
        for grid in ELECTRONS.grids.values():
            images = SparseImages.from_dense(file[grid.name]["test"][:1000])
            clouds += images.point_clouds(pixel_positions(grid))
    return clouds


def cloud(cells, seed=0):
    rng = np.random.default_rng(seed)
    return np.column_stack([rng.exponential(2, cells) + 0.1, rng.uniform(-0.4, 0.4, (cells, 2))])


def latin(first):
    """Return one pair of exponents per kappa; `first` 0, 1 and 2 together give all pairs."""
    return [(kappa, BETAS[(first + place) % 3]) for place, kappa in enumerate(KAPPAS)]


@cache
def energyflow_set(graphs):
    """Return EnergyFlow's polynomials, whose creation takes longer than their evaluation for small events."""
    return ef.EFPSet(*(list(graph.edges) for graph in graphs), measure="hadr")


def assert_as_energyflow(row, event, graphs, pairs):
    """Compare a row of a table with EnergyFlow; zeros must be exact."""
    for kappa, beta in pairs:
        measure = ef.Measure("hadr", kappa=kappa, beta=beta, normed=True)
        with np.errstate(divide="ignore"):  # for events without cells
            zs, thetas = measure.evaluate(event[event[:, 0] > 0])
            reference = energyflow_set(tuple(graphs)).compute(zs=zs, thetas=thetas)
        names = [str(graph.observable(kappa, beta)) for graph in graphs]
        kept = [name in row for name in names]
        assert any(kept) or not names
        np.testing.assert_allclose(
            row[np.array(names)[kept]], reference[kept], rtol=RTOL, equal_nan=False, err_msg=f"{kappa} {beta}"
        )


def defining_sum(event, graph, kappa, beta):
    """Return the sum over all assignments of cells to vertices."""
    z = event[:, 0] / event[:, 0].sum()
    total = 0.0
    for cells in itertools.product(range(len(event)), repeat=graph.n):
        term = np.prod([z[cell] ** kappa for cell in cells])
        for a, b in graph.edges:
            term *= np.hypot(*(event[cells[a], 1:] - event[cells[b], 1:])) ** beta
        total += term
    return total


def test_values_are_those_of_the_defining_sum():
    event = cloud(3)
    graphs = select_graphs([["d<=3", "p==1"]])
    table = compute([event], graphs, KAPPAS, BETAS)
    by_key = {(graph.n, graph.d, graph.k): graph for graph in graphs}
    assert len(table.columns) > 100
    for name in table.columns:
        observable = Observable.parse(name)
        graph = by_key[observable.n, observable.d, observable.k]
        expected = defining_sum(event, graph, observable.kappa, observable.beta)
        assert table[name][0] == pytest.approx(expected, rel=RTOL, abs=0), name


@pytest.mark.parametrize("cells", [0, 1, 2, 3, 20, 36])
@pytest.mark.parametrize("source", ["random", "simulated"])
def test_the_full_set_agrees_with_energyflow(cells, source, full, simulated):
    """Simulated events have this number of cells, or nearly."""
    event = cloud(cells, seed=cells)
    if source == "simulated":
        event = min(simulated, key=lambda candidate: abs(len(candidate) - cells))
        assert abs(len(event) - cells) <= 4
    table = compute([event], full, KAPPAS, BETAS)
    assert table.shape == (1, 7545)
    assert np.isfinite(table.to_numpy()).all()
    cheap = [graph for graph in full if graph.chromatic < 4]
    assert_as_energyflow(table.iloc[0], event, cheap, PAIRS)
    # With many cells, EnergyFlow takes seconds per pair of exponents.
    pairs = PAIRS if cells < 36 else latin(source == "simulated")
    assert_as_energyflow(table.iloc[0], event, sorted(set(full) - set(cheap), key=str), pairs)


def test_values_are_right_for_numbers_of_cells_around_multiples_of_a_register(full):
    events = [cloud(cells, seed=cells) for cells in (4, 5, 7, 8, 9, 12, 13, 16, 17, 24)]
    table = compute(events, full, KAPPAS, BETAS)
    for row, event in enumerate(events):
        assert_as_energyflow(table.iloc[row], event, full, latin(row)[row % 2 :: 2])


def test_other_exponents_agree_with_energyflow(full):
    kappas, betas = [-0.5, 0.25, 3], [0.3, 1.5, 4]
    event = cloud(11)
    table = compute([event], full, kappas, betas)
    assert_as_energyflow(table.iloc[0], event, full, itertools.product(kappas, betas))


def test_at_beta_0_every_distance_counts_1_also_that_of_a_cell_from_itself(full):
    """Elsewhere, terms with two neighbouring vertices at one cell are 0."""
    event = cloud(11)
    table = compute([event], full, [0.5], [0])
    sum_of_weights = ((event[:, 0] / event[:, 0].sum()) ** 0.5).sum()
    vertices = [int(name.partition("_")[0]) for name in table.columns]
    np.testing.assert_allclose(table.iloc[0], sum_of_weights**vertices, rtol=RTOL)


def at_one_place(event):
    event[3, 1:] = event[0, 1:]
    event[5, 1:] = event[0, 1:]


def in_two_places(event):
    event[::2, 1:] = 0.1
    event[1::2, 1:] = -0.2


def on_a_line(event):
    event[:, 1] = 0


def across_the_end_of_phi(event):
    event[:, 2] += np.pi
    event[event[:, 2] > np.pi, 2] -= 2 * np.pi


def with_all_energies(event):
    event[:, 0] = 10.0 ** np.linspace(-9, 3, len(event))


@pytest.mark.parametrize(
    "special", [at_one_place, in_two_places, on_a_line, across_the_end_of_phi, with_all_energies]
)
def test_special_cells_agree_with_energyflow(special, full):
    event = cloud(10)
    special(event)
    table = compute([event], full, KAPPAS, BETAS)
    assert_as_energyflow(table.iloc[0], event, full, latin(1))


@pytest.mark.parametrize(
    ("selection", "general", "cells"),
    [
        (["d==8", "p==1", "n<=5"], 1, 6),
        (["d==9", "p==1", "c<=3", "n<=5"], 0, 11),
        (["d==9", "p==1", "c>=4"], 9, 6),
        (["d==10", "p==1", "c>=4", "n<=6"], 44, 13),
    ],
)
def test_other_selections_agree_with_energyflow(selection, general, cells):
    """Some of these graphs have treewidth 4, or lack the symmetry that the program needs."""
    graphs = select_graphs([selection])
    assert len(Polynomials(graphs, [0.5], [1]).general) == general
    event = cloud(cells)
    table = compute([event], graphs, [-1, 0.5], [0.5, 1])
    assert_as_energyflow(table.iloc[0], event, graphs, [(-1, 0.5), (0.5, 1)])


def test_a_single_graph_has_its_values_of_the_full_set(full):
    """Its program is a different one."""
    event = cloud(10)
    for graph in full[::12]:
        table = compute([event], [graph], [-1, 2], [0.5])
        assert_as_energyflow(table.iloc[0], event, [graph], [(-1, 0.5), (2, 0.5)])


@pytest.mark.parametrize("graphs", [[K5], [WHEEL], [K5, WHEEL], [WHEEL, *select_graphs(SELECTION), K5]])
def test_graphs_without_a_compiled_program_agree_with_energyflow(graphs):
    assert set(Polynomials(graphs, [1], [1]).general) == {K5, WHEEL} & set(graphs)
    events = [cloud(7), cloud(0), cloud(1), cloud(12), [[1, 0, 3.1], [0, 1, 0], [2, 0.1, -3.1]]]
    table = compute(events, graphs, KAPPAS, BETAS, threads=2)
    for row, event in enumerate(events):
        assert_as_energyflow(table.iloc[row], np.array(event), graphs, PAIRS)


@pytest.mark.parametrize("graph", [K5, WHEEL])
def test_graphs_without_a_compiled_program_have_the_values_of_the_defining_sum(graph):
    event = cloud(5)
    table = compute([event], [graph], [-1], [0.5])
    assert table.iloc[0, 0] == pytest.approx(defining_sum(event, graph, -1, 0.5), rel=RTOL, abs=0)


@pytest.mark.parametrize("graphs", [[["d<=0", "p==1"]], [Graph(1, 0, 0, 1, ())]])
def test_the_one_vertex_graph_alone_is_a_sum_of_powers(graphs):
    event = cloud(9)
    table = compute([event, cloud(1), cloud(0)], graphs, [0, 2], BETAS)
    assert list(table.columns) == ["1_0_0_k_0_b_0.5", "1_0_0_k_2_b_0.5"]
    assert table["1_0_0_k_0_b_0.5"].tolist() == [9, 1, 0]
    fractions = event[:, 0] / event[:, 0].sum()
    np.testing.assert_allclose(table["1_0_0_k_2_b_0.5"], [(fractions**2).sum(), 1, 0], rtol=RTOL)


def test_an_event_without_cells_is_zero_everywhere(full):
    table = compute([np.empty((0, 3)), [], [[0.0, 0.1, 0.2]]], [*full, K5], KAPPAS, BETAS)
    assert (table.to_numpy() == 0).all()


def test_with_one_cell_only_the_one_vertex_graph_is_not_zero(full):
    table = compute([cloud(1)], [*full, K5], KAPPAS, BETAS)
    nonzero = [name for name in table.columns if table[name][0] != 0]
    assert nonzero == [name for name in table.columns if name.startswith("1_0_0_")]


@settings(max_examples=30, deadline=None)
@given(
    cells=st.integers(2, 26),
    seed=st.integers(0, 1000),
    angle=st.floats(0, 6.28),
    shift=st.tuples(st.floats(-1, 1), st.floats(-1, 1)),
    scale=st.integers(-200, 200),
)
def test_order_rotation_translation_and_scale_change_no_value(polynomials, cells, seed, angle, shift, scale):
    event = cloud(cells, seed)
    rotation = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    moved = np.column_stack([event[:, 0] * 10.0**scale, event[:, 1:] @ rotation.T + shift])
    moved = np.random.default_rng(seed).permutation(moved)
    before, after = polynomials.values([event, moved])
    np.testing.assert_allclose(after, before, rtol=1e-8)


@settings(max_examples=20, deadline=None)
@given(graph=st.integers(1, 508), times=st.integers(2, 4), cells=st.integers(2, 12), data=st.data())
def test_multiplied_multiplicities_equal_the_graph_at_a_multiple_of_beta(full, graph, times, cells, data):
    single = full[graph]
    multiple = Graph(single.n, single.d * times, single.k, single.chromatic, single.edges * times)
    beta = data.draw(st.sampled_from([0.3, 0.5, 1]))
    at_one = compute([cloud(cells)], [multiple], KAPPAS, [beta]).to_numpy()
    at_times = compute([cloud(cells)], [single], KAPPAS, [times * beta]).to_numpy()
    np.testing.assert_allclose(at_one, at_times, rtol=1e-11)


def test_at_kappa_1_splitting_cells_changes_nothing(full):
    """Tests events far larger than EnergyFlow can compute."""
    event = cloud(37)
    parts = np.repeat(event, 5, axis=0)
    parts[:, 0] *= np.tile([0.5, 0.25, 0.125, 0.0625, 0.0625], 37)
    whole, cut = compute([event, parts], full, [1], BETAS).to_numpy()
    np.testing.assert_allclose(cut, whole, rtol=RTOL)


@pytest.fixture(scope="module")
def mixed():
    """Alternating small and large events, for which one thread reuses its work array."""
    return [cloud(cells, seed) for seed, cells in enumerate([60, 3, 0, 24, 1, 8, 61, 2, 17, 9, 40, 16])]


@pytest.mark.parametrize("order", [1, -1])
def test_events_do_not_affect_each_other(mixed, order, polynomials):
    together = polynomials.values(mixed[::order])[::order]
    alone = np.concatenate([polynomials.values([event]) for event in mixed])
    np.testing.assert_array_equal(together, alone)


def test_threads_change_no_bit(mixed, full):
    one, two, three = (compute(mixed, full, KAPPAS, BETAS, threads=threads) for threads in (1, 2, 3))
    assert one.equals(two)
    assert one.equals(three)


def test_every_event_of_many_is_in_its_row():
    events = [cloud(seed % 7, seed) for seed in range(2 * BLOCK + 3)]
    table = compute(events, SELECTION, [0.5], [1], threads=2)
    assert len(table) == len(events)
    for row in (0, 1, BLOCK - 1, BLOCK, BLOCK + 1, 2 * BLOCK - 1, 2 * BLOCK, 2 * BLOCK + 2):
        assert table.iloc[row].equals(compute([events[row]], SELECTION, [0.5], [1]).iloc[0])


def test_no_events_give_a_table_without_rows(full):
    for graphs in (full, [K5]):
        table = compute([], graphs, [1], [1])
        assert len(table) == 0
        assert list(table.columns) == Polynomials(graphs, [1], [1]).observables


def test_all_forms_of_events_give_the_same_bits():
    clouds = [cloud(cells, cells) for cells in (3, 0, 8, 1)]
    padded = np.zeros((4, 8, 3))
    for row, event in zip(padded, clouds, strict=True):
        row[: len(event)] = event
    ragged = ak.Array([event.tolist() for event in clouds])
    expected = compute(clouds, SELECTION, KAPPAS, BETAS)
    for events in (
        padded,
        [event.tolist() for event in clouds],
        tuple(map(np.asfortranarray, clouds)),
        (event for event in clouds),
        ragged,
        ak.Array(clouds),
        ak.to_regular(ragged, axis=2),
        ak.from_numpy(padded),
        ak.fill_none(ak.pad_none(ragged, 8, clip=True), [0.0, 0.0, 0.0], axis=1),
    ):
        assert compute(events, SELECTION, KAPPAS, BETAS).equals(expected)


def masked(event, cells=5):
    """Return an event followed by masked cells, which hold what must not count."""
    hidden = np.resize([9e9, np.nan, -1], (cells, 3))
    mask = np.repeat([False, True], [len(event), cells])
    return np.ma.masked_array(np.concatenate([event, hidden]), mask=np.repeat(mask[:, None], 3, axis=1))


def test_masked_cells_do_not_count():
    clouds = [cloud(cells, cells) for cells in (3, 0, 8, 1)]
    expected = compute(clouds, SELECTION, KAPPAS, BETAS)
    events = [masked(event, 9 - len(event)) for event in clouds]
    for form in (
        events,
        np.ma.concatenate([event[None] for event in events]),
        [np.ma.array(event, order="F") for event in events],
        [list(event) for event in events],
        [tuple(event) for event in events],
        [np.ma.masked_array(cloud, mask=False) for cloud in clouds],
        [clouds[0], np.ma.masked_all((4, 3)), *events[2:]],
    ):
        assert compute(form, SELECTION, KAPPAS, BETAS).equals(expected)


@pytest.mark.parametrize("place", [0, 1, 2])
def test_a_mask_on_a_part_of_a_cell_is_refused(place):
    event = np.ma.masked_array(cloud(4))
    event[2, place] = np.ma.masked
    with pytest.raises(InputError, match="event 1 has a mask on a part of cell 2; mask weight, eta and phi"):
        compute([cloud(2), event], SELECTION, [1], [1])


def test_numbers_of_any_kind_and_order_of_bytes_give_the_same_bits():
    event = cloud(6)
    expected = compute([event], SELECTION, KAPPAS, BETAS)
    for form in (
        event.astype(">f8"),
        np.repeat(event, 2, axis=0)[::2],
        event[:, ::-1].copy()[:, ::-1],
        event.astype(object),
        pd.DataFrame(event, columns=["et", "eta", "phi"]),
        pd.DataFrame(event).convert_dtypes(),
    ):
        assert compute([form], SELECTION, KAPPAS, BETAS).equals(expected)


@pytest.mark.parametrize(
    ("kappas", "betas", "message"),
    [
        ([np.nan], [1], "kappas: expected finite numbers"),
        ([1], [1, np.inf], "betas: expected finite numbers"),
        ([1], ["a"], "betas: expected real numbers"),
        (np.ma.masked_array([1, 2], mask=[0, 1]), [1], "kappas: value 1 is masked"),
    ],
)
def test_unusable_exponents_are_refused(kappas, betas, message):
    with pytest.raises(InputError, match=message):
        compute([cloud(2)], SELECTION, kappas, betas)


@pytest.mark.parametrize("kind", [np.float32, np.int64, np.int16])
def test_numbers_of_another_type_are_converted_to_doubles(kind):
    event = np.round(cloud(9) * [10, 10, 10]).astype(kind)
    expected = compute([event.astype(np.float64)], SELECTION, KAPPAS, BETAS)
    assert compute([event], SELECTION, KAPPAS, BETAS).equals(expected)


def test_cells_of_weight_0_are_ignored():
    event = cloud(8)
    with_empty = np.insert(event, [0, 4, 4, 8], [[0.0, 0.1, 0.2], [-0.0, 0, 0], [0, 9, 9], [0, 0, 0]], axis=0)
    before, after = compute([event, with_empty], SELECTION, KAPPAS, BETAS).to_numpy()
    np.testing.assert_array_equal(after, before)


def test_the_input_is_not_modified():
    events = [cloud(5), np.array([[0.0, 1, 1], [2, 0, 0]]), cloud(0)]
    copies = [event.copy() for event in events]
    compute(events, [*select_graphs(SELECTION), K5], KAPPAS, BETAS)
    for event, copy in zip(events, copies, strict=True):
        np.testing.assert_array_equal(event, copy)


def test_only_the_first_of_isomorphic_graphs_and_repeated_exponents_is_computed():
    path, same = Graph(3, 2, 0, 2, ((0, 1), (0, 2))), Graph(3, 2, 1, 2, ((2, 1), (1, 0)))
    table = compute([cloud(4)], [path, same, path], [1, 2, 1.0], [1, 1.0])
    assert list(table.columns) == ["3_2_0_k_1_b_1", "3_2_0_k_2_b_1"]
    assert_as_energyflow(table.iloc[0], cloud(4), [path], [(1, 1), (2, 1)])


@pytest.mark.parametrize(
    ("event", "message"),
    [
        (np.array([[1.0, 0, 0], [-1.0, 0, 0]]), "event 1 has a negative weight"),
        (np.array([[1e308, 0, 0], [1e308, 0.1, 0]]), "event 1 has weights whose sum overflows a double"),
        (np.array([[1.0, np.nan, 0]]), "event 1 has values that are not finite"),
        (np.array([[1.0, 0, np.inf]]), "event 1 has values that are not finite"),
        (np.ones((3, 2)), r"event 1 has shape \(3, 2\)"),
        (np.ones(3), r"event 1 has shape \(3,\)"),
        (np.ones((2, 3, 3)), r"event 1 has shape \(2, 3, 3\)"),
        ([[1.0, 0, 0], [1.0, 0]], "event 1 is not an array of numbers"),
        ([["1", "0", "a"]], "event 1 is not an array of numbers"),
        (np.ones((2, 3), complex), "event 1 is not an array of numbers .* found complex128"),
        (np.ones(2, [("et", float), ("eta", float), ("phi", float)]), "event 1 is not an array of numbers"),
        (pd.DataFrame([[1, 0, None]], dtype="Int64"), "event 1 is not an array of numbers"),
        (np.ma.masked_array(np.ones((2, 2)), mask=True), r"event 1 has shape \(2, 2\)"),
        (ak.mask(ak.Array([[1.0, 0, 0], [1, 0, 0]]), [True, False]), "event 1 is not an .* 'None'[^\n]*$"),
    ],
)
def test_an_unusable_event_raises_an_error(event, message):
    with pytest.raises(InputError, match=message):
        compute([cloud(2), event], SELECTION, [1], [1])


@pytest.mark.parametrize("graphs", [FULL_SET, [K5]])
def test_an_overflow_raises_an_error_that_names_event_and_observable(graphs):
    event = cloud(12)
    event[::3, 0] = 1e-80
    events = [cloud(1)] * (BLOCK + 7) + [event]
    message = rf"event {BLOCK + 7}: (\S+_k_-1_b_\S+) overflows a double; the event's weights span 81 powers"
    with pytest.raises(InputError, match=message):
        compute(events, graphs, KAPPAS, BETAS)
    assert np.isfinite(compute(events, graphs, KAPPAS[1:], BETAS).to_numpy()).all()


def test_the_named_observable_overflows_by_itself(polynomials, full):
    by_key = {(graph.n, graph.d, graph.k): graph for graph in full}
    for seed, spread in enumerate([46, 52, 60, 75, 100]):
        event = cloud(5 + 4 * seed, seed)
        event[:, 0] = 10.0 ** -np.linspace(0, spread, len(event))
        with pytest.raises(InputError) as raised:
            polynomials.values([event])
        named = Observable.parse(str(raised.value).split()[2])
        with pytest.raises(InputError, match="overflows a double"):
            compute([event], [by_key[named.n, named.d, named.k]], [named.kappa], [named.beta])


def test_the_package_offers_compute():
    assert leptonid.efp.compute is compute
    with pytest.raises(AttributeError, match="has no attribute 'nothing'"):
        leptonid.efp.nothing  # noqa: B018
