"""Figures of permutation importance."""

import pandas as pd
import pytest

from leptonid.figures.importance import MOST_BARS, importance_figure, input_title

TITLES = {"tower": "Barrel image", "width": "$w$", "length": "length"}
CALORIMETERS = {"barrel": "Barrel", "endcap": "Endcap"}


def importance(drops, variables=None):
    variables = variables or [f"barrel/{n}_1_0_k_1_b_0.5" for n in range(len(drops))]
    numbers = {"columns": 1, "auc": 0.9512, "drop": drops, "uncertainty": 0.002}
    return pd.DataFrame({"variable": variables, **numbers})


@pytest.mark.parametrize(
    ("variable", "columns", "title"),
    [
        ("tower", 1, "Barrel image"),
        ("width", 1, "$w$"),
        ("endcap/8_7_0_k_-1_b_0.5", 1, r"Endcap EFP 8_7_0, $\kappa = -1$, $\beta = 0.5$"),
        ("barrel/k_0.5_b_2", 491, r"491 Barrel EFPs, $\kappa = 0.5$, $\beta = 2$"),
        ("barrel/k_1_b_2", 1, r"1 Barrel EFP, $\kappa = 1$, $\beta = 2$"),
    ],
)
def test_inputs_have_readable_names(variable, columns, title):
    assert input_title(variable, columns, TITLES, CALORIMETERS) == title


def test_bars_are_ranked_from_the_top_with_their_uncertainty(label):
    table = importance([0.01, 0.2, -0.003], ["width", "tower", "length"])
    figure = importance_figure(table, "my $et", TITLES, CALORIMETERS, label)
    (axes,) = figure.axes
    bars, errors = axes.containers[1], axes.containers[0]
    assert [bar.get_width() for bar in bars] == [0.2, 0.01, -0.003]
    assert [tick.get_text() for tick in axes.get_yticklabels()] == ["Barrel image", "$w$", "length"]
    low, high = axes.get_ylim()
    assert low > high, "the first is at the top"
    (segments,) = errors.lines[2]
    assert segments.get_segments()[0][:, 0].tolist() == pytest.approx([0.198, 0.202])
    assert axes.get_title() == r"my \$et, AUC 0.9512"
    assert label in [text.get_text() for text in figure.texts]


def test_the_number_of_further_inputs_is_noted(label):
    drops = [0.1 / (1 + n) for n in range(MOST_BARS + 5)]
    (axes,) = importance_figure(importance(drops[::-1]), "EFPs", {}, CALORIMETERS, label).axes
    assert [bar.get_width() for bar in axes.containers[1]] == drops[:MOST_BARS]
    assert [text.get_text() for text in axes.texts] == [f"5 more, at most {drops[MOST_BARS]:.4f} each"]
    (axes,) = importance_figure(importance(drops[:MOST_BARS]), "EFPs", {}, CALORIMETERS, label).axes
    assert not axes.texts
