"""The printed table of metrics, and the figures of calibration and confusion."""

import csv
import io

import numpy as np
import pytest

from figures.made_up import AUCS, CLASSES, CLASSIFIERS
from leptonid.figures import comparisons, metrics_table
from leptonid.figures.calibration import calibration_figure
from leptonid.figures.confusion import confusion_figure
from leptonid.figures.metrics_table import TITLES, to_csv, to_latex, to_markdown


def test_csv_has_titles_label_and_every_number(tables, label):
    table = tables["metrics"]
    titles = {each["name"]: each["title"] for each in CLASSIFIERS}
    lines = list(csv.DictReader(io.StringIO(to_csv(table, titles, label))))
    assert [line["features"] for line in lines] == list(AUCS)
    shape = lines[1]
    assert (shape["inputs"], shape["test_events"], shape["seeds"]) == ("3 shapes", "400", "2")
    assert (shape["threshold"], shape["sample"]) == ("0.5", label)
    assert float(shape["f1_seeds"]) == pytest.approx(table["f1_seeds"][1], rel=1e-5)
    assert lines[0]["f1_seeds"] == ""


def test_printed_tables_have_every_metric(tables, label):
    markdown = to_markdown(tables["metrics"], label)
    rows = [line for line in markdown.splitlines() if line.startswith("|")]
    assert rows[0].count("|") == len(TITLES) + 2
    assert rows[3].startswith("| `shape` | 0.94")
    assert "scores from 0.5 on" in markdown
    assert label in markdown
    latex = to_latex(tables["metrics"], label)
    assert latex.count(r"\begin{tabular}") == 2
    assert latex.isascii()


def test_rejections_of_few_background_events_are_marked_and_counted(tables, label):
    table = tables["metrics"].assign(
        **{f"passing_{point}": [60.0, 25.0, 24.9, 80.0] for point in (50, 70, 80, 90, 95)}
    )
    markdown = to_markdown(table, label)
    marked = [line for line in markdown.splitlines() if "\N{DAGGER} |" in line]
    assert [line.split("|")[1].strip() for line in marked] == ["`shape_trees`"]
    assert "(shape_trees 24.9 at 50%, shape_trees 24.9 at 70%" in markdown
    assert "uncertain by more than 20 %" in markdown
    enough = table.assign(**{f"passing_{point}": 25.0 for point in (50, 70, 80, 90, 95)})
    assert "\N{DAGGER}" not in to_markdown(enough, label)


def test_rejections_that_no_threshold_has_are_marked(tables, label):
    table = tables["metrics"]
    assert "*" not in to_markdown(table, label)
    tied = table.assign(reached_90=[0.905, 0.98, 0.9, 0.9], passing_90=30.0)
    markdown = to_markdown(tied, label)
    marked = [line for line in markdown.splitlines() if line.startswith("|") and "*" in line]
    assert [line.split("|")[1].strip() for line in marked] == ["`shape`"]
    assert "(shape 98%)" in markdown
    assert to_latex(tied, label).count(")* &") == 1


@pytest.mark.parametrize("table", ["metrics", "comparisons"])
def test_tables_of_weighted_events_say_so(tables, weighted_tables, label, table):
    module = {"metrics": metrics_table, "comparisons": comparisons}[table]
    for text in (module.to_markdown, module.to_latex):
        assert "as precise as" not in text(tables[table], label)
        note = text(weighted_tables[table], label)
        assert "4 weights are negative, which trainings left out" in note
        assert label in note


def test_calibration_curves_are_drawn_with_their_errors_and_numbers(tables, label):
    metrics = tables["metrics"]
    figure = calibration_figure(tables["calibration"], metrics, CLASSIFIERS, CLASSES, label)
    assert len(figure.axes) == 4
    axes = figure.axes[1]
    assert axes.get_title() == "3 shapes"
    assert figure.axes[0].get_ylabel() == "Share of photons"
    assert f"ECE {metrics['calibration_error'][1]:.3f}" in axes.texts[0].get_text()
    assert (
        f"\N{RIGHTWARDS ARROW} {metrics['recalibrated_calibration_error'][1]:.3f}" in axes.texts[0].get_text()
    )
    own = tables["calibration"][tables["calibration"]["classifier"] == "shape"].dropna(subset="signal_share")
    for bars, kind in zip(axes.containers, ("", "temperature"), strict=True):
        points, bins = bars.lines[0], own[own["recalibration"] == kind]
        assert points.get_ydata() == pytest.approx(bins["signal_share"].to_numpy())
        assert points.get_xdata() == pytest.approx(bins["mean_score"].to_numpy())


def test_scores_that_are_not_recalibrated_are_drawn_once(tables, label):
    metrics = tables["metrics"].assign(recalibrated_brier=np.nan, recalibrated_calibration_error=np.nan)
    bins = tables["calibration"].query("recalibration == ''")
    figure = calibration_figure(bins, metrics, CLASSIFIERS, CLASSES, label)
    assert [len(axes.containers) for axes in figure.axes] == [1] * 4
    assert "\N{RIGHTWARDS ARROW}" not in figure.axes[0].texts[0].get_text()
    printed = to_markdown(tables["metrics"].assign(recalibration=""), label)
    assert "ECE after" not in printed
    assert "recalibrated" not in printed


def test_confusion_matrices_are_drawn_in_the_order_of_the_table(tables, label):
    table = tables["confusion"]
    figure = confusion_figure(table, CLASSIFIERS, CLASSES, label)
    titles = ["Barrel image", "3 shapes", "3 shapes, trees", r"costs \$5 and \$6"]
    assert [axes.get_title() for axes in figure.axes] == titles
    texts = {text.get_position(): text.get_text() for text in figure.axes[1].texts}
    own = table[(table["classifier"] == "shape") & (table["true"] == "background")].iloc[1]
    assert own["predicted"] == "signal"
    # The first column is predicted as signal, the second row is background.
    assert texts[0, 0.9] == f"{100 * own['share']:.1f} %\n± {100 * own['share_test']:.1f} %"
    assert [tick.get_text() for tick in figure.axes[0].get_yticklabels()] == ["phot.", "pi"]
    assert "photons: score of at least 0.5" in figure.get_suptitle()
