"""Reading the test scores of several trainings."""

import numpy as np
import pyarrow as pa
import pytest

from leptonid.errors import InputError
from leptonid.metrics.auc import auc, auc_covariance
from leptonid.metrics.scored_events import read_scores, read_test_scores
from leptonid.tables.feather import read_feather, write_feather


def test_only_test_events_are_read_in_the_order_of_their_numbers(write, tmp_path):
    path = write.scores("a.feather", count=100)
    table = read_feather(path)
    shuffled = str(tmp_path / "shuffled.feather")
    write_feather(table.take(np.random.default_rng(0).permutation(300)), shuffled)
    ordered = table.filter(pa.compute.equal(table["role"], "test"))
    for file in (path, shuffled):
        scored = read_test_scores(["hl"], [file])["hl"]
        assert np.array_equal(scored.y, ordered["y"])
        assert np.array_equal(scored.scores, [ordered["score"]])


def test_events_are_selected_by_their_role_in_the_training(write):
    roles = np.repeat(["test", "train", "train"], 50)
    path = write.scores("a.feather", count=50, role=roles, event=np.arange(150))
    assert np.array_equal(read_test_scores(["hl"], [path])["hl"].event, np.arange(50))
    assert np.array_equal(read_scores(["hl"], [path], "train")["hl"].event, np.arange(50, 150))


def test_trainings_of_a_classifier_are_grouped(write):
    paths = [write.scores(f"{i}.feather", seed=i) for i in range(3)]
    scored = read_test_scores(["hl", "et", "hl"], paths)
    assert list(scored) == ["hl", "et"]
    hl = scored["hl"]
    assert hl.scores.shape == (2, 400)
    assert list(hl.aucs()) == [auc(hl.y, score) for score in hl.scores]


def test_the_uncertainty_is_that_of_the_mean_over_seeds_on_the_same_events(write):
    path, other = (write.scores(f"{i}.feather", seed=i) for i in range(2))
    single, twice, several = (
        read_test_scores(["hl"] * len(paths), paths)["hl"].auc_uncertainty()
        for paths in ([path], [path, path], [path, other])
    )
    assert twice == pytest.approx(single)
    assert several < 0.8 * single
    y, scores = (
        getattr(read_test_scores(["hl", "hl"], [path, other])["hl"], name) for name in ("y", "scores")
    )
    assert several == pytest.approx(np.sqrt(auc_covariance(y, scores).sum()) / 2)


def test_events_have_the_weights_of_their_table(write):
    weight = np.random.default_rng(0).exponential(size=300)
    scored = read_test_scores(["hl"], [write.scores("a.feather", count=100, weight=weight)])["hl"]
    assert np.array_equal(scored.weight, weight[200:])
    score = scored.scores[0]
    assert scored.aucs() == [auc(scored.y, score, scored.weight)] != [auc(scored.y, score)]
    variance = auc_covariance(scored.y, [score], scored.weight)
    assert scored.auc_uncertainty() == np.sqrt(variance[0, 0])
    some = scored.take(scored.y == 1)
    assert np.array_equal(some.weight, scored.weight[scored.y == 1])


def test_trainings_on_different_events_are_refused(write):
    same = write.scores("a.feather", count=100)
    fewer = write.scores("b.feather", count=98)
    with pytest.raises(InputError, match=r"b\.feather: its test events are not those of .*a\.feather"):
        read_test_scores(["hl", "et"], [same, fewer])
    weighted = write.scores("c.feather", count=100, weight=np.full(300, 2.0))
    with pytest.raises(InputError, match=r"c\.feather: its test events .* or have other weights"):
        read_test_scores(["hl", "et"], [same, weighted])


@pytest.mark.parametrize(
    ("columns", "message"),
    [
        ({"score": None}, "score"),
        ({"y": np.zeros(150, np.int8)}, "0 signal and 50 background"),
        ({"role": np.repeat("train", 150)}, "0 signal and 0 background"),
        ({"score": np.full(150, np.nan)}, "event 1000 has no finite score"),
        ({"weight": np.full(150, np.inf)}, "event 1000 has no finite weight"),
        ({"weight": None}, "no column weight"),
        ({"event": np.zeros(150, np.int64)}, "more than once"),
    ],
)
def test_unusable_scores_are_refused_with_the_files_name(write, columns, message):
    path = write.scores("bad.feather", count=50, **columns)
    with pytest.raises(InputError, match=rf"bad\.feather.*{message}"):
        read_test_scores(["hl"], [path])
