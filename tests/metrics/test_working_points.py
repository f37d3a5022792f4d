"""Metrics at working points and thresholds, and calibration, with their uncertainties."""

import numpy as np
import pytest
import sklearn.metrics
from scipy.stats import norm
from sklearn.calibration import calibration_curve

from leptonid.errors import InputError
from leptonid.metrics import bootstrap
from leptonid.metrics import working_points as points
from leptonid.metrics.auc import auc_uncertainty
from leptonid.metrics.scored_events import ScoredEvents

THRESHOLD = 0.4


def events(signal=700, background=900, trainings=1, separation=1.5, decimals=None, seed=0, weighted=False):
    """Scores of Gaussian classes, in mixed order; few decimals make ties, also at the threshold."""
    rng = np.random.default_rng(seed)
    y = rng.permutation(np.repeat([1, 0], [signal, background]).astype(np.int8))
    scores = norm.cdf(rng.normal(separation * (y - 0.5), size=(trainings, len(y))))
    weight = np.exp(2 * scores[0]) * rng.uniform(0.5, 1.5, len(y)) if weighted else None
    return ScoredEvents(y, scores if decimals is None else scores.round(decimals), weight)


def evaluation_of(scored, bootstraps=400, seed=0):
    return points.evaluate({"a": scored}, THRESHOLD, bootstraps, seed)["a"]


def metrics_of(scored, **options):
    return points.metrics(scored, evaluation_of(scored, **options))


@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize("decimals", [None, 1])
def test_counts_agree_with_scikit_learn(decimals, weighted):
    scored = events(decimals=decimals, weighted=weighted)
    y, score, weight = scored.y, scored.scores[0], {"sample_weight": scored.weight}
    values = {name: estimate.value for name, estimate in metrics_of(scored, bootstraps=20).items()}
    predicted = score >= THRESHOLD
    expected = {
        name: getattr(sklearn.metrics, f"{name}_score")(y, predicted, **weight)
        for name in ("accuracy", "precision", "recall", "f1")
    }
    expected |= {
        "auc": sklearn.metrics.roc_auc_score(y, score, **weight),
        "brier": sklearn.metrics.brier_score_loss(y, score, **weight),
        "log_loss": sklearn.metrics.log_loss(y, np.clip(score, 1e-7, 1 - 1e-7), **weight),
    }
    assert {name: values[name] for name in expected} == pytest.approx(expected)
    matrix = sklearn.metrics.confusion_matrix(y, predicted, normalize="true", **weight)
    shares = points.confusion(evaluation_of(scored, bootstraps=20))
    assert {pair: share.value for pair, share in shares.items()} == pytest.approx(
        dict(np.ndenumerate(matrix))
    )


@pytest.mark.parametrize(("decimals", "weighted"), [(None, False), (2, False), (2, True)])
def test_rejections_agree_with_scikit_learn(decimals, weighted):
    # Of 701 signal events, none of the efficiencies is a whole number.
    scored = events(signal=701, separation=1, decimals=decimals, weighted=weighted)
    background, signal, _ = sklearn.metrics.roc_curve(
        scored.y, scored.scores[0], sample_weight=scored.weight, drop_intermediate=False
    )
    metrics = metrics_of(scored, bootstraps=20)
    for efficiency in (0.5, 0.7, 0.8, 0.9, 0.95):
        expected = 1 / np.interp(efficiency, signal, background)
        assert metrics[f"rejection_{100 * efficiency:g}"].value == pytest.approx(expected, rel=1e-5)


@pytest.mark.parametrize("decimals", [None, 1])
def test_calibration_agrees_with_scikit_learn(decimals):
    scored = events(decimals=decimals)
    number, score, share, _ = points.calibration(evaluation_of(scored, bootstraps=20))
    expected_share, expected_score = calibration_curve(scored.y, scored.scores[0], n_bins=10)
    assert share == pytest.approx(expected_share)
    assert score == pytest.approx(expected_score)
    error = metrics_of(scored, bootstraps=20)["calibration_error"].value
    assert error == pytest.approx(np.average(np.abs(expected_share - expected_score), weights=number))
    assert number.sum() == len(scored.y)


def test_weighted_calibration_is_that_of_so_many_events():
    scored = events(decimals=2)
    weight = np.random.default_rng(0).integers(0, 4, len(scored.y))
    weighted = evaluation_of(ScoredEvents(scored.y, scored.scores, weight))
    repeated = ScoredEvents(np.repeat(scored.y, weight), np.repeat(scored.scores, weight, axis=1))
    for values, expected in zip(
        points.calibration(weighted)[:3], points.calibration(evaluation_of(repeated))[:3], strict=True
    ):
        assert values == pytest.approx(expected)
    metrics = [metrics_of(some) for some in (ScoredEvents(scored.y, scored.scores, weight), repeated)]
    for name in ("calibration_error", "brier", "rejection_80"):
        assert metrics[0][name].value == pytest.approx(metrics[1][name].value, rel=1e-5)


def test_uncertainties_of_weighted_counts_have_the_squares_of_the_weights():
    scored = events(weighted=True)
    metrics = metrics_of(scored, bootstraps=4000)
    variances = []
    for value in (1, 0):
        weight, passes = scored.weight[scored.y == value], scored.scores[0][scored.y == value] >= THRESHOLD
        share = np.average(passes, weights=weight)
        variances.append((weight**2 * (passes - share) ** 2).sum() / weight.sum() ** 2)
    assert metrics["recall"].test == pytest.approx(np.sqrt(variances[0]), rel=0.05)
    shares = points.confusion(evaluation_of(scored, bootstraps=4000))
    assert shares[0, 1].test == pytest.approx(np.sqrt(variances[1]), rel=0.05)
    assert metrics["auc"].test == auc_uncertainty(scored.y, scored.scores[0], scored.weight)


def test_uncertainties_of_counts_follow_the_binomial_formula():
    scored = events()
    metrics = metrics_of(scored, bootstraps=4000)
    signal, background = (np.count_nonzero(scored.y == value) for value in (1, 0))
    recall = metrics["recall"].value
    specificity = np.mean(scored.scores[0][scored.y == 0] < THRESHOLD)
    passing = signal * recall * (1 - recall), background * specificity * (1 - specificity)
    assert metrics["recall"].test == pytest.approx(np.sqrt(passing[0]) / signal, rel=0.05)
    assert metrics["accuracy"].test == pytest.approx(np.sqrt(sum(passing)) / len(scored.y), rel=0.05)
    assert metrics["auc"].test == auc_uncertainty(scored.y, scored.scores[0])
    shares = points.confusion(evaluation_of(scored, bootstraps=4000))
    assert shares[0, 1].test == shares[0, 0].test == pytest.approx(np.sqrt(passing[1]) / background, rel=0.05)


def test_the_uncertainty_of_a_rejection_includes_that_of_the_cut():
    scored = events(signal=4000, background=6000)
    metrics = metrics_of(scored, bootstraps=1000)["rejection_80"]
    # At a cut on the Gaussians, the slope of the ROC curve is the ratio of their densities.
    cut = norm.isf(0.8, 0.75)
    efficiency = norm.sf(cut, -0.75)
    slope = norm.pdf(cut, -0.75) / norm.pdf(cut, 0.75)
    variance = efficiency * (1 - efficiency) / 6000 + slope**2 * 0.8 * 0.2 / 4000
    assert metrics.test == pytest.approx(np.sqrt(variance) / efficiency**2, rel=0.1)


def test_the_uncertainty_of_a_calibration_curve_is_binomial():
    number, _, share, uncertainty = points.calibration(evaluation_of(events(), bootstraps=2000))
    # Approximately: the number of events in a bin varies too, but not that of a class in all bins.
    expected = np.sqrt(share * (1 - share) / number)
    assert uncertainty == pytest.approx(expected, rel=0.15)


def test_seeds_share_their_events():
    scored = events(trainings=3)
    same = ScoredEvents(scored.y, scored.scores[[0, 0, 0]])
    single = ScoredEvents(scored.y, scored.scores[:1])
    several, repeated, alone = (metrics_of(some) for some in (scored, same, single))
    singles = [metrics_of(ScoredEvents(scored.y, score[None]), bootstraps=20) for score in scored.scores]
    for name in alone:
        values = [metrics[name].value for metrics in singles]
        assert several[name].value == pytest.approx(np.mean(values))
        assert several[name].seeds == pytest.approx(np.std(values, ddof=1))
        assert repeated[name].test == pytest.approx(alone[name].test)
        assert repeated[name].seeds == pytest.approx(0)
        assert np.isnan(alone[name].seeds)
        assert several[name].test < alone[name].test


@pytest.mark.parametrize("separation", [5, 20])
def test_a_rejection_with_few_background_events_is_unknown(separation):
    scored = events(separation=separation, trainings=2)
    metrics = metrics_of(scored)
    for value in (metrics["rejection_50"].value, metrics["rejection_50"].test, metrics["rejection_50"].seeds):
        assert np.isnan(value)
    known = [estimate for estimate in metrics.values() if np.isfinite(estimate.value)]
    assert all(np.isfinite(estimate.test) for estimate in known)


def test_bins_without_events_have_no_calibration():
    scored = ScoredEvents(np.array([0, 1, 0, 1]), np.array([[0.01, 0.05, 0.93, 0.97]]))
    number, score, share, uncertainty = points.calibration(evaluation_of(scored))
    assert list(number) == [2, 0, 0, 0, 0, 0, 0, 0, 0, 2]
    for values in (score, share, uncertainty):
        assert list(np.isfinite(values)) == list(number > 0)


def test_samples_keep_the_size_of_the_classes_in_chunks_of_any_size(monkeypatch):
    y = events(signal=30, background=50).y
    for bytes_at_once in (1, 8 * 80 * 7, 2**24):
        monkeypatch.setattr(bootstrap, "CHUNK_BYTES", bytes_at_once)
        chunks = list(bootstrap.bootstrap_weights(y, 100, seed=1))
        assert max(map(len, chunks)) == min(100, max(1, bytes_at_once // 640))
        weights = np.concatenate(chunks)
        assert weights.shape == (100, 80)
        assert set(weights[:, y == 1].sum(axis=1)) == {30}
        assert set(weights[:, y == 0].sum(axis=1)) == {50}
        assert weights.var() == pytest.approx(1, rel=0.1)


def test_only_the_seed_determines_the_samples():
    scored = events()
    uncertainties = [metrics_of(scored, seed=seed)["recall"].test for seed in (0, 0, 1)]
    assert uncertainties[0] == uncertainties[1] != uncertainties[2]


def test_scores_outside_0_to_1_are_refused():
    scored = events()
    with pytest.raises(InputError, match=r"a: scores must be probabilities.* to 1\.5"):
        evaluation_of(ScoredEvents(scored.y, scored.scores / scored.scores.max() * 1.5))


def test_groups_of_trainings_of_any_size_give_the_same_counts(monkeypatch):
    scored = {"a": events(trainings=3, seed=1), "b": events(trainings=2, seed=1), "c": events(seed=1)}
    whole = points.evaluate(scored, THRESHOLD, 20, seed=0)
    monkeypatch.setattr(bootstrap, "GROUP_BYTES", 1600 * 300 * 2)
    parts = points.evaluate(scored, THRESHOLD, 20, seed=0)
    for name, evaluation in whole.items():
        assert evaluation.bootstrap.left.shape[:2] == (20, len(scored[name].scores))
        for counts, same in (
            (evaluation.sample, parts[name].sample),
            (evaluation.bootstrap, parts[name].bootstrap),
        ):
            for field, values in vars(counts).items():
                np.testing.assert_array_equal(values, getattr(same, field), err_msg=f"{name} {field}")
