"""Unique observables: the numbers of the papers, the choice between equal ones, and the check on values."""

import numpy as np
import pytest

from leptonid.efp.catalogue import select_graphs
from leptonid.efp.duplicates import Duplicate, unique_observables
from leptonid.efp.engine import compute
from leptonid.efp.numerical import confirm, numerical_duplicates
from leptonid.errors import InputError

FULL_SET = [["d<=7", "p==1"], ["d<=8", "p==1", "c==4"]]


def test_the_full_set_has_7545_unique_observables_and_90_duplicates():
    """arXiv:2010.11998: 509 graphs, 7,635 observables, 7,545 without degenerate ones."""
    graphs = select_graphs(FULL_SET)
    unique, duplicates = unique_observables(graphs, [-1, 0, 0.5, 1, 2], [0.5, 1, 2])
    assert (len(graphs), len(unique), len(duplicates)) == (509, 7545, 90)
    assert len({*map(str, unique), *(duplicate.observable for duplicate in duplicates)}) == 7635


def test_the_graph_with_fewer_edges_and_the_smallest_beta_of_the_dot_are_kept():
    _, duplicates = unique_observables(select_graphs([["d<=2", "p==1"]]), [1], [0.5, 1, 2])
    assert {(duplicate.observable, duplicate.equals) for duplicate in duplicates} == {
        ("1_0_0_k_1_b_1", "1_0_0_k_1_b_0.5"),
        ("1_0_0_k_1_b_2", "1_0_0_k_1_b_0.5"),
        ("2_2_0_k_1_b_0.5", "2_1_0_k_1_b_1"),
        ("2_2_0_k_1_b_1", "2_1_0_k_1_b_2"),
    }
    assert {duplicate.reason for duplicate in duplicates} == {"algebraic"}


def test_other_multiples_of_beta_are_duplicates_too():
    """Three parallel edges at beta = 1 are one edge at beta = 3."""
    _, duplicates = unique_observables(select_graphs([["d<=3", "n<=2", "p==1"]]), [1], [1, 3])
    assert ("2_3_0_k_1_b_1", "2_1_0_k_1_b_3") in [(row.observable, row.equals) for row in duplicates]


def clouds(events, cells=6):
    rng = np.random.default_rng(3)
    return [
        np.column_stack([rng.exponential(1, cells), rng.uniform(-0.4, 0.4, (cells, 2))])
        for _ in range(events)
    ]


def test_the_numerical_duplicates_of_all_columns_are_the_algebraic_ones():
    """Columns are computed one by one, so that the engine drops no duplicates."""
    graphs = select_graphs([["d<=4", "p==1"]])
    _, algebraic = unique_observables(graphs, [2], [1, 2])
    names, columns = [], []
    for graph in graphs:
        for beta in (1, 2):
            table = compute(clouds(60), [graph], [2], [beta])
            names.append(table.columns[0])
            columns.append(table.iloc[:, 0].to_numpy())
    found = numerical_duplicates(names, np.array(columns), tolerance=1e-9)
    assert {row.observable for row in found} == {row.observable for row in algebraic}
    assert {row.reason for row in found} == {"numerical"}


@pytest.mark.parametrize(
    ("column", "reason", "equals"),
    [
        (lambda x: 3 * x[0] - 2, "numerical", "a"),
        (lambda x: -x[1] * 1e-30, "numerical", "b"),
        (lambda x: x[1] + 1e3, "numerical", "b"),
        (lambda x: np.full(x.shape[1], 5.0), "constant", ""),
        (lambda x: np.full(x.shape[1], 3e36), "constant", ""),
        (lambda x: 1 + 1e-15 * x[0], "constant", ""),
        (lambda x: np.zeros(x.shape[1]), "zero", ""),
    ],
)
def test_affine_functions_constants_and_zeros_are_duplicates(column, reason, equals):
    x = np.random.default_rng(0).standard_normal((2, 100))
    values = np.vstack([x, column(x)])
    assert numerical_duplicates(["a", "b", "c"], values, 1e-9) == [("c", equals, reason)]


@pytest.mark.parametrize("tolerance", [1e-12, 1e-9, 1e-3])
def test_the_tolerance_is_the_distance_of_the_standardised_columns(tolerance):
    rng = np.random.default_rng(0)
    x = rng.standard_normal(5000)
    noise = rng.standard_normal(5000)
    values = np.array([x, 1e20 * (x + 0.9 * tolerance * noise), x + 1.1 * tolerance * rng.permutation(noise)])
    found = numerical_duplicates(["x", "inside", "outside"], values, tolerance)
    assert found == [("inside", "x", "numerical")]


def test_different_columns_of_all_magnitudes_are_no_duplicates():
    """As for EFPs: positive, over 50 orders of magnitude between columns and 20 between events."""
    rng = np.random.default_rng(1)
    values = rng.lognormal(0, rng.uniform(0.3, 8, (300, 1)), (300, 1000))
    values *= 10.0 ** rng.uniform(-12, 36, (300, 1))
    assert numerical_duplicates([str(column) for column in range(300)], values, 1e-9) == []
    # Copies, half of them shifted by the size of the values, with random signs.
    originals = rng.permutation(200)[:40]
    signs = rng.choice([-1, 1], 40)
    for copy, (original, sign) in enumerate(zip(originals, signs, strict=True), 250):
        values[copy] = sign * 1e-8 * (values[original] + copy % 2 * values[original].mean())
    found = numerical_duplicates([str(column) for column in range(300)], values, 1e-9)
    assert found == [(str(copy), str(original), "numerical") for copy, original in enumerate(originals, 250)]


def test_a_dominant_event_makes_no_columns_equal():
    """With kappa = -1, a single tiny cell can dominate: the differences of columns are lost beside it."""
    x = np.random.default_rng(2).lognormal(0, 1, (3, 500))
    x[:, 7] = 1e13
    copies = [2 * x[1] + 1, 2 * x[2] + 1e12]  # the second loses most digits to rounding
    found = numerical_duplicates(["a", "b", "c", "d", "e"], np.vstack([x, copies]), 1e-9)
    assert found == [("d", "b", "numerical"), ("e", "c", "numerical")]


def test_equal_values_of_many_events_do_not_hide_a_duplicate():
    """Integers, as for kappa = 0, computed twice with different rounding."""
    rng = np.random.default_rng(4)
    x = rng.integers(0, 12, 1000).astype(float)
    noisy = x / 3 * (1 + 1e-15 * rng.standard_normal(1000))
    assert numerical_duplicates(["x", "y"], np.array([x, noisy]), 1e-9) == [("y", "x", "numerical")]


def test_of_three_equal_columns_the_first_is_kept():
    x = np.random.default_rng(1).standard_normal(50)
    found = numerical_duplicates(["a", "b", "c"], np.array([x, 2 * x, -x]), 1e-9)
    assert [(row.observable, row.equals) for row in found] == [("b", "a"), ("c", "a")]


def test_a_duplicate_is_within_the_tolerance_of_a_kept_column():
    """In a chain of neighbours, columns beyond the tolerance of the first are kept."""
    rng = np.random.default_rng(5)
    x, step = rng.standard_normal((2, 2000))
    values = np.array([x + 0.7e-9 * number * step for number in range(4)])
    found = numerical_duplicates(["0", "1", "2", "3"], values, 1e-9)
    assert [(row.observable, row.equals) for row in found] == [("1", "0"), ("3", "2")]


def test_a_few_events_give_no_duplicates():
    assert numerical_duplicates(["a", "b"], np.array([[1.0, 3.0], [2.0, 5.0]]), 1e-9) == []


@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_a_column_that_is_not_finite_raises_an_error(value):
    values = np.random.default_rng(0).standard_normal((2, 50))
    values[1, 3] = value
    with pytest.raises(InputError, match="b: has values that are not finite"):
        numerical_duplicates(["a", "b"], values, 1e-9)


def test_algebraic_duplicates_are_confirmed_by_energyflow():
    graphs = select_graphs([["d<=6", "p==1"]])
    kappas, betas = [-1, 0, 0.5, 1, 2], [0.5, 1, 2]
    events = [np.empty((0, 3)), *clouds(5)]
    _, duplicates = unique_observables(graphs, kappas, betas)
    values = compute(events, [graph for graph in graphs if graph.d <= 3], kappas, betas)
    confirm(duplicates, graphs, events, values, 1e-9)


def test_a_wrong_algebraic_duplicate_raises_an_error_with_both_names():
    graphs = select_graphs([["d<=2", "p==1"]])
    events = clouds(5)
    values = compute(events, graphs, [1], [1, 2])
    wrong = [Duplicate("3_2_0_k_1_b_1", "2_1_0_k_1_b_2", "algebraic")]
    with pytest.raises(InputError, match="3_2_0_k_1_b_1 should equal 2_1_0_k_1_b_2, but on event 0"):
        confirm(wrong, graphs, events, values, 1e-9)


def test_a_wrong_value_in_the_table_raises_an_error():
    graphs = select_graphs([["d<=2", "p==1"]])
    _, duplicates = unique_observables(graphs, [1], [1, 2])
    values = compute(clouds(5), graphs, [1], [1, 2])
    values.loc[3, "2_1_0_k_1_b_2"] *= 1 + 1e-8
    with pytest.raises(InputError, match="2_2_0_k_1_b_1 should equal 2_1_0_k_1_b_2, but on event 3"):
        confirm(duplicates, graphs, clouds(5), values, 1e-9)
