"""Histograms of variables, and the axes of observables."""

import numpy as np
import pytest

from leptonid.errors import InputError
from leptonid.evaluate.histograms import Scale, bin_edges, fractions, variable_histograms

AXIS = {"range": None, "bins": None}


def test_bins_and_the_share_outside_add_up_to_the_class():
    rng = np.random.default_rng(0)
    values, weight = rng.standard_cauchy(2000), rng.uniform(0, 2, 2000)
    edges = bin_edges(values)
    inside, outside = fractions(values, weight, edges)
    beyond = (values < edges[0]) | (values > edges[-1])
    assert outside == pytest.approx(weight[beyond].sum() / weight.sum())
    assert inside.sum() + outside == pytest.approx(1)
    third = (values >= edges[3]) & (values < edges[4])
    assert inside[3] == pytest.approx(weight[third].sum() / weight.sum())


def test_an_outlier_does_not_widen_the_axis():
    values = np.append(np.linspace(0, 1, 1000), 1e9)
    assert bin_edges(values)[-1] < 1.1


def test_a_constant_variable_has_bins_around_it():
    edges = bin_edges(np.ones(10))
    assert edges[0] < 1 < edges[-1]
    assert fractions(np.ones(10), np.ones(10), edges)[1] == 0


def test_axes_are_those_of_the_layout_where_it_has_them(write):
    rng = np.random.default_rng(0)
    columns = {name: rng.normal(size=400) for name in ("width", "height")}
    path = write.events("train.feather", weight=rng.uniform(0, 2, 400), **columns)
    table = variable_histograms(path, {"height": {"range": [-3, 3], "bins": 12}, "width": AXIS})
    assert list(table["variable"].unique()) == ["height", "width"]
    height = table[(table["variable"] == "height") & (table["class"] == "background")]
    np.testing.assert_allclose([*height["low"], 3], np.linspace(-3, 3, 13))
    assert set(height["events"]) == {200}
    sums = table.groupby(["variable", "class"]).agg({"share": "sum", "outside": "first"}).sum(axis=1)
    assert sums.to_numpy() == pytest.approx(1)


def test_the_share_outside_is_per_class(write):
    mass = np.linspace(0, 1, 400)
    y = np.ones(400, np.int8)
    y[-20:] = 0
    table = variable_histograms(write.events("train.feather", y=y, mass=mass), {"mass": AXIS})
    outside = table.groupby("class")["outside"].first()
    assert outside["signal"] == pytest.approx(2 / 380)
    assert outside["background"] == pytest.approx(2 / 20)


def test_a_layout_without_variables_has_an_empty_table(write):
    assert variable_histograms(write.events("train.feather"), {}).empty


@pytest.mark.parametrize("bad", [np.nan, np.inf])
def test_values_that_are_not_finite_are_refused(write, bad):
    values = np.ones(400)
    values[7] = bad
    with pytest.raises(InputError, match=r"train\.feather: width: event 1007 has no finite value"):
        variable_histograms(write.events("train.feather", width=values), {"width": AXIS})


def test_a_missing_variable_is_refused_by_name(write):
    with pytest.raises(InputError, match=r"train\.feather.*width"):
        variable_histograms(write.events("train.feather"), {"width": AXIS})


def test_values_within_two_decades_have_a_linear_axis():
    values = np.linspace(0.01, 0.9, 1000)
    scale = Scale.of(values)
    assert not scale.logarithmic
    np.testing.assert_array_equal(scale.places(values), values)


def test_zeros_have_their_own_bin_on_a_logarithmic_axis():
    values = np.concatenate([np.zeros(300), 10.0 ** np.linspace(-12, -2, 700)])
    scale = Scale.of(values)
    assert scale.logarithmic
    counts = np.histogram(scale.places(values), scale.edges)[0]
    assert counts[0] == 300
    assert counts[1] == 0
    # Half a percent at each end is outside.
    assert counts.sum() == 1000 - 8
    np.testing.assert_allclose(np.diff(scale.edges[2:]), np.diff(scale.edges[2:])[0])


@pytest.mark.parametrize(
    "values", [np.zeros(10), np.full(10, 1e-9), np.array([-1e-9, 1.0, 1e5]), np.array([0, 1.0])]
)
def test_every_observable_has_bins(values):
    scale = Scale.of(values)
    assert (np.diff(scale.edges) > 0).all()
    assert not scale.logarithmic
