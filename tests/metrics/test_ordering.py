"""The average decision ordering: value, uncertainty and pairs."""

import random

import numpy as np
import pandas as pd
import pytest
from average_decision_ordering import calc_ado
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import kendalltau

from leptonid.errors import InputError
from leptonid.metrics import auc as metrics
from leptonid.metrics.ordering import Ordering, ado
from metrics.weighted_samples import TRUE_ADO, weighted_samples

# Few values, so that there are ties, and those that a careless sort or difference gets wrong.
VALUES = st.sampled_from([-np.inf, -1e300, -1.5, -0.0, 0.0, 5e-324, 1.0, 1e300, np.inf])


def sample(events=300, seed=0, decimals=None):
    """Labels in mixed order and three functions, alike and correlated with them; few decimals make ties."""
    rng = np.random.default_rng(seed)
    y = rng.permutation(np.arange(events) % 5 < 2).astype(int)
    common = rng.normal(1.5 * y)
    functions = common + rng.normal(scale=[[0.5], [0.7], [1]], size=(3, events))
    return y, functions if decimals is None else functions.round(decimals)


def signs(values, y):
    """The sign of signal minus background, for every pair."""
    signal, background = values[y == 1][:, None], values[y == 0]
    return np.where(signal > background, 1, 0) - np.where(signal < background, 1, 0)


def looked_at(f, y, against):
    """Which pairs the ADO is of."""
    if against is None:
        return np.ones((np.count_nonzero(y == 1), np.count_nonzero(y == 0)), bool)
    return signs(f, y) * signs(against, y) == -1


def by_brute_force(f, g, y, against=None, weight=None):
    """The ADO, not flipped, pair by pair; NaN without pairs."""
    alike = (1 + signs(f, y) * signs(g, y)) / 2
    weight = np.ones(len(y)) if weight is None else weight
    pairs = looked_at(f, y, against) * weight[y == 1][:, None] * weight[y == 0]
    return (alike * pairs).sum() / pairs.sum() if pairs.any() else np.nan


@st.composite
def inputs(draw):
    """Labels with both classes and three functions full of ties, the last sometimes None."""
    events = draw(st.integers(2, 16))
    y = draw(
        st.lists(st.integers(0, 1), min_size=events, max_size=events).filter(lambda y: 0 < sum(y) < events)
    )
    functions = [np.array(draw(st.lists(VALUES, min_size=events, max_size=events))) for _ in range(3)]
    return np.array(y), *functions[:2], draw(st.sampled_from([functions[2], None]))


@given(inputs())
@settings(max_examples=300, deadline=None)
def test_any_input_is_as_pair_by_pair(case):
    y, f, g, against = case
    expected = by_brute_force(f, g, y, against)
    ordering = Ordering(f, y, against)
    result = ordering.ado(g, flip=False)
    pairs = looked_at(f, y, against)
    assert result.value == pytest.approx(expected, rel=1e-14, nan_ok=True)
    assert ordering.ados([g])[0] == pytest.approx(expected, rel=1e-14, nan_ok=True)
    assert ado(f, g, y, against) == pytest.approx(max(expected, 1 - expected), rel=1e-14, nan_ok=True)
    assert result.pairs == pairs.sum()
    assert ordering.pairs_per_event()[y == 1].tolist() == pairs.sum(axis=1).tolist()
    assert ordering.pairs_per_event()[y == 0].tolist() == pairs.sum(axis=0).tolist()


@pytest.mark.parametrize("restricted", [False, True])
@pytest.mark.parametrize("decimals", [None, 1, 0])
def test_hundreds_of_events_are_as_pair_by_pair(decimals, restricted):
    y, (f, g, h) = sample(decimals=decimals)
    against = h if restricted else None
    assert ado(f, g, y, against, flip=False) == pytest.approx(by_brute_force(f, g, y, against), rel=1e-14)


@given(inputs(), st.data())
@settings(max_examples=200, deadline=None)
def test_pairs_count_with_the_product_of_their_weights(case, data):
    y, f, g, against = case
    weights = st.lists(st.sampled_from([0, 0.1, 1, 3.7]), min_size=len(y), max_size=len(y))
    weight = np.array(data.draw(weights.filter(lambda w: all(np.bincount(y, w) > 0))))
    ordering = Ordering(f, y, against, weight)
    result = ordering.ado(g, flip=False)
    pairs = looked_at(f, y, against) * weight[y == 1][:, None] * weight[y == 0]
    assert result.value == pytest.approx(by_brute_force(f, g, y, against, weight), abs=1e-12, nan_ok=True)
    assert ordering.ados([g])[0] == pytest.approx(result.value, abs=1e-14, nan_ok=True)
    assert result.pairs == np.count_nonzero(pairs)
    np.testing.assert_allclose(ordering.pairs_per_event()[y == 1], pairs.sum(axis=1), atol=1e-12)
    np.testing.assert_allclose(ordering.pairs_per_event()[y == 0], pairs.sum(axis=0), atol=1e-12)


@given(inputs(), st.data())
@settings(max_examples=100, deadline=None)
def test_negative_weights_count_as_they_are(case, data):
    y, f, g, against = case
    # Whole numbers, so that the weights of pairs can add up to exactly 0.
    weights = st.lists(st.sampled_from([-2, -1, 0, 1, 3]), min_size=len(y), max_size=len(y))
    weight = np.array(data.draw(weights.filter(lambda w: all(np.bincount(y, w) > 0))))
    ordering = Ordering(f, y, against, weight)
    result = ordering.ado(g, flip=False)
    pairs = looked_at(f, y, against) * weight[y == 1][:, None] * weight[y == 0]
    expected = by_brute_force(f, g, y, against, weight) if pairs.sum() > 0 else np.nan
    assert result.value == pytest.approx(expected, abs=1e-12, nan_ok=True)
    assert ordering.ados([g])[0] == pytest.approx(expected, abs=1e-12, nan_ok=True)
    assert result.pairs == np.count_nonzero(pairs)
    assert ordering.pairs_per_event()[y == 1].tolist() == pairs.sum(axis=1).tolist()


@pytest.mark.parametrize("restricted", [False, True])
@pytest.mark.parametrize("factor", [1e-90, 1e90])
def test_a_common_factor_of_the_weights_changes_nothing(restricted, factor):
    y, (f, g, h) = sample()
    weight = np.random.default_rng(0).exponential(size=len(y))
    against = h if restricted else None
    plain, scaled = (Ordering(f, y, against, own).ado(g) for own in (weight, factor * weight))
    assert scaled.value == pytest.approx(plain.value, rel=1e-12)
    assert scaled.uncertainty == pytest.approx(plain.uncertainty, rel=1e-9)
    assert scaled.pairs == plain.pairs
    areas = [metrics.auc_covariance(y, [f, g], own) for own in (weight, factor * weight)]
    np.testing.assert_allclose(areas[1], areas[0], rtol=1e-9)


@pytest.mark.parametrize("negative", [0, 0.15])
def test_weighted_uncertainties_cover_the_true_ado(negative):
    """Of 2,000 samples, between 65 and 71 % have the truth within one standard error."""
    covered = 0
    for y, (f, g), weight in weighted_samples(2000, negative):
        result = Ordering(f, y, weight=weight).ado(g)
        covered += abs(result.value - TRUE_ADO) < result.uncertainty
    assert covered / 2000 == pytest.approx(0.68, abs=0.03)


@pytest.mark.parametrize("restricted", [False, True])
def test_equal_weights_change_nothing(restricted):
    y, (f, g, h) = sample(decimals=1)
    against = h if restricted else None
    plain = Ordering(f, y, against).ado(g)
    for weight in (np.ones(len(y)), np.where(y == 1, 0.3, 7)):
        weighted = Ordering(f, y, against, weight).ado(g)
        assert weighted.value == pytest.approx(plain.value, rel=1e-12)
        assert weighted.uncertainty == pytest.approx(plain.uncertainty, rel=1e-9)


@pytest.mark.parametrize("decimals", [None, 1, 0])
def test_pairs_of_the_classes_are_kendalls_less_those_within_a_class(decimals):
    y, (f, g, _) = sample(decimals=decimals)

    def concordant_less_discordant(events):
        values = min(len(np.unique(function[events])) for function in (f, g))
        tau = kendalltau(f[events], g[events], variant="c").statistic
        return tau * np.count_nonzero(events) ** 2 * (values - 1) / (2 * values)

    everyone = np.ones(len(y), bool)
    total, signal, background = map(concordant_less_discordant, (everyone, y == 1, y == 0))
    pairs = np.count_nonzero(y == 1) * np.count_nonzero(y == 0)
    expected = (1 + (total - signal - background) / pairs) / 2
    assert ado(f, g, y, flip=False) == pytest.approx(expected, rel=1e-12)


@pytest.mark.parametrize("decimals", [None, 0])
def test_ado_with_the_label_is_the_auc_with_its_uncertainty(decimals):
    y, (_, g, _) = sample(decimals=decimals)
    result = Ordering(y, y).ado(g)
    assert result.value == pytest.approx(metrics.auc(y, g), rel=1e-14)
    assert result.uncertainty == pytest.approx(metrics.auc_uncertainty(y, g), rel=1e-12)
    weight = np.random.default_rng(0).exponential(size=len(y))
    result = Ordering(y, y, weight=weight).ado(g)
    assert result.value == pytest.approx(metrics.auc(y, g, weight), rel=1e-12)
    assert result.uncertainty == pytest.approx(metrics.auc_uncertainty(y, g, weight), rel=1e-12)


@pytest.mark.filterwarnings("ignore:The inplace keyword")
def test_public_package_agrees_within_its_sampling_error():
    y, (f, g, _) = sample(events=2000, decimals=1)
    pairs, seeds = 50_000, 8
    sampled = []
    for seed in range(seeds):
        random.seed(seed)
        sampled.append(calc_ado(f, g, y, pairs))
    # A pair's ordering is between 0 and 1: it scatters by 1/2 at most.
    assert np.mean(sampled) == pytest.approx(ado(f, g, y), abs=4 * 0.5 / np.sqrt(pairs * seeds))


@pytest.mark.parametrize("labels", [bool, float, list])
def test_labels_and_values_of_any_kind_give_the_same(labels):
    y, functions = sample(decimals=0)
    expected = ado(*functions[:2], y, functions[2])
    f, g, against = (functions.astype(int)).tolist()
    assert ado(f, g, y.tolist() if labels is list else y.astype(labels), against) == expected


@pytest.mark.parametrize("scale", [1, 1e-300])
def test_only_the_order_of_values_matters(scale):
    y, (f, g, h) = sample()
    value = ado(f, g, y, h)
    assert ado(np.exp(f), g**3 * scale, y, np.arctan(h)) == value


def test_a_function_orders_as_itself_and_contrary_to_its_negative():
    y, (f, _, h) = sample()
    for against in (None, h):
        ordering = Ordering(f, y, against)
        assert ordering.ado(f).value == ordering.ado(-f).value == 1
        assert ordering.ado(-f, flip=False).value == 0
        assert ordering.ado(f).uncertainty == ordering.ado(-f, flip=False).uncertainty == 0
        assert ordering.ados([f, -f]).tolist() == [1, 0]
    assert Ordering(f, y, h).ado(h, flip=False).value == 0


def test_a_constant_orders_no_pair():
    y, (f, g, _) = sample()
    constant = np.full(len(y), 7.0)
    for pair in ((f, constant), (constant, f)):
        assert ado(*pair, y) == 0.5
    assert Ordering(f, y, g).ado(constant).value == 0.5
    assert Ordering(f, y, g).ado(constant).uncertainty == 0


@pytest.mark.parametrize("against", ["itself", "a constant"])
def test_without_pairs_there_is_no_value(against):
    y, (f, g, _) = sample()
    ordering = Ordering(f, y, f if against == "itself" else np.zeros(len(y)))
    result = ordering.ado(g)
    assert np.isnan([result.value, result.uncertainty]).all()
    assert result.pairs == 0
    assert not ordering.pairs_per_event().any()
    assert np.isnan(ordering.ados([f, g])).all()


def test_one_event_in_a_class_has_no_uncertainty():
    for y in ([1, 0, 0], [0, 1]):
        result = Ordering(np.arange(len(y)), y).ado(y)
        assert result.value == 1
        assert np.isnan(result.uncertainty)


@pytest.mark.parametrize("restricted", [False, True])
def test_columns_are_as_one_by_one_on_any_number_of_threads(restricted):
    y, (f, g, _) = sample()
    ordering = Ordering(f, y, g if restricted else None)
    columns = np.random.default_rng(1).normal(y, size=(40, len(y))).round(1)
    expected = [ordering.ado(column, flip=False).value for column in columns]
    for threads in (1, 2, 7):
        assert ordering.ados(columns, threads).tolist() == expected
    assert ordering.ados(np.asfortranarray(columns)).tolist() == expected
    assert ordering.ados(columns[:0]).tolist() == []


@pytest.mark.parametrize("restricted", [False, True])
def test_contributions_say_how_the_weight_of_an_event_changes_the_ado(restricted):
    y, (f, g, h) = sample(60, seed=3, decimals=1)
    weight = np.random.default_rng(3).exponential(size=60)
    against = g if restricted else None
    value, contributions = Ordering(f, y, against, weight).contributions(h)
    assert value == pytest.approx(ado(f, h, y, against, flip=False, weight=weight))
    for event in range(0, 60, 7):
        step = 1e-5 * (np.arange(60) == event)
        up, down = (ado(f, h, y, against, flip=False, weight=weight * (1 + sign * step)) for sign in (1, -1))
        assert contributions[event] == pytest.approx((up - down) / 2e-5, abs=1e-8)
    assert contributions[y == 1].sum() == pytest.approx(0, abs=1e-12)


def test_counts_beyond_32_bits_and_long_ties_are_exact():
    events = 70_000
    y = np.repeat([0, 1], events)
    rising, constant = np.arange(2 * events), np.zeros(2 * events)
    ordering = Ordering(rising, y)
    assert ordering.ado(rising).pairs == events**2
    assert ordering.ados([rising, -rising, constant, y]).tolist() == [1, 0, 0.5, 1]
    assert Ordering(rising, y, -rising).ado(rising).pairs == events**2


@pytest.mark.parametrize("decimals", [None, 0])
@pytest.mark.parametrize("restricted", [False, True])
@pytest.mark.parametrize("weighted", [False, True])
def test_uncertainty_is_the_scatter_of_independent_samples(restricted, decimals, weighted):
    results = []
    for seed in range(600):
        y, (f, g, h) = sample(events=250, seed=seed, decimals=decimals)
        weight = np.random.default_rng(seed).uniform(0.2, 1.8, len(y)) * np.exp(h / 4) if weighted else None
        results.append(Ordering(f, y, g if restricted else None, weight).ado(h, flip=False))
    scatter = np.std([result.value for result in results])
    # 600 samples know their scatter to 3 %.
    assert np.mean([result.uncertainty for result in results]) == pytest.approx(scatter, rel=0.1)


MASKED = np.ma.masked_array([0, 1], mask=[False, True])


@pytest.mark.parametrize(
    ("f", "g", "y", "against", "message"),
    [
        ([1, 2], [1, 2], [1, 1], None, "2 signal and 0 background"),
        ([], [], [], None, "0 signal and 0 background"),
        ([1, 2], [1, 2], [0, 2], None, "event 1 is 2"),
        ([1, 2], [1, 2], [np.nan, 1], None, "event 0 is nan"),
        ([1, 2], [1, 2], ["0", "1"], None, "1 .signal. or 0"),
        ([1, 2], [1, 2], [[0], [1]], None, "y must be a list .* shape .2, 1."),
        ([1, 2, 3], [1, 2], [0, 1], None, "f must be .* as long as y, 2; found shape .3,"),
        ([1, 2], [[1, 2]], [0, 1], None, "g must be .* as long as y"),
        ([1, 2], [1, 2], [0, 1], [1], "against must be .* as long as y"),
        ([1, np.nan], [1, 2], [0, 1], None, "f: event 1 is NaN"),
        ([1, 2], [np.nan, 2], [0, 1], None, "g: event 0 is NaN"),
        ([1, 2], [1, 2], [0, 1], [1, np.nan], "against: event 1 is NaN"),
        (MASKED, [1, 2], [0, 1], None, "f: value 1 is masked"),
        ([1, 2], MASKED, [0, 1], None, "g: value 1 is masked"),
        ([1, 2], [1, 2], MASKED, None, "y, .*: value 1 is masked"),
        ([1, 2], [1, 2], [0, 1], MASKED, "against: value 1 is masked"),
        (pd.array([1, None], dtype="Float64"), [1, 2], [0, 1], None, "f: value 1 is masked"),
        ([1, 2], [1, 2], pd.Series([0, pd.NA]), None, "y, .*: expected real numbers"),
        (np.array([1j, 2]), [1, 2], [0, 1], None, r"f: expected real numbers \(found complex128\)"),
        (["a", "b"], [1, 2], [0, 1], None, "f: expected real numbers"),
    ],
)
def test_unusable_input_is_refused(f, g, y, against, message):
    with pytest.raises(InputError, match=message):
        ado(f, g, y, against)


@pytest.mark.parametrize(
    ("weight", "message"),
    [
        ([1, -1, 1], "weight: the signal events have no weight: the sum of theirs is 0"),
        ([1, np.inf, 1], "weight: event 1 is infinite"),
        ([1, np.nan, 1], "weight: event 1 is NaN"),
        ([0, 1, 1], "weight: the background events have no weight"),
        ([1, 0, 0], "weight: the signal events have no weight"),
        ([1, 1], "weight must be a list as long as y, 3"),
    ],
)
def test_unusable_weights_are_refused(weight, message):
    with pytest.raises(InputError, match=message):
        Ordering([1, 2, 3], [0, 1, 1], weight=weight)


def test_refused_column_is_named():
    with pytest.raises(InputError, match="column 1: event 2 is NaN"):
        Ordering([1, 2, 3], [0, 1, 1]).ados([[1, 2, 3], [1, 2, np.nan]], threads=2)
    with pytest.raises(InputError, match="column 0 must be a list as long as y"):
        Ordering([1, 2, 3], [0, 1, 1]).ados([[1, 2]])
