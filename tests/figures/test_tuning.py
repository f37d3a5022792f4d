"""The figure of the tuning of a network."""

import numpy as np
import pandas as pd
import pytest

from leptonid.figures.tuning import TITLES, auc_limits, tuning_figure

FLAT = ["dense", "units", "dropout", "learning_rate"]


def trials(states, aucs, parameters=FLAT):
    rng = np.random.default_rng(0)
    table = pd.DataFrame({"state": states, "auc": np.array(aucs, float), "auc_uncertainty": 0.004})
    for name in parameters:
        drawn = {"learning_rate": 10 ** rng.uniform(-4, -2, len(table))}
        table[name] = drawn.get(name, rng.integers(1, 9, len(table)))
    return table


def parameters_of(table, shares=None):
    """Return a table of the hyperparameters, whose ranges are a little wider than what was drawn."""
    names = [name for name in table if name in TITLES]
    low, high = 0.9 * table[names].min(), 1.1 * table[names].max()
    shares = shares or [np.nan] * len(names)
    return pd.DataFrame({"parameter": names, "low": [*low], "high": [*high], "importance": shares})


def figure_of(table, label, shares=None):
    return tuning_figure(table, parameters_of(table, shares), "7 $HL", label)


def drawn(axes):
    """Return the points of each label, or of those without one."""
    return {points.get_label(): points.get_offsets().data.tolist() for points in axes.collections}


STATES = ["complete", "pruned", "complete", "diverged", "complete"]
AUCS = [0.90, 0.89, 0.88, None, 0.91]


def test_trials_are_drawn_in_order_with_their_states_and_the_best_marked(label):
    order = figure_of(trials(STATES, AUCS), label).axes[0]
    points = drawn(order)
    assert points["complete"] == [[1, 0.90], [3, 0.88], [5, 0.91]]
    assert points["pruned"] == [[2, 0.89]]
    assert [x for x, _ in points["diverged"]] == [4]
    assert points["best"] == [[5, 0.91]]
    (line,) = order.lines
    assert line.get_xydata().tolist() == [[1, 0.90], [2, 0.90], [3, 0.90], [4, 0.90], [5, 0.91]]


def test_a_pruned_trial_is_never_the_best(label):
    order = figure_of(trials(["complete", "pruned"], [0.8, 0.9]), label).axes[0]
    assert drawn(order)["best"] == [[1, 0.8]]
    assert order.lines[0].get_ydata().tolist() == [0.8, 0.8]
    assert order.get_ylim()[1] > 0.9


@pytest.mark.parametrize("parameters", [FLAT, list(TITLES)])
def test_every_hyperparameter_has_a_panel_of_the_same_trials(parameters, label):
    table = trials(STATES, AUCS, parameters)
    order, *panels = figure_of(table, label).axes
    assert [axes.get_xlabel() for axes in panels] == [TITLES[name] for name in parameters]
    for axes, name in zip(panels, parameters, strict=True):
        first, *_ = axes.collections
        complete = table[table["state"] == "complete"]
        assert first.get_offsets().data.tolist() == complete[[name, "auc"]].to_numpy().tolist()
        assert axes.get_ylim() == order.get_ylim()
        left, right = axes.get_xlim()
        assert left < 0.9 * table[name].min() < 1.1 * table[name].max() < right
        assert axes.get_xscale() == ("log" if name == "learning_rate" else "linear")


def test_trials_far_below_the_others_are_marked_at_the_foot(label):
    table = trials(["complete"] * 11, [0.5, *np.linspace(0.940, 0.945, 10)])
    low, high = auc_limits(table)
    assert 0.92 < low < 0.940
    assert 0.945 < high < 0.95
    points = drawn(figure_of(table, label).axes[0])
    assert [x for x, _ in points["_below"]] == [1]
    assert len(points["complete"]) == 10


def test_importances_stand_above_their_panels(label):
    _, *panels = figure_of(trials(STATES, AUCS), label, shares=[0.4, 0.3, 0.2, 0.1]).axes
    assert [axes.get_title() for axes in panels] == [f"importance 0.{digit}0" for digit in (4, 3, 2, 1)]
    _, *panels = figure_of(trials(STATES, AUCS), label).axes
    assert {axes.get_title() for axes in panels} == {""}


def test_the_figure_names_the_network_its_auc_and_the_data(label):
    figure = figure_of(trials(STATES, AUCS), label)
    assert figure.axes[0].get_title(loc="left") == r"7 \$HL: best of 5 networks, AUC 0.9100 ± 0.0040"
    assert label in [text.get_text() for text in figure.texts]


def test_a_search_of_one_trial_is_drawn(label):
    figure_of(trials(["complete"], [0.9]), label)
