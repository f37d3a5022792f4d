"""The figure of AUCs in bins of transverse momentum and pseudorapidity."""

import numpy as np
import pytest

from figures.made_up import CLASSIFIERS
from leptonid.figures.binned_auc import binned_auc_figure


def test_classifiers_stand_side_by_side_with_their_uncertainties(tables, label):
    table = tables["auc_bins"]
    axes = binned_auc_figure(table, CLASSIFIERS, "M$V", label).axes
    assert [panel.get_xlabel() for panel in axes] == [
        r"$p_\mathrm{T}$ [M\$V]",
        r"$|\eta|$",
        "Non-empty cells",
    ]
    first, second, *_ = axes[0].containers
    assert np.all(first.lines[0].get_xdata() < second.lines[0].get_xdata())
    own = table[(table["classifier"] == "images") & (table["variable"] == "pt")]
    assert first.lines[0].get_ydata() == pytest.approx(own["auc"].to_numpy())
    low, high = np.transpose(first.lines[2][0].get_segments())[1]
    assert (high - low) / 2 == pytest.approx(own["auc_test"].to_numpy())


@pytest.mark.parametrize("known", [[], ["pt"], ["abs_eta"]])
def test_only_known_variables_have_a_panel(tables, label, known):
    table = tables["auc_bins"]
    figure = binned_auc_figure(table[table["variable"].isin(known)], CLASSIFIERS, "GeV", label)
    assert len(figure.axes) == len(known)
    assert any("neither pt nor eta" in text.get_text() for text in figure.texts) == (not known)


def test_perfect_bins_are_on_the_axis(tables, label):
    table = tables["auc_bins"].assign(auc=1.0, auc_test=0.0)
    axes = binned_auc_figure(table, CLASSIFIERS, "GeV", label).axes[0]
    low, high = axes.get_ylim()
    assert 0 < low < min(axes.containers[0].lines[0].get_ydata()) < high < 1
