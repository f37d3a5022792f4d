"""The figure of networks beside their baselines."""

import pandas as pd
import pytest

from figures.made_up import entry
from leptonid.figures.baselines import KINDS, baseline_figure

AUCS = {"hl": 0.9, "hl_trees": 0.93, "hl_logistic": 0.8, "mass": 0.75, "mass_trees": 0.7, "mine": 0.95}
TABLE = pd.DataFrame({"classifier": AUCS.keys(), "auc": AUCS.values(), "auc_test": 0.01})
CLASSIFIERS = [
    entry("hl", "7 HL"),
    entry("mass", "jet mass"),
    entry("mine", "$5"),
    entry("hl_trees", kind="trees", features="hl"),
    entry("hl_logistic", kind="logistic", features="hl"),
    entry("mass_trees", kind="trees", features="mass"),
]


def test_every_feature_set_has_a_row_the_best_network_first(label):
    figure = baseline_figure(TABLE, CLASSIFIERS, label)
    axes = figure.axes[0]
    assert [text.get_text() for text in axes.get_yticklabels()] == [r"\$5", "7 HL", "jet mass"]
    assert axes.yaxis_inverted()
    assert label in [text.get_text() for text in figure.texts]


def test_every_classifier_has_a_point_an_error_bar_and_its_numbers(label):
    axes = baseline_figure(TABLE, CLASSIFIERS, label).axes[0]
    numbers = {text.get_text() for text in axes.texts}
    rows = ["mine", "hl", "mass"]
    drawn = {}
    for bars, kind in zip(axes.containers, KINDS, strict=True):
        ends = bars[2][0].get_segments()
        for (value, place), ((low, _), (high, _)) in zip(bars[0].get_xydata(), ends, strict=True):
            features = rows[round(place)]
            drawn[features if kind == "network" else f"{features}_{kind}"] = value
            assert (high - low) / 2 == pytest.approx(0.01)
            assert f"{value:.4f} ± 0.0100" in numbers
    assert drawn == AUCS


def test_missing_kinds_take_no_space(label):
    networks = CLASSIFIERS[:2]
    figure = baseline_figure(TABLE, networks, label)
    assert [text.get_text() for text in figure.legends[0].get_texts()] == ["network"]
    assert figure.get_figheight() < baseline_figure(TABLE, [*networks, CLASSIFIERS[3]], label).get_figheight()
