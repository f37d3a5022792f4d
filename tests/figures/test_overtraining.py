"""The figure of training against test scores."""

import numpy as np
import pytest

from figures.made_up import CLASSES, CLASSIFIERS
from leptonid.figures.overtraining import overtraining_figure


def test_the_largest_distance_is_noted_and_both_samples_are_drawn(tables, label):
    table, histograms = tables["overtraining"], tables["score_histograms"]
    figure = overtraining_figure(table, histograms, CLASSIFIERS, CLASSES, label)
    axes = figure.axes[1]
    assert axes.get_title() == "3 shapes"
    text = axes.texts[0].get_text()
    for kind, title in (("signal", "photons"), ("background", "pions")):
        own = table[(table["classifier"] == "shape") & (table["class"] == kind)]
        assert len(own) == 2
        assert f"{title}: KS {own['ks'].max():.3f}" in text
    own = histograms[(histograms["classifier"] == "shape") & (histograms["class"] == "signal")]
    for role, drawn in (
        ("train", axes.patches[0].get_data().values),
        ("test", axes.containers[0].lines[0].get_ydata()),
    ):
        shares = own[own["role"] == role]["share"].to_numpy().reshape(2, -1).mean(axis=0)
        assert drawn == pytest.approx(shares if role == "train" else shares[shares > 0])
    assert np.isclose(axes.get_ylim()[0], 0.3 / 400)
    assert label in [text.get_text() for text in figure.texts]
