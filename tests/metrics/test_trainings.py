"""Mean AUCs over trainings, and differences and shares of them, with uncertainties."""

import numpy as np
import pytest
from sklearn.metrics import roc_auc_score

from leptonid.metrics.auc import auc, auc_covariance
from leptonid.metrics.trainings import mean_aucs


def toy(rng, events, seeds):
    """Return labels, and scores of three classifiers of rising quality.

    Trainings of the first two are not equally good, and err in different events.
    """
    y = np.arange(events) % 2
    first, second, third = rng.normal(size=(3, events)) + 0.9 * y
    luck, errors = rng.normal(0, 0.25, size=(2, seeds, 1)), rng.normal(0, 0.8, size=(2, seeds, events))
    before, after = (
        first + (share + own) * second + other
        for share, own, other in zip((0.1, 0.4), luck, errors, strict=True)
    )
    return y, [before, after, [first + second + 1.5 * third]]


def test_differences_and_shares_scatter_by_their_uncertainties():
    """Over samples of events and trainings, of which two classifiers have three each."""
    rng = np.random.default_rng(0)
    gains, shares = [], []
    for _ in range(400):
        aucs = mean_aucs(*toy(rng, 300, 3))
        gains.append((*aucs.difference(1, 0), (aucs.deviations[:2] ** 2).sum() / 3, aucs.trainings.sum()))
        shares.append(aucs.gap_closed(0, 1, 2))
    gain, uncertainty, scatter, trainings = np.array(gains).T
    assert np.sqrt((uncertainty**2).mean()) == pytest.approx(gain.std(), rel=0.1)
    # Without trainings it would be too small, with all of the scatter of their AUCs too large.
    assert np.sqrt((uncertainty**2 - trainings).mean()) < 0.9 * gain.std()
    assert np.sqrt((uncertainty**2 - trainings + scatter).mean()) > 1.07 * gain.std()
    share, uncertainty = np.array(shares)[np.isfinite(shares).all(axis=1)].T
    assert np.sqrt((uncertainty**2).mean()) == pytest.approx(share.std(), rel=0.15)


def test_the_scatter_of_trainings_is_pooled():
    rng = np.random.default_rng(1)
    y = np.arange(200) % 2
    trainings = [[rng.normal(y, width) for width in widths] for widths in ([1, 1.2, 1.4], [0.8, 1], [1])]
    aucs = mean_aucs(y, trainings)
    noise = [
        np.mean([auc_covariance(y, scores)[i, i] - auc_covariance(y, scores)[i, j] for i, j in pairs])
        for scores, pairs in zip(trainings, ([(0, 1), (1, 2), (2, 0)], [(0, 1), (1, 0)]), strict=False)
    ]
    each = [np.array([roc_auc_score(y, score) for score in scores]) for scores in trainings]
    assert aucs.means == pytest.approx([values.mean() for values in each])
    assert aucs.deviations[:2] == pytest.approx([values.std(ddof=1) for values in each[:2]])
    assert np.isnan(aucs.deviations[2])
    # What the events alone make of two trainings that are equally good.
    variance = (2 * (each[0].var(ddof=1) - noise[0]) + each[1].var(ddof=1) - noise[1]) / 3
    assert aucs.trainings == pytest.approx([variance / 3, variance / 2, 0])
    gain, uncertainty = aucs.difference(1, 0)
    events = aucs.events[0, 0] + aucs.events[1, 1] - 2 * aucs.events[0, 1]
    assert gain == pytest.approx(each[1].mean() - each[0].mean())
    assert uncertainty == pytest.approx(np.sqrt(events + variance / 3 + variance / 2))


def test_one_training_leaves_the_uncertainty_of_the_events():
    rng = np.random.default_rng(2)
    y, weight = np.arange(100) % 2, rng.exponential(size=100)
    scores = [rng.normal(y), rng.normal(y)]
    aucs = mean_aucs(y, [[score] for score in scores], weight)
    assert aucs.means.tolist() == [auc(y, score, weight) for score in scores]
    expected = np.array([-1, 1]) @ auc_covariance(y, scores, weight) @ [-1, 1]
    assert aucs.difference(1, 0)[1] == pytest.approx(np.sqrt(expected))
    assert aucs.difference(1, 1) == (0, 0)


def test_the_share_of_a_gap_that_is_closed_and_its_error():
    """The error against bootstraps of the same events."""
    rng = np.random.default_rng(5)
    y = rng.permutation(np.arange(600) % 2)
    scores = np.cumsum(rng.normal(size=(3, 600)) + 0.8 * y, axis=0)
    aucs = mean_aucs(y, [[score] for score in scores])
    share, uncertainty = aucs.gap_closed(0, 1, 2)
    low, value, high = (roc_auc_score(y, score) for score in scores)
    assert share == pytest.approx((value - low) / (high - low))
    shares = []
    for _ in range(400):
        rows = rng.integers(0, 600, 600)
        low, value, high = (auc(y[rows], score[rows]) for score in scores)
        shares.append((value - low) / (high - low))
    assert uncertainty == pytest.approx(np.std(shares), rel=0.15)
    assert aucs.gap_closed(0, 2, 2) == pytest.approx((1, 0), abs=1e-6)
    assert np.isnan(aucs.gap_closed(2, 1, 0)).all()
