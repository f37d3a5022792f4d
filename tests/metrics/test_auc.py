"""The AUC and the uncertainty of the AUC."""

import numpy as np
import pytest
from scipy.stats import mannwhitneyu, norm
from sklearn.metrics import roc_auc_score

from leptonid.errors import InputError
from leptonid.metrics import auc as metrics
from metrics.weighted_samples import TRUE_AREAS, weighted_samples


def sample(signal=60, background=80, seed=0, decimals=None):
    """Scores of two overlapping classes, in mixed order; few decimals make ties."""
    rng = np.random.default_rng(seed)
    y = rng.permutation(np.repeat([1, 0], [signal, background]))
    score = rng.normal(1.2 * y)
    return y, score if decimals is None else score.round(decimals)


def pairs_won(y, score):
    """Signal above background, for every pair: 1 won, 1/2 tied, 0 lost."""
    difference = score[y == 1][:, None] - score[y == 0][None, :]
    return (difference > 0) + 0.5 * (difference == 0)


@pytest.mark.parametrize("decimals", [None, 1, 0])
def test_auc_is_the_share_of_pairs_in_the_right_order(decimals):
    y, score = sample(decimals=decimals)
    assert metrics.auc(y, score) == pytest.approx(pairs_won(y, score).mean(), abs=1e-12)


@pytest.mark.parametrize("decimals", [None, 1, 0])
def test_auc_is_the_area_under_the_roc_curve(decimals):
    y, score = sample(decimals=decimals)
    assert metrics.auc(y, score) == pytest.approx(roc_auc_score(y, score), abs=1e-12)


@pytest.mark.parametrize("decimals", [None, 1, 0])
def test_uncertainty_follows_delongs_formula(decimals):
    y, score = sample(decimals=decimals)
    won = pairs_won(y, score)
    variance = won.mean(axis=1).var(ddof=1) / len(won) + won.mean(axis=0).var(ddof=1) / won.shape[1]
    assert metrics.auc_uncertainty(y, score) == pytest.approx(np.sqrt(variance), rel=1e-12)


def test_uncertainty_agrees_with_a_bootstrap():
    y, score = sample(signal=400, background=500)
    rng = np.random.default_rng(1)
    signal, background = score[y == 1], score[y == 0]
    labels = np.repeat([1, 0], [len(signal), len(background)])
    replicas = [
        metrics.auc(
            labels, np.append(rng.choice(signal, len(signal)), rng.choice(background, len(background)))
        )
        for _ in range(1000)
    ]
    assert metrics.auc_uncertainty(y, score) == pytest.approx(np.std(replicas), rel=0.1)


def correlated(decimals=None, signal=60, background=80):
    """Three classifiers of the same events, shape (3, N), that share part of their noise."""
    y, common = sample(signal, background)
    noise = np.random.default_rng(3).normal(size=(3, len(y)))
    scores = common + noise * [[0.5], [1], [3]]
    return y, scores if decimals is None else scores.round(decimals)


@pytest.mark.parametrize("decimals", [None, 1, 0])
def test_covariances_follow_delongs_formula(decimals):
    y, scores = correlated(decimals)
    won = np.stack([pairs_won(y, score) for score in scores])
    expected = sum(np.cov(won.mean(axis=axis)) / won.shape[3 - axis] for axis in (1, 2))
    assert metrics.auc_covariance(y, scores) == pytest.approx(expected, rel=1e-12)


def test_covariances_of_the_same_events_agree_with_a_bootstrap():
    y, scores = correlated(signal=300, background=400)
    signal, background = np.flatnonzero(y == 1), np.flatnonzero(y == 0)
    rng = np.random.default_rng(1)
    replicas = []
    for _ in range(1000):
        drawn = np.append(rng.choice(signal, len(signal)), rng.choice(background, len(background)))
        replicas.append([metrics.auc(y[drawn], score[drawn]) for score in scores])
    covariance = metrics.auc_covariance(y, scores)
    assert covariance == pytest.approx(np.cov(np.transpose(replicas)), rel=0.15)
    alone = covariance[0, 0] + covariance[1, 1]
    assert alone - 2 * covariance[0, 1] < 0.5 * alone


def test_perfect_and_reversed_scores_have_areas_one_and_zero_without_uncertainty():
    y, _ = sample()
    assert (metrics.auc(y, y), metrics.auc_uncertainty(y, y)) == (1, 0)
    assert (metrics.auc(y, -y), metrics.auc_uncertainty(y, -y)) == (0, 0)


def test_only_the_order_of_scores_matters():
    y, score = sample()
    assert metrics.auc(y, np.exp(score)) == metrics.auc(y, score)
    assert metrics.auc_uncertainty(y, np.exp(score)) == metrics.auc_uncertainty(y, score)


def test_one_event_in_a_class_has_no_uncertainty():
    assert np.isnan(metrics.auc_uncertainty([1, 0, 0], [0.9, 0.1, 0.2]))


def weights_of(score, seed=0):
    """Weights that depend on the score, some of them 0."""
    return (np.random.default_rng(seed).exponential(size=len(score)) * (1 + score**2)).round(1)


@pytest.mark.parametrize("decimals", [None, 1, 0])
def test_pairs_count_with_the_product_of_their_weights(decimals):
    y, score = sample(decimals=decimals)
    weight = weights_of(score)
    assert (weight == 0).any()
    pairs = weight[y == 1][:, None] * weight[y == 0]
    expected = (pairs_won(y, score) * pairs).sum() / pairs.sum()
    assert metrics.auc(y, score, weight) == pytest.approx(expected, abs=1e-12)
    assert metrics.auc(y, score, weight) == pytest.approx(
        roc_auc_score(y, score, sample_weight=weight), abs=1e-12
    )


def test_equal_weights_change_nothing():
    y, scores = correlated(decimals=1)
    for weight in (np.ones(len(y)), np.where(y == 1, 0.3, 7)):
        assert metrics.auc(y, scores[0], weight) == pytest.approx(metrics.auc(y, scores[0]), rel=1e-14)
        np.testing.assert_allclose(
            metrics.auc_covariance(y, scores, weight), metrics.auc_covariance(y, scores), rtol=1e-12
        )
        assert metrics.is_chance(y, scores[0], weight) == metrics.is_chance(y, scores[0])


def test_events_without_weight_are_as_if_they_were_not_there():
    y, scores = correlated()
    weight = weights_of(scores[0])
    kept = weight > 0
    np.testing.assert_allclose(
        metrics.auc_covariance(y, scores, weight),
        metrics.auc_covariance(y[kept], scores[:, kept], weight[kept]),
        rtol=1e-12,
    )


@pytest.mark.parametrize("decimals", [None, 0])
def test_negative_weights_count_as_they_are(decimals):
    y, scores = correlated(decimals)
    weight = weights_of(scores[0])
    weight[::7] *= -1
    pairs = weight[y == 1][:, None] * weight[y == 0]
    won = np.stack([pairs_won(y, score) for score in scores])
    areas = (won * pairs).sum(axis=(1, 2)) / pairs.sum()
    assert [metrics.auc(y, score, weight) for score in scores] == pytest.approx(areas, abs=1e-12)
    expected = np.zeros((3, 3))
    for axis, value in ((2, 1), (1, 0)):
        other, own = weight[y != value], weight[y == value]
        deviations = np.tensordot(won, other / other.sum(), (axis, 0)) - areas[:, None]
        shares = own / own.sum()
        correction = (shares**2).sum() / (
            shares**2 * ((1 - shares) ** 2 + (shares**2).sum() - shares**2)
        ).sum()
        expected += (deviations * shares) @ (deviations * shares).T * correction
    assert metrics.auc_covariance(y, scores, weight) == pytest.approx(expected, rel=1e-10)
    assert np.linalg.eigvalsh(expected).min() >= -1e-15


@pytest.mark.parametrize("negative", [0, 0.15])
def test_weighted_uncertainties_cover_the_true_areas_and_their_difference(negative):
    """Of 2,000 samples, between 65 and 71 % have the truth within one standard error."""
    covered = np.zeros(2)
    for y, scores, weight in weighted_samples(2000, negative):
        covariance = metrics.auc_covariance(y, scores, weight)
        areas = [metrics.auc(y, score, weight) for score in scores]
        errors = areas[0] - TRUE_AREAS[0], areas[0] - areas[1] - TRUE_AREAS[0] + TRUE_AREAS[1]
        variances = covariance[0, 0], covariance[0, 0] + covariance[1, 1] - 2 * covariance[0, 1]
        covered += np.abs(errors) < np.sqrt(variances)
    assert (np.abs(covered / 2000 - 0.68) < 0.03).all()


def test_the_effective_number_of_events_is_theirs_for_equal_weights():
    assert metrics.effective_events(np.full(7, 0.1)) == pytest.approx(7)
    assert metrics.effective_events(np.array([1.0, 0, 0])) == 1
    assert metrics.effective_events(np.zeros(3)) == 0


def test_the_correction_of_a_variance_is_that_of_n_events_for_equal_weights():
    assert metrics.variance_correction(np.full(7, 0.1)) == pytest.approx(7 / 6)
    assert np.isnan(metrics.variance_correction(np.array([1.0, 0, 0])))


def test_the_corrected_variance_of_a_mean_is_unbiased_for_weights_of_any_sign():
    weight = np.array([3, 1, -0.5, 2, -1])
    shares = weight / weight.sum()
    values = np.random.default_rng(0).normal(size=(100_000, 5))
    squares = ((values - (values @ shares)[:, None]) * shares) ** 2
    variance = squares.sum(axis=1).mean() * metrics.variance_correction(weight)
    assert variance == pytest.approx((shares**2).sum(), rel=0.02)


def test_weights_that_nothing_can_be_computed_with_are_refused():
    y, score = sample()
    for weight, message in (
        (np.where(y == 1, 0, 1.0), "the signal events have no weight"),
        (np.where(y == 0, 0, 1.0), "the background events have no weight"),
        (np.where(y == 1, -1.0, 1), "the signal events have no weight: the sum of theirs is -60"),
        (np.where(score > 1, np.nan, 1.0), "weights must be finite"),
        (np.ones(3), "shapes"),
    ):
        with pytest.raises(InputError, match=message):
            metrics.auc(y, score, weight)


@pytest.mark.parametrize("separation", [0, 0.2, 0.35, 0.5, 0.7, 1])
def test_chance_is_within_three_standard_deviations_of_the_mann_whitney_statistic(separation):
    rng = np.random.default_rng(0)
    y = rng.permutation(np.repeat([1, 0], [60, 80]))
    score = rng.normal(separation * y)
    test = mannwhitneyu(score[y == 1], score[y == 0], method="asymptotic", use_continuity=False)
    assert metrics.is_chance(y, score) == (test.pvalue > 2 * norm.sf(3))
    assert metrics.is_chance(y, -score) == metrics.is_chance(y, score)


@pytest.mark.parametrize(
    ("y", "score", "message"),
    [
        ([1, 1], [0.1, 0.2], "2 signal and 0 background"),
        ([], [], "0 signal and 0 background"),
        ([0, 2, 1], [0.1, 0.2, 0.3], "1 .signal. or 0"),
        ([0, 1], [0.1, np.nan], "finite, found 1"),
        ([0, 1], [[0.1], [0.2]], "shapes"),
    ],
)
def test_unusable_input_is_refused(y, score, message):
    for function in (metrics.auc, metrics.auc_uncertainty):
        with pytest.raises(InputError, match=message):
            function(y, score)
    with pytest.raises(InputError, match=message):
        metrics.auc_covariance(y, [score, score])
