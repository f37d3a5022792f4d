"""Distributions of the high-level variables."""

import numpy as np
import pytest

from leptonid.errors import InputError
from leptonid.figures.events import read_events
from leptonid.figures.variables import VARIABLES, bin_edges, fractions, variables_figure


def test_bins_and_what_lies_outside_add_up_to_the_whole_class():
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


def test_every_variable_has_a_panel_with_its_unit_and_what_is_outside(write, label):
    figure = variables_figure(read_events(write.events("test.feather"), list(VARIABLES)), "MeV", label)
    assert len(figure.axes) == 8
    titles = [axes.get_xlabel() for axes in figure.axes]
    assert [("[MeV]" in title, "[cells]" in title) for title in titles] == [
        *[(False, False)] * 4,
        (False, True),
        *[(True, False)] * 3,
    ]
    assert all(axes.get_title().startswith("outside: sig. ") for axes in figure.axes)
    assert [text.get_text() for text in figure.legends[0].get_texts()] == ["signal", "background"]
    assert label in [text.get_text() for text in figure.texts]


def test_the_share_outside_is_told_per_class(write, label):
    mass = np.linspace(0, 1, 400)
    y = np.ones(400, np.int8)
    y[-20:] = 0
    events = read_events(write.events("test.feather", y=y, mass=mass), list(VARIABLES))
    axes = variables_figure(events, "GeV", label).axes[7]
    assert axes.get_title() == "outside: sig. 0.5%, bkg. 10.0%"


@pytest.mark.parametrize("bad", [np.nan, np.inf])
def test_values_that_are_not_finite_are_refused(write, label, bad):
    values = np.ones(400)
    values[7] = bad
    events = read_events(write.events("test.feather", R_phi=values), list(VARIABLES))
    with pytest.raises(InputError, match="R_phi: event 1007 has no finite value"):
        variables_figure(events, "GeV", label)


def test_a_missing_variable_is_refused_by_name(write):
    with pytest.raises(InputError, match=r"test\.feather.*iso_0\.4"):
        read_events(write.events("test.feather", drop=["iso_0.4"]), list(VARIABLES))
