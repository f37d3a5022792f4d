"""Distributions of the variables of a layout."""

import pytest

from figures.made_up import CLASSES, histograms
from leptonid.figures.variables import axis_title, variables_figure


def variable(name, **options):
    return {"name": name, "title": name, "unit": None, "log": False, **options}


@pytest.mark.parametrize(
    ("options", "title"),
    [({}, "a"), ({"unit": "cells"}, "a [cells]"), ({"title": "$a$", "unit": "energy"}, r"$a$ [G\$V]")],
)
def test_axes_have_titles_with_units(options, title):
    assert axis_title(variable("a", **options), "G$V") == title


@pytest.mark.parametrize("count", [1, 20])
def test_every_variable_has_a_panel(count, label):
    variables = [variable(f"v{i}") for i in range(count)]
    figure = variables_figure(histograms([f"v{i}" for i in range(count)]), variables, CLASSES, "GeV", label)
    figure.draw_without_rendering()
    assert [axes.get_xlabel() for axes in figure.axes] == [f"v{i}" for i in range(count)]
    assert {axes.get_title() for axes in figure.axes} == {"outside: phot. 2.0%, pi 2.0%"}
    boxes = [axes.get_tightbbox() for axes in figure.axes]
    assert not any(box.overlaps(other) for i, box in enumerate(boxes) for other in boxes[i + 1 :])
    assert [text.get_text() for text in figure.legends[0].get_texts()] == ["photons", "pions"]


def test_shares_are_those_of_the_table_on_the_axis_of_the_layout(label):
    table = histograms(["a", "b"])
    linear, logarithmic = variables_figure(
        table, [variable("b"), variable("a", log=True)], CLASSES, "GeV", label
    ).axes
    shares = table[(table["variable"] == "b") & (table["class"] == "signal")]["share"]
    assert linear.patches[0].get_data().values == pytest.approx(shares.to_numpy())
    assert linear.get_xlim() == (0, 1)
    assert (linear.get_yscale(), logarithmic.get_yscale()) == ("linear", "log")
    # Half an event of both classes.
    assert logarithmic.get_ylim()[0] == pytest.approx(0.5 / 400)
