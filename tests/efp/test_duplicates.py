"""Which observables are kept: the papers' count, the rule for which of two stays, and the check on values."""

import numpy as np
import pytest

from leptonid.efp.catalogue import select_graphs
from leptonid.efp.duplicates import numerical_duplicates, unique_observables
from leptonid.efp.engine import compute

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


def test_other_multiples_of_beta_are_found_too():
    """Three parallel edges at beta = 1 are one edge at beta = 3."""
    _, duplicates = unique_observables(select_graphs([["d<=3", "n<=2", "p==1"]]), [1], [1, 3])
    assert ("2_3_0_k_1_b_1", "2_1_0_k_1_b_3") in [(each.observable, each.equals) for each in duplicates]


def test_the_check_on_values_finds_what_the_algebra_says():
    """On columns computed one by one, without knowing of duplicates, exactly the algebraic ones are equal."""
    graphs = select_graphs([["d<=4", "p==1"]])
    rng = np.random.default_rng(3)
    events = [np.column_stack([rng.exponential(1, 6), rng.uniform(-0.4, 0.4, (6, 2))]) for _ in range(60)]
    _, algebraic = unique_observables(graphs, [2], [1, 2])
    names, columns = [], []
    for graph in graphs:
        for beta in (1, 2):
            table = compute(events, [graph], [2], [beta])
            names.append(table.columns[0])
            columns.append(table.iloc[:, 0].to_numpy())
    found = numerical_duplicates(names, np.column_stack(columns), tolerance=1e-9)
    assert {each.observable for each in found} == {each.observable for each in algebraic}
    assert {each.reason for each in found} == {"numerical"}


@pytest.mark.parametrize(
    ("column", "reason", "equals"),
    [
        (lambda x: 3 * x[:, 0] - 2, "numerical", "a"),
        (lambda x: -x[:, 1] * 1e-30, "numerical", "b"),
        (lambda x: np.full(len(x), 5.0), "constant", ""),
        (lambda x: 1 + 1e-15 * x[:, 0], "constant", ""),
        (lambda x: np.zeros(len(x)), "zero", ""),
    ],
)
def test_affine_images_constants_and_zeros_are_listed(column, reason, equals):
    x = np.random.default_rng(0).standard_normal((100, 2))
    values = np.column_stack([x, column(x)])
    assert numerical_duplicates(["a", "b", "c"], values, 1e-9) == [("c", equals, reason)]


def test_close_is_not_equal():
    x = np.random.default_rng(0).standard_normal(100)
    values = np.column_stack([x, x + 1e-6 * x**2])
    assert numerical_duplicates(["a", "b"], values, 1e-9) == []


def test_of_three_equal_columns_the_first_is_kept():
    x = np.random.default_rng(1).standard_normal(50)
    found = numerical_duplicates(["a", "b", "c"], np.column_stack([x, 2 * x, -x]), 1e-9)
    assert [(each.observable, each.equals) for each in found] == [("b", "a"), ("c", "a")]


def test_a_few_events_prove_nothing():
    assert numerical_duplicates(["a", "b"], np.array([[1.0, 2.0], [3.0, 5.0]]), 1e-9) == []
