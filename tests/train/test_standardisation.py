"""Mean 0 and spread 1, whatever the magnitude and however many the variables."""

import numpy as np
import pytest

from leptonid.train import standardisation as module
from leptonid.train.standardisation import standardisation


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
