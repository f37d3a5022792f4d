"""Printed and drawn comparisons of pairs of classifiers."""

from figures.made_up import CLASSIFIERS
from leptonid.figures.comparisons import comparison_figure, to_latex, to_markdown


def test_printed_tables_show_what_is_known(tables, label):
    table = tables["comparisons"]
    lines = to_markdown(table, label).splitlines()
    assert len([line for line in lines if line.startswith("| `")]) == len(table) == 6
    assert lines[2].startswith("| `images` | shape | 0.")
    # A second uncertainty only with several seeds.
    assert [lines[row].count("(") for row in (2, 3)] == [2, 1]
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


def test_a_single_classifier_has_nothing_to_compare(tables, label):
    figure = comparison_figure(tables["comparisons"].iloc[:0], CLASSIFIERS, label)
    assert "only one classifier" in figure.texts[1].get_text()
