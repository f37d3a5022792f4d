"""Recalibration of scores, against maps that are known and against scikit-learn."""

import numpy as np
import pytest
from scipy.special import expit, logit
from sklearn.isotonic import IsotonicRegression

from leptonid.evaluate.recalibration import KINDS, isotonic_map, recalibrated, temperature
from leptonid.metrics.auc import auc
from leptonid.metrics.scored_events import ScoredEvents
from leptonid.metrics.working_points import log_losses


def events(count, seed, temperature=1.0):
    """Return labels, and scores that are the probability of signal once their logit is divided by this."""
    rng = np.random.default_rng(seed)
    truth = rng.normal(0, 2, count)
    y = (rng.uniform(size=count) < expit(truth)).astype(np.int8)
    return y, expit(temperature * truth)


@pytest.mark.parametrize("truth", [0.5, 1, 3])
def test_the_true_temperature_is_found(truth):
    y, score = events(40_000, 0, truth)
    assert temperature(y, score, np.ones(len(y))) == pytest.approx(truth, rel=0.03)


def test_no_other_temperature_has_a_smaller_loss():
    y, score = events(500, 1, 2)
    weight = np.random.default_rng(2).uniform(0, 3, 500)
    best = temperature(y, score, weight)
    losses = [
        weight @ log_losses(y, expit(logit(score) / scale)) for scale in best * np.array([0.99, 1, 1.01])
    ]
    assert np.argmin(losses) == 1


def test_integer_weights_are_repeated_events():
    y, score = events(600, 3, 2)
    weight = np.random.default_rng(4).integers(0, 4, 600)
    repeated = np.repeat(y, weight), np.repeat(score, weight)
    once = np.ones(weight.sum())
    assert temperature(y, score, weight) == pytest.approx(temperature(*repeated, once), rel=1e-4)
    grid = np.linspace(0.1, 0.9, 50)
    assert isotonic_map(y, score, weight)(grid) == pytest.approx(
        isotonic_map(*repeated, once)(grid), rel=1e-6
    )


def test_the_isotonic_map_is_that_of_scikit_learn_within_its_limits():
    y, score = events(3000, 5)
    # Many ties.
    score = score.round(2)
    weight = np.random.default_rng(6).uniform(0.5, 2, 3000)
    grid = np.linspace(0, 1, 777)
    expected = IsotonicRegression(out_of_bounds="clip").fit(score, y, weight).predict(grid)
    margin = 1 / (weight.sum() ** 2 / (weight**2).sum() + 2)
    result = isotonic_map(y, score, weight)(grid)
    assert result == pytest.approx(np.clip(expected, margin, 1 - margin), abs=1e-6)
    assert 0 < result.min() < result.max() < 1


@pytest.mark.parametrize("kind", KINDS)
def test_other_events_are_nearer_to_the_truth(kind):
    valid, test = (
        ScoredEvents(y, np.stack([score, score**1.5]), weight)
        for y, score, weight in (
            (*events(4000, seed, 3), np.random.default_rng(seed).uniform(0.5, 1.5, 4000)) for seed in (7, 8)
        )
    )
    after = recalibrated(kind, valid, test, "refuse")
    assert after.weight is test.weight
    for old, new in zip(test.scores, after.scores, strict=True):
        before, loss = (test.weight @ log_losses(test.y, score) for score in (old, new))
        assert loss < 0.9 * before
        assert (np.diff(new[np.argsort(old)]) >= 0).all()
        assert auc(test.y, new, test.weight) == pytest.approx(auc(test.y, old, test.weight), abs=2e-3)
    expected = expit(logit(test.scores[0]) / 3)
    assert np.abs(test.scores[0] - expected).mean() > 0.1
    assert np.abs(after.scores[0] - expected).mean() < 0.04


@pytest.mark.parametrize("kind", KINDS)
def test_scores_of_0_and_1_and_separated_classes_stay_finite(kind):
    y = np.arange(100) % 2
    score = np.where(y, 1.0, 0.0)
    after = KINDS[kind](y, score, np.ones(100))(np.array([0, 0.3, 1]))
    assert np.isfinite(log_losses(np.array([1, 1, 0]), after)).all()
    assert after[0] < 0.05
    assert after[2] > 0.95


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(("negative", "taken"), [("absolute", np.abs), ("drop", lambda w: np.maximum(w, 0))])
def test_negative_weights_are_taken_as_in_trainings(kind, negative, taken):
    y, score = events(500, 9, 2)
    weight = np.where(np.arange(500) % 7, 1.0, -1.0)
    after = [
        recalibrated(kind, ScoredEvents(y, score[None], some), ScoredEvents(y, score[None]), negative).scores
        for some in (weight, taken(weight))
    ]
    np.testing.assert_array_equal(*after)
