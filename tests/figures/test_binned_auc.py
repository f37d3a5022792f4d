"""The AUC in bins of transverse momentum and pseudorapidity."""

import numpy as np
import pytest

from leptonid.errors import InputError
from leptonid.figures import binned_auc
from leptonid.figures.scores import ScoredEvents, read_test_scores
from leptonid.storage import read_feather, write_feather
from leptonid.train import metrics


@pytest.fixture
def scored(write):
    return read_test_scores(["hl", "hl", "et"], [write.scores(f"{i}.feather", seed=i) for i in range(3)])


def kinematics(count=400):
    rng = np.random.default_rng(5)
    return {"pt": 20 + rng.exponential(20, count), "eta": rng.uniform(-2.5, 2.5, count)}


def test_bins_have_equally_many_events_and_their_own_auc(write, scored):
    made = kinematics()
    values = binned_auc.read_kinematics(write.events("test.feather", **made), scored["hl"])
    table = binned_auc.binned_auc_table(scored, values)
    assert list(table) == list(binned_auc.COLUMNS)
    assert len(table) == 2 * 2 * 5
    assert set(table["signal"] + table["background"]) == {80}
    for row in table.itertuples():
        value = made["pt"] if row.variable == "pt" else np.abs(made["eta"])
        inside = (value >= row.low) & (
            (value < row.high) | (value == value.max()) & (row.high == value.max())
        )
        y, scores = scored[row.features].y[inside], scored[row.features].scores[:, inside]
        aucs = [metrics.auc(y, score) for score in scores]
        assert row.signal == y.sum()
        assert row.auc == pytest.approx(np.mean(aucs))
        assert row.auc_test == pytest.approx(np.sqrt(metrics.auc_covariance(y, scores).mean()))
        if row.features == "hl":
            assert row.auc_seeds == pytest.approx(np.std(aucs, ddof=1))
        else:
            assert np.isnan(row.auc_seeds)


def test_values_are_those_of_their_events_in_whatever_order_the_table_has_them(write, scored, tmp_path):
    table = read_feather(write.events("test.feather", **kinematics()))
    shuffled = tmp_path / "shuffled.feather"
    write_feather(table.take(np.random.default_rng(0).permutation(400)), shuffled)
    values = binned_auc.read_kinematics(str(shuffled), scored["et"])
    assert np.array_equal(values["pt"], kinematics()["pt"])
    assert np.array_equal(values["abs_eta"], np.abs(kinematics()["eta"]))


@pytest.mark.parametrize(("known", "variables"), [((), set()), (("pt",), {"pt"}), (("eta",), {"abs_eta"})])
def test_only_what_the_file_has_is_binned_in(write, scored, label, known, variables):
    path = write.events("test.feather", **{name: kinematics()[name] for name in known})
    table = binned_auc.binned_auc_table(scored, binned_auc.read_kinematics(path, scored["hl"]))
    assert set(table["variable"]) == variables
    drawn = binned_auc.binned_auc_figure(table, "GeV", label)
    assert len(drawn.axes) == len(variables)
    assert any("neither pt nor eta" in text.get_text() for text in drawn.texts) == (not known)


def test_a_bin_without_background_has_no_auc():
    y = np.repeat([1, 0, 1, 1], 10)
    scored = {"hl": ScoredEvents(y, np.linspace(0, 1, 40)[None])}
    table = binned_auc.binned_auc_table(scored, {"pt": np.repeat([1.0, 1.0, 2.0, 3.0], 10)})
    assert list(table["low"]) == [1, 2]
    assert list(table["signal"]) == [10, 20]
    assert list(table["background"]) == [10, 0]
    assert list(np.isnan(table["auc"])) == [False, True]


def test_equal_values_make_no_bins():
    scored = {"hl": ScoredEvents(np.tile([0, 1], 5), np.linspace(0, 1, 10)[None])}
    assert binned_auc.binned_auc_table(scored, {"abs_eta": np.zeros(10)}).empty


def test_perfect_bins_can_be_drawn(label):
    y = np.tile([0, 1], 50)
    table = binned_auc.binned_auc_table({"hl": ScoredEvents(y, y[None] * 1.0)}, {"pt": np.arange(100.0)})
    axes = binned_auc.binned_auc_figure(table, "GeV", label).axes[0]
    low, high = axes.get_ylim()
    assert 0 < low < min(axes.containers[0].lines[0].get_ydata()) < high < 1


def test_classifiers_stand_side_by_side_with_their_uncertainties(write, scored, label):
    values = binned_auc.read_kinematics(write.events("test.feather", **kinematics()), scored["hl"])
    table = binned_auc.binned_auc_table(scored, values)
    axes = binned_auc.binned_auc_figure(table, "MeV", label).axes
    assert axes[0].get_xlabel() == "$p_T$ [MeV]"
    first, second = axes[0].containers
    assert np.all(first.lines[0].get_xdata() < second.lines[0].get_xdata())
    drawn = table[(table["features"] == "hl") & (table["variable"] == "pt")]
    assert first.lines[0].get_ydata() == pytest.approx(drawn["auc"].to_numpy())
    low, high = np.transpose(first.lines[2][0].get_segments())[1]
    assert (high - low) / 2 == pytest.approx(drawn["auc_test"].to_numpy())


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"count": 398}, "its events are not those of the scores"),
        ({"y": np.tile([0, 1], 200).astype(np.int8)}, "its events are not those of the scores"),
        ({"pt": np.append(np.ones(399), np.nan)}, "pt: event 1399 has no finite value"),
    ],
)
def test_unusable_events_are_refused(write, scored, options, message):
    with pytest.raises(InputError, match=rf"test\.feather: {message}"):
        binned_auc.read_kinematics(write.events("test.feather", **options), scored["hl"])
