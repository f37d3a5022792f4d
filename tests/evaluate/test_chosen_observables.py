"""Histograms and correlations of the observables that a search chose."""

import numpy as np
import pandas as pd
import pytest
from scipy.stats import spearmanr

from leptonid.evaluate.chosen_observables import (
    correlations_table,
    observable_histograms,
    rank_correlations,
)
from leptonid.evaluate.histograms import Scale
from random_scores import labels

NAMES = ("barrel/2_1_0_k_1_b_0.5", "barrel/2_3_0_k_2_b_2", "barrel/3_3_1_k_-1_b_0.25")


@pytest.fixture
def events():
    """Values of three observables; the second spans many decades, and the third is mostly zero."""
    rng = np.random.default_rng(0)
    event, y = labels(400)
    values = [rng.beta(2 + 2 * y, 5 - y), 10 ** rng.normal(-8 - 2 * y, 1.5), rng.beta(2 + 2 * y, 5 - y)]
    values[2][rng.uniform(size=400) < 0.7] = 0
    columns = {
        "event": event,
        "y": y,
        "weight": rng.uniform(0.5, 2, 400),
        **dict(zip(NAMES, values, strict=True)),
    }
    columns |= {f"misordered_{number}": rng.integers(0, 40, 400) for number in (1, 2, 3)}
    return pd.DataFrame(columns)


def test_histograms_are_of_weights_and_of_misordered_pairs(events):
    table = observable_histograms(events, NAMES).set_index(["pass", "pairs", "class"])
    signal = events[events["y"] == 1]
    for number, name in enumerate(NAMES, 1):
        scale = Scale.of(events[name].to_numpy())
        places = scale.places(signal[name].to_numpy())
        for pairs, column in (("all", "weight"), ("misordered", f"misordered_{number}")):
            rows = table.loc[number, pairs, "signal"]
            np.testing.assert_array_equal([*rows["low"], rows["high"].iloc[-1]], scale.edges)
            share = signal[column] / signal[column].sum()
            expected = np.histogram(places, scale.edges, weights=share)[0]
            np.testing.assert_allclose(rows["share"], expected, atol=1e-15)
            assert rows["outside"].to_numpy() == pytest.approx(1 - expected.sum(), abs=1e-12)
            assert set(rows["events"]) == {200}
            assert set(rows["logarithmic"]) == {scale.logarithmic}
    assert table.loc[(2, "all", "signal"), "logarithmic"].all()


def test_a_class_without_misordered_pairs_has_no_rows(events):
    table = observable_histograms(events.assign(misordered_1=0), NAMES[:1])
    assert set(table["pairs"]) == {"all"}


def test_rank_correlations_are_spearmans():
    rng = np.random.default_rng(0)
    columns = rng.integers(0, 6, (4, 200)).astype(float)
    columns[3] = np.exp(-columns[0])
    result = rank_correlations(columns, np.ones(200))
    np.testing.assert_allclose(result, spearmanr(columns, axis=1).statistic, atol=1e-12)
    assert result[0, 3] == pytest.approx(-1)


def test_weighted_rank_correlations_are_those_of_so_many_events():
    rng = np.random.default_rng(0)
    columns, weight = rng.integers(0, 6, (3, 200)).astype(float), rng.integers(0, 4, 200)
    expected = spearmanr(np.repeat(columns, weight, axis=1), axis=1).statistic
    for factor in (1, 1e90):
        np.testing.assert_allclose(rank_correlations(columns, factor * weight), expected, atol=1e-12)
    columns[0] = 1
    assert np.isnan(rank_correlations(columns, rng.uniform(size=200))[0]).all()


def test_correlations_are_with_variables_and_passes_of_each_class(events):
    rng = np.random.default_rng(1)
    variables = {name: rng.normal(events["y"]) for name in ("width", "length")}
    table = correlations_table(events, NAMES, variables)
    assert len(table) == 2 * 3 * (2 + 3)
    table = table.set_index(["class", "row", "column"])
    assert table.loc[("signal", 1, "width"), "kind"] == "variable"
    assert table.loc[("signal", 1, "1"), "kind"] == "pass"
    for kind, value in (("signal", 1), ("background", 0)):
        members = events["y"] == value
        for number, name in enumerate(NAMES, 1):
            columns = {**variables, **{str(place): events[other] for place, other in enumerate(NAMES, 1)}}
            for column, values in columns.items():
                pair = np.array([events[name][members], values[members]])
                expected = rank_correlations(pair, events["weight"][members].to_numpy())[0, 1]
                assert table.loc[(kind, number, column), "correlation"] == pytest.approx(expected)


def test_a_constant_observable_has_no_correlation(events):
    table = correlations_table(events.assign(**{NAMES[0]: 1.0}), NAMES[:1], {"width": np.arange(400.0)})
    assert table["correlation"].isna().all()


def test_without_observables_the_tables_are_empty(events):
    assert observable_histograms(events, []).empty
    assert correlations_table(events, [], {"width": np.arange(400.0)}).empty
