"""Intervals of efficiencies."""

import numpy as np
import pytest
from scipy.stats import binom, binomtest

from leptonid.metrics.binomial import LEVEL, binomial_interval


@pytest.mark.parametrize(("passing", "events"), [(0, 7), (1, 1), (3, 11), (11, 11), (450, 500)])
def test_intervals_are_those_of_clopper_and_pearson(passing, events):
    expected = binomtest(passing, events).proportion_ci(LEVEL, "exact")
    assert binomial_interval(passing / events, events) == pytest.approx((expected.low, expected.high))


def test_intervals_cover_the_true_efficiency_at_least_as_often():
    events = 30
    low, high = binomial_interval(np.arange(events + 1) / events, np.full(events + 1, events))
    for efficiency in (0.02, 0.3, 0.5, 0.9):
        covered = (low <= efficiency) & (efficiency <= high)
        assert binom.pmf(np.arange(events + 1), events, efficiency)[covered].sum() >= LEVEL


def test_rounded_sums_of_weights_are_efficiencies():
    assert np.array_equal(binomial_interval(1 + 1e-15, 5), binomial_interval(1, 5))
    assert np.array_equal(binomial_interval(-1e-15, 5), binomial_interval(0, 5))


@pytest.mark.parametrize(("efficiency", "events"), [(np.nan, 5), (1.1, 5), (-0.1, 5), (0.5, 0)])
def test_what_is_no_efficiency_has_no_interval(efficiency, events):
    assert np.isnan(binomial_interval(efficiency, events)).all()
