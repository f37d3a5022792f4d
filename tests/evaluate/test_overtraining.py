"""Scores of training events compared with those of test events."""

import numpy as np
import pytest
from scipy.stats import ks_2samp

from leptonid.evaluate.overtraining import COLUMNS, EDGES, overtraining_table, score_histograms
from leptonid.metrics.auc import auc, auc_uncertainty
from leptonid.metrics.kolmogorov_smirnov import kolmogorov_smirnov
from leptonid.metrics.scored_events import ScoredEvents


def scored(count, separation, seed, trainings=1):
    rng = np.random.default_rng(seed)
    y = np.tile([0, 1], count // 2)
    scores = 1 / (1 + np.exp(-rng.normal(separation * (2 * y - 1), 2, (trainings, count))))
    return ScoredEvents(y, scores)


def weighted(events, seed):
    weight = np.random.default_rng(seed).exponential(size=len(events.y)) * (1 + events.scores[0])
    return ScoredEvents(events.y, events.scores, weight)


def test_distances_gaps_and_histograms_are_weighted(samples):
    train, test = ({"et": weighted(sample["et"], seed)} for seed, sample in enumerate(samples))
    row = overtraining_table(train, test).iloc[0]
    seen, unseen = train["et"], test["et"]
    values = np.append(seen.scores, unseen.scores)
    shares = [
        [
            np.average(some.scores[0][some.y == 1] <= value, weights=some.weight[some.y == 1])
            for value in values
        ]
        for some in (seen, unseen)
    ]
    assert row["ks"] == pytest.approx(np.abs(np.subtract(*shares)).max())
    assert row["auc_train"] == auc(seen.y, seen.scores[0], seen.weight)
    weight = unseen.weight[unseen.y == 1]
    assert row["effective_test"] == pytest.approx(weight.sum() ** 2 / (weight**2).sum())
    assert row["weighted"]
    assert row["test_events"] == 300
    table = score_histograms(train, test).set_index(["role", "class"]).loc["test", "signal"]
    expected = np.histogram(unseen.scores[0][unseen.y == 1], EDGES, weights=weight)[0] / weight.sum()
    np.testing.assert_allclose(table["share"], expected)
    assert set(table["effective"]) == {row["effective_test"]}


def test_without_weights_the_distance_is_scipys(samples):
    table = overtraining_table(*samples)
    seen, unseen = (sample["et"] for sample in samples)
    for kind, value in (("signal", 1), ("background", 0)):
        expected = ks_2samp(*(some.scores[0][some.y == value] for some in (seen, unseen)), method="asymp")
        row = table[(table["classifier"] == "et") & (table["class"] == kind)].iloc[0]
        assert (row["ks"], row["p"]) == pytest.approx((expected.statistic, expected.pvalue))
    assert not table["weighted"].any()
    assert set(table["effective_train"]) == {500}


def test_probabilities_of_weighted_distances_are_uniform():
    rng = np.random.default_rng(0)
    p = [
        kolmogorov_smirnov(rng.uniform(size=(2, 400)), rng.exponential(size=(2, 400)))[1] for _ in range(1000)
    ]
    for share in (0.05, 0.32):
        assert np.mean(np.array(p) < share) == pytest.approx(share, abs=0.04)


def distance(first, second):
    """The largest difference of two samples' distribution functions, at every value of both."""
    values = np.concatenate([first, second])
    return max(abs((first <= value).mean() - (second <= value).mean()) for value in values)


@pytest.fixture
def samples():
    """One classifier that scores training and test events alike, and an overtrained one."""
    test = {"hl": scored(600, 1, 0, trainings=2), "et": scored(600, 1, 1)}
    return {"et": scored(1000, 2, 3), "hl": scored(1000, 1, 2, trainings=2)}, test


def test_every_training_and_class_has_its_distance(samples):
    train, test = samples
    table = overtraining_table(train, test)
    assert list(table) == list(COLUMNS)
    assert [tuple(row) for row in table[["classifier", "training", "class"]].to_numpy()] == [
        ("hl", 0, "signal"),
        ("hl", 0, "background"),
        ("hl", 1, "signal"),
        ("hl", 1, "background"),
        ("et", 0, "signal"),
        ("et", 0, "background"),
    ]
    seen, unseen = train["hl"], test["hl"]
    expected = distance(seen.scores[1][seen.y == 0], unseen.scores[1][unseen.y == 0])
    assert table["ks"][3] == pytest.approx(expected)
    assert set(table["train_events"]) == {500}
    assert set(table["test_events"]) == {300}


def test_only_overtraining_is_improbable(samples):
    table = overtraining_table(*samples)
    assert (table["p"][:4] > 0.01).all()
    assert (table["p"][4:] < 0.01).all()


def test_the_gap_is_between_the_aucs_of_different_events(samples):
    train, test = (sample["et"] for sample in samples)
    row = overtraining_table(*samples).iloc[-1]
    pairs = [(events.y, events.scores[0]) for events in (train, test)]
    assert (row["auc_train"], row["auc_test"]) == tuple(auc(*pair) for pair in pairs)
    assert row["gap"] == row["auc_train"] - row["auc_test"]
    expected = np.sqrt(sum(auc_uncertainty(*pair) ** 2 for pair in pairs))
    assert row["gap_uncertainty"] == pytest.approx(expected)


def test_histograms_are_shares_of_each_class_and_role(samples):
    table = score_histograms(*samples)
    keys = ["classifier", "training", "role", "class"]
    assert table.groupby(keys)["share"].sum().to_numpy() == pytest.approx(1)
    assert len(table) == 3 * 2 * 2 * (len(EDGES) - 1)
    train = samples[0]["hl"]
    score = train.scores[1][train.y == 1]
    part = table.set_index(keys).loc["hl", 1, "train", "signal"]
    for row in part.iloc[:-1].itertuples():
        assert row.share == pytest.approx(((score >= row.low) & (score < row.high)).mean())
        assert row.events == 500
