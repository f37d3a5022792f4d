"""The figure of AUCs against training events."""

import csv
import json

import numpy as np
import pandas as pd
import pytest

from figures import plot_learning_curve
from figures.made_up import CLASSIFIERS
from leptonid import plotting
from leptonid.evaluate.frames import with_weighting, write_frame
from leptonid.evaluate.learning_curve import COLUMNS
from leptonid.figures.learning_curve import learning_curve_figure


@pytest.fixture
def table():
    fractions = np.array([0.1, 0.2, 0.5, 1])
    parts = []
    for name, asymptote in (("images", 0.97), ("width", np.nan)):
        columns = {
            "classifier": name,
            "fraction": fractions,
            "training_events": (1000 * fractions).astype(int),
        }
        columns |= {"seeds": 1, "auc": 0.97 - 0.01 * fractions**-0.5, "auc_test": 0.002, "auc_seeds": np.nan}
        columns |= {"asymptote": asymptote, "asymptote_uncertainty": 0.003, "missing": 0.01}
        columns |= {"missing_uncertainty": 0.002, "exponent": 0.5, "exponent_uncertainty": 0.1}
        parts.append(pd.DataFrame(columns))
    frame = pd.concat(parts, ignore_index=True)
    assert list(frame) == list(COLUMNS)
    return with_weighting(frame, np.arange(400) % 2, np.ones(400), "refuse")


def test_points_fits_and_asymptotes_are_drawn(table, label):
    figure = learning_curve_figure(table, CLASSIFIERS, label)
    axes = figure.axes[0]
    assert axes.get_xscale() == "log"
    points = axes.containers[0].lines[0]
    assert points.get_xdata().tolist() == [100, 200, 500, 1000]
    # Only the first has a fit, which goes through the points and on.
    fit, *others = [line for line in axes.lines if len(line.get_xdata()) == 200]
    assert not others
    assert np.interp(200, fit.get_xdata(), fit.get_ydata()) == pytest.approx(table["auc"][1], abs=1e-5)
    assert fit.get_xdata()[-1] == pytest.approx(4000)
    texts = [text.get_text() for text in figure.legends[0].get_texts()]
    assert texts == ["Barrel image\nends at 0.9700 ± 0.0030", r"costs \$5 and \$6"]


def test_an_end_that_the_fit_does_not_know_is_not_printed(table, label):
    figure = learning_curve_figure(table.assign(asymptote_uncertainty=0.5), CLASSIFIERS, label)
    assert figure.legends[0].get_texts()[0].get_text().endswith("\nend unknown")


def test_the_program_draws_and_prints(table, sample, tmp_path, monkeypatch):
    monkeypatch.setitem(plotting.STYLE, "savefig.dpi", 20)
    write_frame(table, tmp_path / "points.feather")
    options = ["--points", tmp_path / "points.feather", "--sample", sample]
    options += ["--output", tmp_path / "figure.png", "--csv", tmp_path / "table.csv"]
    settings = json.dumps({"classifiers": CLASSIFIERS})
    plot_learning_curve.main([*map(str, options), "--settings", settings])
    assert (tmp_path / "figure.png").read_bytes().startswith(b"\x89PNG")
    with (tmp_path / "table.csv").open() as file:
        assert len(list(csv.DictReader(file))) == len(table)
