"""AUCs in bins of transverse momentum and pseudorapidity."""

import numpy as np
import pytest

from leptonid.errors import InputError
from leptonid.evaluate.binned_auc import COLUMNS, binned_auc_table
from leptonid.evaluate.binning import read_kinematics
from leptonid.metrics.auc import auc, auc_covariance
from leptonid.metrics.scored_events import ScoredEvents, read_test_scores
from leptonid.tables.feather import read_feather, write_feather


@pytest.fixture
def scored(write):
    return read_test_scores(["hl", "hl", "et"], [write.scores(f"{i}.feather", seed=i) for i in range(3)])


def kinematics(count=400):
    rng = np.random.default_rng(5)
    return {"pt": 20 + rng.exponential(20, count), "eta": rng.uniform(-2.5, 2.5, count)}


def test_bins_have_equal_numbers_of_events_and_their_own_auc(write, scored):
    made = kinematics()
    table = binned_auc_table(scored, read_kinematics(write.events("test.feather", **made), scored["hl"]))
    assert list(table) == list(COLUMNS)
    assert len(table) == 2 * 2 * 5
    assert set(table["signal"] + table["background"]) == {80}
    for row in table.itertuples():
        value = made["pt"] if row.variable == "pt" else np.abs(made["eta"])
        inside = (value >= row.low) & (
            (value < row.high) | (value == value.max()) & (row.high == value.max())
        )
        y, scores = scored[row.classifier].y[inside], scored[row.classifier].scores[:, inside]
        aucs = [auc(y, score) for score in scores]
        assert row.signal == y.sum()
        assert row.auc == pytest.approx(np.mean(aucs))
        assert row.auc_test == pytest.approx(np.sqrt(auc_covariance(y, scores).mean()))
        if row.classifier == "hl":
            assert row.auc_seeds == pytest.approx(np.std(aucs, ddof=1))
        else:
            assert np.isnan(row.auc_seeds)


def test_values_are_matched_to_events_in_any_order_of_the_table(write, scored, tmp_path):
    table = read_feather(write.events("test.feather", **kinematics()))
    write_feather(table.take(np.random.default_rng(0).permutation(400)), tmp_path / "shuffled.feather")
    values = read_kinematics(tmp_path / "shuffled.feather", scored["et"])
    assert np.array_equal(values["pt"], kinematics()["pt"])
    assert np.array_equal(values["abs_eta"], np.abs(kinematics()["eta"]))


@pytest.mark.parametrize(("known", "variables"), [((), set()), (("pt",), {"pt"}), (("eta",), {"abs_eta"})])
def test_only_known_kinematics_are_binned(write, scored, known, variables):
    path = write.events("test.feather", **{name: kinematics()[name] for name in known})
    table = binned_auc_table(scored, read_kinematics(path, scored["hl"]))
    assert set(table["variable"]) == variables
    assert table["auc"].dtype == float


def test_bins_are_weighted():
    rng = np.random.default_rng(0)
    y, score, weight = np.tile([0, 1], 50), rng.normal(size=(1, 100)), rng.exponential(size=100)
    weight[:20] = np.where(y[:20] == 1, 0, 1)
    table = binned_auc_table({"hl": ScoredEvents(y, score, weight)}, {"pt": np.arange(100.0)})
    assert np.isnan(table["auc"][0])
    assert table["effective_signal"][0] == 0
    inside = slice(20, 40)
    assert table["auc"][1] == auc(y[inside], score[0, inside], weight[inside])
    own = weight[inside][y[inside] == 1]
    assert table["effective_signal"][1] == pytest.approx(own.sum() ** 2 / (own**2).sum())
    assert table["weighted"].all()


def test_a_bin_without_background_has_no_auc():
    y = np.repeat([1, 0, 1, 1], 10)
    scored = {"hl": ScoredEvents(y, np.linspace(0, 1, 40)[None])}
    table = binned_auc_table(scored, {"pt": np.repeat([1.0, 1.0, 2.0, 3.0], 10)})
    assert list(table["low"]) == [1, 2]
    assert list(table["signal"]) == [10, 20]
    assert list(table["background"]) == [10, 0]
    assert list(np.isnan(table["auc"])) == [False, True]


def test_equal_values_have_no_bins():
    scored = {"hl": ScoredEvents(np.tile([0, 1], 5), np.linspace(0, 1, 10)[None])}
    assert binned_auc_table(scored, {"abs_eta": np.zeros(10)}).empty


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"count": 398}, "its events are not those of the scores"),
        ({"y": np.tile([0, 1], 200).astype(np.int8)}, "its events are not those of the scores"),
        ({"pt": np.append(np.ones(399), np.nan)}, "pt: event 1399 has no finite value"),
        ({"drop": ["y"]}, ".*y"),
        ({"y": np.ones(400, np.int8)}, "has no background events"),
        ({"event": np.repeat(np.arange(200), 2)}, "event 0 appears more than once"),
    ],
)
def test_unusable_events_are_refused(write, scored, options, message):
    with pytest.raises(InputError, match=rf"test\.feather: {message}"):
        read_kinematics(write.events("test.feather", **options), scored["hl"])
