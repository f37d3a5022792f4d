"""What is reported of a search comes from the test events, and is what its name says."""

import numpy as np
import pytest

from leptonid.ordering import Ordering, ado
from leptonid.search.evaluation import Pass, table_of_events, table_of_passes
from leptonid.train.metrics import auc, auc_uncertainty

NAMES = ["ecal/2_1_0_k_1_b_0.5", "hcal/3_3_1_k_-1_b_2"]


@pytest.fixture
def found():
    """A search of two passes on 300 events: the second observable is chosen the other way round."""
    rng = np.random.default_rng(0)
    y = rng.permutation(np.arange(300) % 2)
    parts = rng.normal(size=(3, 300)) + y
    scores = np.cumsum(parts, axis=0)
    passes = [
        Pass(
            {
                "inputs": NAMES[: number + 1],
                "calorimeter": name.split("/")[0],
                "observable": name.split("/")[1],
                "reversed": bool(number),
                "ado": 0.7,
                "candidates": 10,
            },
            observed=parts[number + 1] * (-1 if number else 1),
            score=scores[number + 1],
            before=scores[number],
        )
        for number, name in enumerate(NAMES)
    ]
    return {"passes": passes, "base": scores[0], "black_box": scores[2], "y": y}


def test_a_row_has_the_ados_and_aucs_of_its_pass(found):
    table = table_of_passes(
        found["passes"], found["base"], found["black_box"], found["black_box"], found["y"]
    )
    assert table["pass"].tolist() == [0, 1, 2]
    assert table["observable"].tolist()[1:] == ["2_1_0_k_1_b_0.5", "3_3_1_k_-1_b_2"]
    assert table.loc[2, ["n", "d", "k", "kappa", "beta"]].tolist() == [3, 3, 1, -1, 2]
    y, black_box = found["y"], found["black_box"]
    for row, each in zip(table.iloc[1:].itertuples(), found["passes"], strict=True):
        way = -1 if each.choice["reversed"] else 1
        assert row.ado_misordered == ado(black_box, way * each.observed, y, each.before, flip=False)
        assert row.pairs == Ordering(black_box, y, each.before).pairs_per_event()[y == 1].sum()
        assert row.auc_alone == auc(y, way * each.observed)
        assert row.auc_alone_uncertainty == auc_uncertainty(y, each.observed)
        assert row.ado_all == ado(black_box, each.score, y)
        assert (row.auc, row.auc_uncertainty) == (auc(y, each.score), auc_uncertainty(y, each.score))
        assert row.gain == auc(y, each.score) - auc(y, each.before)
        assert 0 < row.gain_uncertainty < row.auc_uncertainty * 2
    assert table.loc[0, "auc"] == auc(y, found["base"])
    assert table.loc[0, ["candidates", "ado_misordered", "gain"]].isna().all()


def test_an_observable_that_holds_nothing_on_the_test_events_reads_below_one_half(found):
    first = found["passes"][0]
    wrong = Pass({**first.choice, "reversed": True}, first.observed, first.score, first.before)
    table = table_of_passes([wrong], found["base"], found["black_box"], found["black_box"], found["y"])
    assert table.loc[1, "ado_misordered"] < 0.5


def test_labels_as_the_guide_make_misordered_pairs_those_ordered_wrongly(found):
    y, first = found["y"], found["passes"][0]
    table = table_of_passes([first], found["base"], y, found["black_box"], y)
    signal, background = (found["base"][y == value] for value in (1, 0))
    assert table.loc[1, "pairs"] == (signal[:, None] < background).sum()


def test_without_a_base_the_first_pass_looks_at_all_pairs(found):
    first = found["passes"][0]
    alone = Pass(first.choice, first.observed, first.score, None)
    table = table_of_passes([alone], None, found["black_box"], found["black_box"], found["y"])
    assert table["pass"].tolist() == [1]
    assert table.loc[0, "pairs"] == 150 * 150
    assert np.isnan(table.loc[0, "gain"])


def test_a_search_that_has_found_nothing_has_the_row_of_its_base(found):
    table = table_of_passes([], found["base"], found["black_box"], found["black_box"], found["y"])
    assert table["pass"].tolist() == [0]


def test_events_say_in_how_many_misordered_pairs_they_are(found):
    y, event = found["y"], np.arange(300)
    table = table_of_events(found["passes"], found["black_box"], event, y, np.ones(300))
    assert list(table) == ["event", "y", "weight", *NAMES, "misordered_1", "misordered_2"]
    before = found["passes"][1].before
    expected = [
        sum(
            (found["black_box"][i] - found["black_box"][j]) * (before[i] - before[j]) < 0
            for j in np.flatnonzero(y != y[i])
        )
        for i in range(20)
    ]
    assert table["misordered_2"].tolist()[:20] == expected
