"""The numbers of a search's passes come from the test events and mean what their names say."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from leptonid.evaluate.passes import COLUMNS, Pass, events_table, passes_table
from leptonid.metrics.auc import auc, auc_uncertainty
from leptonid.metrics.ordering import Ordering, ado
from leptonid.metrics.trainings import mean_aucs

NAMES = ["ecal/2_1_0_k_1_b_0.5", "hcal/3_3_1_k_-1_b_2"]


@pytest.fixture
def search():
    """A search of two passes with two seeds on 300 events; the second observable has the opposite sign."""
    rng = np.random.default_rng(0)
    y = rng.permutation(np.arange(300) % 2)
    parts = rng.normal(size=(3, 300)) + y
    scores = [[score, score + rng.normal(0, 0.3, size=300)] for score in np.cumsum(parts, axis=0)]
    passes = [
        Pass(
            {
                "inputs": NAMES[: number + 1],
                "calorimeter": name.split("/")[0],
                "observable": name.split("/")[1],
                "reversed": bool(number),
                "ado": 0.7,
                "candidates": 10,
                "best_in": 0.5,
                "alike_in": 0.75,
            },
            observable=parts[number + 1] * (-1 if number else 1),
            scores=scores[number + 1],
            scores_before=scores[number],
        )
        for number, name in enumerate(NAMES)
    ]
    return {"passes": passes, "base": scores[0], "black_box": scores[2][0], "y": y, "weight": np.ones(300)}


def table_of(search, passes=None, base="base", guide="black_box"):
    passes = search["passes"] if passes is None else passes
    others = (search[name] for name in (guide, "black_box", "y", "weight"))
    return passes_table(passes, search[base] if base else None, *others)


def test_what_is_no_efp_has_no_graph(search):
    names = ["pt", "hcal/sum_et"]
    passes = [
        replace(
            step,
            choice={
                **step.choice,
                "inputs": [name],
                "calorimeter": name.partition("/")[0] if "/" in name else None,
            },
        )
        for step, name in zip(search["passes"], names, strict=True)
    ]
    table = table_of(search, passes)
    assert table["observable"].tolist()[1:] == ["pt", "sum_et"]
    assert table["calorimeter"].isna().tolist() == [True, True, False]
    assert table[["n", "d", "k", "kappa", "beta"]].isna().all(axis=None)
    assert table["kappa"].dtype == float
    assert (
        list(events_table(passes, search["black_box"], np.arange(300), search["y"], search["weight"]))[3:5]
        == names
    )


@pytest.mark.parametrize("weighted", [False, True])
def test_a_row_has_the_ados_and_aucs_of_its_pass(search, weighted):
    weight = None
    if weighted:
        search["weight"] = weight = np.random.default_rng(1).exponential(size=300)
    table = table_of(search)
    assert list(table) == COLUMNS
    assert table["pass"].tolist() == [0, 1, 2]
    assert table["observable"].tolist()[1:] == ["2_1_0_k_1_b_0.5", "3_3_1_k_-1_b_2"]
    assert table.loc[2, ["n", "d", "k", "kappa", "beta"]].tolist() == [3, 3, 1, -1, 2]
    y, black_box = search["y"], search["black_box"]
    networks = [search["base"], *(step.scores for step in search["passes"])]
    aucs = mean_aucs(y, [*networks, [black_box]], weight)
    for row, step in zip(table.iloc[1:].itertuples(), search["passes"], strict=True):
        sign = -1 if step.choice["reversed"] else 1
        values = sign * step.observable
        assert row.ado_misordered == ado(
            black_box, values, y, step.scores_before[0], flip=False, weight=weight
        )
        assert row.pairs == Ordering(black_box, y, step.scores_before[0]).pairs_per_event()[y == 1].sum()
        assert (row.best_in, row.alike_in) == (0.5, 0.75)
        assert row.auc_alone == pytest.approx(auc(y, values, weight))
        assert row.auc_alone_uncertainty == auc_uncertainty(y, step.observable, weight)
        assert row.ado_all == np.mean([ado(black_box, score, y, weight=weight) for score in step.scores])
        own, before = (
            [auc(y, score, weight) for score in scores] for scores in (step.scores, step.scores_before)
        )
        assert (row.auc, row.auc_seeds) == pytest.approx((np.mean(own), np.std(own, ddof=1)))
        assert row.auc_uncertainty == np.sqrt(aucs.events[row.Index, row.Index])
        assert row.gain == pytest.approx(np.mean(own) - np.mean(before))
        assert row.gain_uncertainty == aucs.difference(row.Index, row.Index - 1)[1]
        assert (row.gap_closed, row.gap_closed_uncertainty) == aucs.gap_closed(0, row.Index, 3)
    assert table.loc[0, "auc"] == pytest.approx(np.mean([auc(y, score, weight) for score in search["base"]]))
    assert table.loc[0, ["candidates", "ado_misordered", "gain"]].isna().all()


def test_an_observable_with_the_wrong_sign_has_an_ado_below_one_half(search):
    first = search["passes"][0]
    wrong = replace(first, choice={**first.choice, "reversed": True})
    assert table_of(search, [wrong]).loc[1, "ado_misordered"] < 0.5


def test_labels_as_the_guide_make_misordered_pairs_those_with_the_wrong_order(search):
    y = search["y"]
    table = table_of(search, search["passes"][:1], guide="y")
    signal, background = (search["base"][0][y == value] for value in (1, 0))
    assert table.loc[1, "pairs"] == (signal[:, None] < background).sum()


def test_without_a_base_the_first_pass_uses_all_pairs(search):
    first = search["passes"][0]
    table = table_of(search, [replace(first, scores_before=None)], base=None)
    assert table["pass"].tolist() == [1]
    assert table.loc[0, "pairs"] == 150 * 150
    assert np.isnan(table.loc[0, "gain"])


def test_observables_suffice_where_no_later_pass_gains_more_than_its_uncertainty(search):
    table = table_of(search)
    assert table["suffices"].tolist() == [False, False, pd.NA]
    first, second = search["passes"]
    noise = np.random.default_rng(1).normal(0, 0.01, size=(2, 300))
    nothing = replace(second, scores=np.array(first.scores) + noise)
    assert table_of(search, [first, nothing])["suffices"].tolist() == [False, True, pd.NA]
    # A later gain says that the earlier observables were not enough, though the next one adds nothing.
    late = replace(second, scores_before=nothing.scores)
    assert table_of(search, [first, nothing, late])["suffices"].tolist() == [False, False, False, pd.NA]


def test_one_training_per_pass_has_no_scatter(search):
    passes = [
        replace(step, scores=step.scores[:1], scores_before=step.scores_before[:1])
        for step in search["passes"]
    ]
    table = table_of({**search, "base": search["base"][:1]}, passes)
    assert table["auc_seeds"].isna().all()
    (score,) = passes[-1].scores
    assert table["auc"].iloc[-1] == auc(search["y"], score)
    assert table["auc_uncertainty"].iloc[-1] == pytest.approx(auc_uncertainty(search["y"], score))


def test_a_search_without_passes_has_the_row_of_its_base(search):
    table = table_of(search, [])
    assert table["pass"].tolist() == [0]
    assert table["n"].isna().all()


def test_events_have_their_number_of_misordered_pairs(search):
    y, event, guide = search["y"], np.arange(300), search["black_box"]
    table = events_table(search["passes"], guide, event, y, np.ones(300))
    assert list(table) == ["event", "y", "weight", *NAMES, "misordered_1", "misordered_2"]
    before = search["passes"][1].scores_before[0]
    expected = [
        sum((guide[i] - guide[j]) * (before[i] - before[j]) < 0 for j in np.flatnonzero(y != y[i]))
        for i in range(20)
    ]
    assert table["misordered_2"].tolist()[:20] == expected


def test_weighted_events_have_the_weight_of_their_misordered_pairs(search):
    y, event, guide = search["y"], np.arange(300), search["black_box"]
    weight = np.random.default_rng(0).exponential(size=300)
    table = events_table(search["passes"], guide, event, y, weight)
    before = search["passes"][0].scores_before[0]
    expected = [
        weight[i]
        * sum(
            weight[j] for j in np.flatnonzero(y != y[i]) if (guide[i] > guide[j]) != (before[i] > before[j])
        )
        for i in range(20)
    ]
    assert table["misordered_1"].tolist()[:20] == pytest.approx(expected)
    assert np.array_equal(table["weight"], weight)
