"""The figure of efficiencies and rejections in bins."""

import numpy as np
import pytest

from figures.made_up import CLASSIFIERS
from leptonid.figures.binned_points import DRAWN, binned_points_figure


def test_efficiency_and_rejection_of_one_common_threshold_are_drawn(tables, label):
    table = tables["working_points"]
    axes = binned_points_figure(table, CLASSIFIERS, "M$V", label).axes
    assert [panel.get_xlabel() for panel in axes[3:]] == [
        r"$p_\mathrm{T}$ [M\$V]",
        r"$|\eta|$",
        "Non-empty cells",
    ]
    own = table[(table["variable"] == "pt") & (table["thresholds"] == "common")]
    own = own[own["working_point"] == DRAWN]
    images = own[own["classifier"] == "images"]
    for panel, name in ((axes[0], "signal_efficiency"), (axes[3], "rejection")):
        bars = panel.containers[0]
        assert bars.lines[0].get_ydata() == pytest.approx(images[name].to_numpy())
        low, high = np.transpose(bars.lines[2][0].get_segments())[1]
        assert low == pytest.approx(images[f"{name}_low"].to_numpy())
        assert high == pytest.approx(images[f"{name}_high"].to_numpy(), nan_ok=True)
    # Two trainings of `shape` are averaged.
    shape = own[own["classifier"] == "shape"].groupby("low")["signal_efficiency"].mean()
    assert axes[0].containers[1].lines[0].get_ydata() == pytest.approx(shape.to_numpy())


def test_an_efficiency_that_rounding_puts_below_its_limit_is_drawn(tables, label):
    rounded = tables["working_points"].assign(signal_efficiency=-1e-17, signal_efficiency_low=0.0)
    binned_points_figure(rounded, CLASSIFIERS, "GeV", label)


@pytest.mark.parametrize("known", [[], ["cells"], ["pt", "abs_eta"]])
def test_only_known_variables_have_panels(tables, label, known):
    table = tables["working_points"]
    shown = table[table["variable"].isin([*known, "all"])]
    figure = binned_points_figure(shown, CLASSIFIERS, "GeV", label)
    assert len(figure.axes) == 2 * len(known)
    assert any("there are no bins" in text.get_text() for text in figure.texts) == (not known)
