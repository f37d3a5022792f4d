"""The table of metrics, and the figures of calibration and confusion."""

import numpy as np
import pytest

from leptonid.figures import calibration, confusion, evaluation, metrics_table
from leptonid.figures.scores import read_test_scores, sort_by_auc


@pytest.fixture
def scored(write):
    """Seven classifiers, one of them with two trainings, in the wrong order."""
    aucs = {"mass": 0.7, "hl": 0.9, "et": 0.99, "a": 0.75, "b": 0.79, "c": 0.84}
    names = [*aucs, "hl"]
    paths = [write.scores(f"{i}.feather", auc=aucs[name], seed=i) for i, name in enumerate(names)]
    return sort_by_auc(read_test_scores(names, paths))


@pytest.fixture
def evaluations(scored):
    return evaluation.evaluate(scored, 0.5, 50, seed=0)


@pytest.fixture
def metrics(scored, evaluations):
    return {name: evaluation.metrics(each, evaluations[name]) for name, each in scored.items()}


def test_every_classifier_has_a_row_with_all_metrics(scored, metrics, label):
    table = metrics_table.metrics_table(metrics, scored, 0.5, label).set_index("features")
    assert list(table.index) == ["et", "hl", "c", "b", "a", "mass"]
    assert list(table["seeds"]) == [1, 2, 1, 1, 1, 1]
    assert set(table["sample"]) == {label}
    assert set(table["threshold"]) == {0.5}
    for name in metrics_table.TITLES:
        for column, part in ((name, "value"), (f"{name}_test", "test"), (f"{name}_seeds", "seeds")):
            expected = [getattr(each[name], part) for each in metrics.values()]
            np.testing.assert_array_equal(table[column], expected)
    assert np.isnan(table.loc["et", "rejection_50"])


def test_markdown_has_dashes_for_unknown_rejections_and_two_uncertainties_for_several_seeds(metrics, label):
    lines = metrics_table.to_markdown(metrics, 0.25, label).splitlines()
    cells = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines if line.startswith("|")]
    assert {len(row) for row in cells} == {13}
    assert cells[2][:3][::2] == ["`et`", "–"]  # noqa: RUF001
    assert cells[3][1].count("(") == 2
    assert cells[4][1].count("(") == 1
    assert label in lines[-1]
    assert "scores from 0.25 on" in lines[-1]


def test_latex_has_all_columns_in_two_groups(metrics, label):
    text = metrics_table.to_latex(metrics, 0.5, label)
    assert text.count(r"\begin{tabular}{lllllll}") == 2
    assert text.count(r"\texttt{hl}") == 2
    assert text.count("{") == text.count("}")
    for title in metrics_table.TITLES.values():
        assert title.replace("%", r"\%") in text


def test_confusion_matrices_add_up(scored, evaluations):
    table = confusion.confusion_table(evaluations, 0.5)
    assert list(table) == list(confusion.COLUMNS)
    sums = table.groupby(["features", "true"])[["share", "events"]].sum()
    assert sums["share"].to_numpy() == pytest.approx(1)
    assert sums["events"].to_numpy() == pytest.approx(200)
    hl = table[(table["features"] == "hl") & (table["true"] == "signal") & (table["predicted"] == "signal")]
    passing = (scored["hl"].scores[:, scored["hl"].y == 1] >= 0.5).mean(axis=1)
    assert hl["share"].item() == pytest.approx(passing.mean())
    assert hl["share_seeds"].item() == pytest.approx(np.std(passing, ddof=1))


def test_confusion_matrices_are_drawn_in_the_order_of_the_table(evaluations, label):
    table = confusion.confusion_table(evaluations, 0.5)
    figure = confusion.confusion_figure(table, label)
    assert [axes.get_title() for axes in figure.axes] == ["ECal image", "7 HL", "c", "b", "a", "jet mass"]
    texts = {text.get_position(): text.get_text() for text in figure.axes[1].texts}
    row = table[(table["features"] == "hl") & (table["true"] == "background")].iloc[1]
    assert row["predicted"] == "signal"
    # The first column is for what is taken for signal, the second row for background.
    shown = f"{100 * row['share']:.1f} %\n± {100 * row['share_test']:.1f} %"
    assert texts[0, 0.9] == shown
    assert "0.5" in figure.get_suptitle()


def test_calibration_curves_are_drawn_with_their_errors_and_numbers(scored, evaluations, metrics, label):
    table = calibration.calibration_table(evaluations)
    assert list(table) == list(calibration.COLUMNS)
    assert set(table.groupby("features")["events"].sum()) == {400}
    frame = metrics_table.metrics_table(metrics, scored, 0.5, label)
    figure = calibration.calibration_figure(table, frame, label)
    assert len(figure.axes) == 6
    axes = figure.axes[1]
    assert f"ECE {metrics['hl']['calibration_error'].value:.3f}" in axes.texts[0].get_text()
    hl = table[(table["features"] == "hl")]
    points = axes.containers[0].lines[0]
    assert points.get_ydata() == pytest.approx(hl["signal_share"].to_numpy())
    assert points.get_xdata() == pytest.approx(hl["mean_score"].to_numpy())
