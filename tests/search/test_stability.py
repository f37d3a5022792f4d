"""How often other events would choose the same observable, or one like it."""

import numpy as np
import pytest
from scipy.stats import norm, spearmanr

from leptonid.metrics.bootstrap import bootstrap_weights
from leptonid.metrics.ordering import Ordering
from leptonid.search.passes import choose
from leptonid.search.space import write_candidates
from leptonid.search.stability import stability_of_choice
from leptonid.study.candidates import BEST
from leptonid.study.features import Column

SAMPLES = 1000


@pytest.fixture
def events():
    """Labels, weights, a guide that depends on two hidden variables, a network that knows neither."""
    rng = np.random.default_rng(0)
    y = np.arange(600) % 2
    hidden = rng.normal(size=(2, 600)) + 0.3 * y
    network = rng.normal(size=600)
    guide = hidden.sum(axis=0) + network
    return y, rng.exponential(size=600), hidden, guide, network


def stability_of(y, weight, guide, network, values, samples=SAMPLES):
    ordering = Ordering(guide, y, network, weight)
    values = np.asarray(values)
    ados = ordering.ados(values)
    return ados, stability_of_choice(ordering, ados, values.__getitem__, y, weight, samples)


@pytest.mark.parametrize("weighted", [False, True])
def test_the_share_is_that_of_exact_bootstraps(events, weighted):
    """Also of candidates that order the other way round."""
    y, weight, hidden, guide, network = events
    weight = weight if weighted else np.ones(len(y))
    rng = np.random.default_rng(1)
    values = np.array([hidden[0], -hidden[1], hidden[0] + rng.normal(size=len(y)), rng.normal(size=len(y))])
    _, (best_in, correlation) = stability_of(y, weight, guide, network, values)
    exact = [
        Ordering(guide, y, network, weight * drawn).ados(values)
        for drawn in np.concatenate([*bootstrap_weights(y, 200, seed=7)])
    ]
    expected = np.bincount(np.abs(np.array(exact) - 0.5).argmax(axis=1), minlength=4) / 200
    assert best_in.sum() == pytest.approx(1)
    # Three standard deviations of the two numbers of samples.
    assert np.abs(best_in - expected).max() < 3 * np.sqrt(0.25 / 200 + 0.25 / SAMPLES)
    assert expected[:2].min() > 0.05
    if not weighted:
        best = best_in.argmax()
        assert correlation == pytest.approx([spearmanr(values[best], row)[0] for row in values])


def test_two_candidates_win_as_often_as_their_difference_says(events):
    y, weight, hidden, guide, network = events
    ordering = Ordering(guide, y, network, weight)
    ados, (best_in, _) = stability_of(y, weight, guide, network, hidden)
    difference = ordering.contributions(hidden[0])[1] - ordering.contributions(hidden[1])[1]
    expected = norm.cdf((ados[0] - ados[1]) / np.sqrt((difference**2).sum()))
    assert 0.1 < expected < 0.9
    assert best_in[0] == pytest.approx(expected, abs=3 * np.sqrt(0.25 / SAMPLES) + 0.02)


def test_observables_that_are_alike_count_as_one(events, tmp_path):
    """A function of the best that falls, and one with a little noise, but not the other hidden variable."""
    y, weight, hidden, guide, network = events
    best = hidden[0] + 0.3 * hidden[1]
    noisy = best + 0.1 * np.random.default_rng(2).normal(size=len(y))
    values = [best, -np.exp(best), noisy, hidden[1]]
    ados, stability = stability_of(y, weight, guide, network, values)
    columns = [Column("mine", name) for name in ("best", "falling", "noisy", "other")]
    write_candidates(tmp_path / "0.feather", columns, ados, stability=stability)
    choice = choose(1, ["hl"], [tmp_path / "0.feather"])
    assert choice["observable"] in ("best", "falling", "noisy")
    assert abs(stability.correlation[:3]).min() > 0.95 > abs(stability.correlation[3])
    assert choice["alike_in"] == pytest.approx(stability.best_in[:3].sum())
    assert choice["best_in"] < choice["alike_in"]
    assert choice["alike_in"] + stability.best_in[3] == pytest.approx(1)


def test_only_the_best_candidates_are_compared(events):
    y, weight, hidden, guide, network = events
    rng = np.random.default_rng(3)
    values = [*(hidden[0] + rng.normal(0, 2, size=len(y)) for _ in range(BEST + 5)), hidden[0]]
    ados, (best_in, correlation) = stability_of(y, weight, guide, network, values, 50)
    known = np.isfinite(best_in)
    assert known.sum() == BEST
    assert np.array_equal(known, np.isfinite(correlation))
    separation = np.abs(ados - 0.5)
    assert separation[known].min() >= separation[~known].max()
    assert (best_in[-1], correlation[-1]) == pytest.approx((1, 1))


@pytest.mark.parametrize(("network", "samples"), [("network", 0), ("guide", 10)])
def test_without_samples_or_pairs_nothing_is_known(events, network, samples, tmp_path):
    y, weight, hidden, guide, other = events
    network = guide if network == "guide" else other
    ados, stability = stability_of(y, weight, guide, network, hidden, samples)
    assert np.isnan(stability).all()
    columns = [Column("mine", name) for name in ("a", "b")]
    write_candidates(tmp_path / "0.feather", columns, ados, stability=stability)
    assert choose(1, [], [tmp_path / "0.feather"]).get("alike_in") is None
