"""Scalings of flat variables, whatever their magnitude and however many they are."""

import numpy as np
import pytest
from scipy.stats import norm, rankdata

from leptonid.train import scaling as module
from leptonid.train.scaling import KNOTS, SMALLEST, fit_scaling, scaled, standardisation


def standardised(values, weight=None):
    scale, offset = standardisation(values, np.ones(len(values)) if weight is None else weight)
    assert scale.dtype == offset.dtype == np.float64
    return values * scale + offset


def normal(columns, events=50):
    return np.random.default_rng(1).normal(3, 2, (events, columns))


def test_variables_get_mean_0_and_spread_1_whatever_their_magnitude():
    result = standardised(normal(4) * [1, 1e36, 1e-30, 1e200])
    np.testing.assert_allclose(result.mean(axis=0), 0, atol=1e-12)
    np.testing.assert_allclose(result.std(axis=0), 1, rtol=1e-12)


def test_a_spread_of_a_billionth_of_the_mean_is_a_spread():
    result = standardised(1 + 1e-9 * normal(1))
    np.testing.assert_allclose([result.mean(), result.std()], [0, 1], atol=1e-5)


@pytest.mark.parametrize("value", [0, 7.0, -1e36])
def test_a_constant_becomes_0(value):
    assert (standardised(np.full((50, 1), value)) == 0).all()


def test_weights_count_and_events_of_weight_0_do_not():
    values = normal(1, 40)
    values[20:] *= 100
    result = standardised(values, np.repeat([1.0, 0.0], 20))[:20]
    np.testing.assert_allclose([result.mean(), result.std()], [0, 1], atol=1e-12)


def test_blocks_of_events_make_no_difference_beyond_rounding(monkeypatch):
    values, weight = normal(23), np.random.default_rng(2).random(50)
    whole = standardisation(values, weight)
    monkeypatch.setattr(module, "VALUES_AT_ONCE", 5 * 23)
    np.testing.assert_allclose(whole, standardisation(values, weight), rtol=1e-13)


def only(values, kind, weight=None):
    """Return the scaled values of one variable, (N,)."""
    values = np.asarray(values, float)[:, None]
    return scaled(fit_scaling(values, np.ones(len(values)) if weight is None else weight, kind), values)[:, 0]


@pytest.mark.parametrize("tails", [1, 30])
def test_quantiles_are_those_of_a_normal_distribution_whatever_the_tails(tails):
    values = np.exp(tails * np.random.default_rng(1).normal(size=3000))
    expected = norm.ppf(np.clip((rankdata(values) - 0.5) / 3000, SMALLEST, 1 - SMALLEST))
    result = only(values, "quantile")
    # Between two knots it is a straight line.
    np.testing.assert_allclose(result, expected, atol=0.025)


def test_equal_values_have_their_mean_rank_and_are_equal_to_the_last_bit():
    values = np.repeat([0.0, 1.0, 1 + 1e-15, 5.0], [600, 100, 100, 200])
    result = only(values, "quantile")
    np.testing.assert_allclose(np.unique(result), norm.ppf([0.3, 0.7, 0.9]), rtol=1e-6)


def test_a_weight_is_a_number_of_equal_events():
    rng = np.random.default_rng(3)
    values, weight = rng.normal(size=200), rng.integers(0, 4, 200)
    weighted = only(values, "quantile", weight.astype(float))
    repeated = only(np.repeat(values, weight), "quantile")
    np.testing.assert_allclose(np.repeat(weighted, weight), repeated, atol=1e-6)


@pytest.mark.parametrize("kind", ["log", "quantile"])
def test_a_scaling_keeps_the_order_and_the_zeros(kind):
    rng = np.random.default_rng(2)
    values = np.sort(rng.choice([-1, 0, 1], 900) * 10 ** rng.uniform(-30, 36, 900))
    result = only(values, kind)
    assert (np.diff(result) >= 0).all()
    assert len(np.unique(result[values == 0])) == 1
    if kind == "log":
        assert len(np.unique(result)) > 0.5 * len(np.unique(values))


def test_a_logarithm_is_of_the_distance_from_the_median():
    values = np.array([0, -1e30, 1e30, 1e30, 3e30, 7e30, 9e30])
    relative = (values / 1e30 - 1) / 2
    expected = np.sign(relative) * np.log(1 + np.abs(relative))
    np.testing.assert_allclose(only(values, "log"), (expected - expected.mean()) / expected.std(), rtol=1e-6)


@pytest.mark.parametrize("kind", ["log", "quantile"])
def test_a_constant_variable_becomes_0_in_every_scaling(kind):
    assert not only(np.full(20, 3e20), kind).any()


def test_events_beyond_the_training_events_have_the_quantiles_of_the_last():
    values = np.arange(5000.0)[:, None]
    scaling = fit_scaling(values, np.ones(5000), "quantile")
    result = scaled(scaling, np.array([[-1e300], [1e300]]))[:, 0]
    np.testing.assert_allclose(result, norm.ppf([SMALLEST, 1 - SMALLEST]), rtol=1e-6)
    assert scaling[0].edges.shape == (1, KNOTS)


def test_every_variable_has_the_scaling_of_its_kind():
    values = np.exp(normal(3))
    kinds = ["quantile", "standard", "log"]
    result = scaled(fit_scaling(values, np.ones(50), kinds), values)
    expected = [only(values[:, column], kinds[column]) for column in (1, 2, 0)]
    np.testing.assert_array_equal(result, np.column_stack(expected))
