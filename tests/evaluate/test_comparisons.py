"""Pairwise comparisons of classifiers on the same events."""

import numpy as np
import pytest
from scipy.stats import norm

from leptonid.evaluate.comparisons import COLUMNS, comparison_table
from leptonid.metrics.auc import auc, auc_covariance
from leptonid.metrics.scored_events import ScoredEvents


@pytest.fixture
def scored():
    """Three classifiers that share part of their noise; the best has three trainings."""
    rng = np.random.default_rng(0)
    y = np.tile([0, 1], 500)
    common = rng.normal(size=len(y))

    def classifier(separation, trainings):
        own = rng.normal(size=(trainings, len(y)))
        return ScoredEvents(y, norm.cdf(separation * y + 0.8 * common + 0.6 * own))

    return {"mass": classifier(0.8, 1), "hl": classifier(1.9, 1), "et": classifier(2.5, 3)}


@pytest.fixture
def table(scored):
    return comparison_table(scored)


def test_every_pair_is_compared_once_best_first(table):
    pairs = list(zip(table["first"], table["second"], strict=True))
    assert pairs == [("et", "hl"), ("et", "mass"), ("hl", "mass")]
    assert (table["difference"] > 0).all()


def test_single_trainings_have_a_paired_uncertainty(scored, table):
    pair = table.iloc[2]
    y = scored["hl"].y
    scores = [scored[name].scores[0] for name in ("hl", "mass")]
    covariance = auc_covariance(y, scores)
    assert pair["difference"] == pytest.approx(auc(y, scores[0]) - auc(y, scores[1]))
    variance = covariance[0, 0] + covariance[1, 1] - 2 * covariance[0, 1]
    assert pair["uncertainty_test"] == pytest.approx(np.sqrt(variance))
    assert pair["uncertainty_test"] < 0.8 * np.sqrt(covariance[0, 0] + covariance[1, 1])
    assert np.isnan(pair["uncertainty_seeds"])
    assert pair["z"] == pytest.approx(pair["difference"] / pair["uncertainty_test"])
    assert pair["p"] == pytest.approx(2 * norm.sf(pair["z"]))


def test_weighted_classifiers_have_a_weighted_paired_uncertainty(scored):
    weight = np.random.default_rng(1).exponential(size=1000)
    pair = comparison_table(
        {name: ScoredEvents(some.y, some.scores, weight) for name, some in scored.items()}
    ).iloc[2]
    y, scores = scored["hl"].y, [scored[name].scores[0] for name in ("hl", "mass")]
    covariance = auc_covariance(y, scores, weight)
    assert pair["difference"] == auc(y, scores[0], weight) - auc(y, scores[1], weight)
    variance = covariance[0, 0] + covariance[1, 1] - 2 * covariance[0, 1]
    assert pair["uncertainty_test"] == pytest.approx(np.sqrt(variance))


def test_the_uncertainty_of_a_difference_agrees_with_a_bootstrap(scored, table):
    y = scored["hl"].y
    rng = np.random.default_rng(1)
    classes = [np.flatnonzero(y == value) for value in (0, 1)]
    differences = []
    for _ in range(300):
        sample = np.concatenate([rng.choice(members, len(members)) for members in classes])
        means = [
            np.mean([auc(y[sample], score[sample]) for score in scored[name].scores]) for name in ("et", "hl")
        ]
        differences.append(means[0] - means[1])
    assert table.iloc[0]["uncertainty_test"] == pytest.approx(np.std(differences), rel=0.15)


def test_the_scatter_of_several_trainings_is_added(scored, table):
    pair = table.iloc[0]
    deviation = np.std(scored["et"].aucs(), ddof=1) / np.sqrt(3)
    assert pair["uncertainty_seeds"] == pytest.approx(deviation)
    assert pair["z"] == pytest.approx(pair["difference"] / np.hypot(pair["uncertainty_test"], deviation))
    twice = comparison_table({"a": scored["et"], "b": ScoredEvents(scored["et"].y, scored["et"].scores)})
    assert twice["uncertainty_seeds"][0] == pytest.approx(deviation * np.sqrt(2))


def test_the_ado_is_the_share_of_pairs_that_the_first_trainings_order_alike(scored):
    weight = np.random.default_rng(1).exponential(size=1000)
    weighted = {name: ScoredEvents(some.y, some.scores, weight) for name, some in scored.items()}
    signal = scored["hl"].y == 1
    for pair in comparison_table(weighted).itertuples():
        signs = [
            np.sign(np.subtract.outer(scores[signal], scores[~signal]))
            for scores in (scored[name].scores[0] for name in (pair.first, pair.second))
        ]
        pairs = np.multiply.outer(weight[signal], weight[~signal])
        assert pair.ado == pytest.approx((pairs * (signs[0] * signs[1] > 0)).sum() / pairs.sum())
        assert 0 < pair.uncertainty_ado < 0.03


def test_equal_classifiers_do_not_differ(scored):
    pair = comparison_table({"a": scored["hl"], "b": scored["hl"]}).iloc[0]
    assert pair["difference"] == 0
    assert not pair["z"] > 0
    assert pair["ado"] == 1
    perfect = ScoredEvents(scored["hl"].y, scored["hl"].y[None] * 1.0)
    pair = comparison_table({"a": perfect, "b": perfect}).iloc[0]
    assert np.isnan([pair["z"], pair["p"]]).all()


def test_a_single_classifier_has_no_pairs(scored):
    table = comparison_table({"hl": scored["hl"]})
    assert table.empty
    assert {name: table[name].dtype.kind for name in ("z", "p")} == {"z": "f", "p": "f"}
    assert list(table) == list(COLUMNS)
