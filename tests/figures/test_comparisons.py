"""Printed and drawn comparisons of pairs of classifiers."""

import pytest

from figures.made_up import CLASSIFIERS
from leptonid.figures.comparisons import ado_figure, comparison_figure, to_latex, to_markdown


def test_printed_tables_show_what_is_known(tables, label):
    table = tables["comparisons"]
    lines = to_markdown(table, label).splitlines()
    assert len([line for line in lines if line.startswith("| `")]) == len(table) == 6
    assert lines[2].startswith("| `images` | shape | 0.")
    # A second uncertainty only with several seeds.
    assert [lines[row].count("(") for row in (2, 3)] == [3, 2]
    assert lines[0].endswith("| ADO |")
    assert "6 pairs" in lines[-1]
    assert "scatter of a classifier with one training is unknown" in lines[-1]
    assert label in lines[-1]
    latex = to_latex(table, label)
    assert "p $<$ 0.05" in latex
    assert latex.count("{") == latex.count("}")
    assert latex.isascii()


def test_the_figure_shows_significance_and_difference_of_every_pair(tables, label):
    table = tables["comparisons"]
    axes = comparison_figure(table, CLASSIFIERS, label).axes[0]
    cells = {text.get_position(): text.get_text() for text in axes.texts}
    assert len(cells) == 12
    assert cells[0, 1] == f"{table['z'][0]:.1f}"
    assert cells[1, 0] == f"{1000 * table['difference'][0]:.0f}"
    aucs = tables["auc"].set_index("classifier")["auc"]
    assert [text.get_text() for text in axes.get_yticklabels()] == [
        f"Barrel image  {aucs['images']:.4f}",
        f"3 shapes  {aucs['shape']:.4f}",
        f"3 shapes, trees  {aucs['shape_trees']:.4f}",
        rf"costs \$5 and \$6  {aucs['width']:.4f}",
    ]


def test_the_ado_of_every_pair_is_below_the_diagonal_and_its_uncertainty_above(tables, label):
    table = tables["comparisons"]
    axes = ado_figure(table, CLASSIFIERS, label).axes[0]
    cells = {text.get_position(): text.get_text() for text in axes.texts}
    assert len(cells) == 12
    assert cells[0, 1] == f"{table['ado'][0]:.3f}"
    assert float(cells[1, 0]) == pytest.approx(1000 * table["uncertainty_ado"][0], rel=0.01)
    rows = [text.get_text() for text in axes.get_yticklabels()]
    assert rows[0].startswith("Barrel image")
    assert axes.get_ylim()[0] > axes.get_ylim()[1]


def test_a_single_classifier_has_nothing_to_compare(tables, label):
    for draw in (comparison_figure, ado_figure):
        figure = draw(tables["comparisons"].iloc[:0], CLASSIFIERS, label)
        assert "only one classifier" in figure.texts[1].get_text()
