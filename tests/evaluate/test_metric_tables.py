"""Tables of metrics, calibration and confusion."""

import numpy as np
import pandas as pd
import pytest

from leptonid.evaluate.metric_tables import (
    CALIBRATION_COLUMNS,
    CONFUSION_COLUMNS,
    METRICS_COLUMNS,
    Recalibration,
    calibration_table,
    confusion_table,
    metrics_table,
)
from leptonid.metrics.scored_events import ScoredEvents, read_test_scores, sort_by_auc
from leptonid.metrics.working_points import METRICS, evaluate, metrics


@pytest.fixture
def scored(write):
    """Three classifiers, one of them with two trainings, in the wrong order."""
    aucs = {"mass": 0.7, "hl": 0.9, "et": 0.99}
    names = [*aucs, "hl"]
    paths = [write.scores(f"{i}.feather", auc=aucs[name], seed=i) for i, name in enumerate(names)]
    return sort_by_auc(read_test_scores(names, paths))


@pytest.fixture
def evaluations(scored):
    return evaluate(scored, 0.5, 50, seed=0)


def test_every_classifier_has_a_row_with_all_metrics(scored, evaluations):
    table = metrics_table(scored, evaluations, 0.5)
    assert list(table) == list(METRICS_COLUMNS)
    assert list(table["classifier"]) == ["et", "hl", "mass"]
    assert list(table["seeds"]) == [1, 2, 1]
    assert set(table["threshold"]) == {0.5}
    estimates = [metrics(scored[name], evaluations[name]) for name in table["classifier"]]
    for name in METRICS:
        for column, part in ((name, "value"), (f"{name}_test", "test"), (f"{name}_seeds", "seeds")):
            np.testing.assert_array_equal(table[column], [getattr(some[name], part) for some in estimates])
    assert np.isnan(table["rejection_50"][0])
    # The lowest score of the most signal-like half.
    assert table["reached_50"].to_list() == pytest.approx([0.5] * 3)
    assert table["reached_95"].to_list() == pytest.approx([0.95] * 3)
    mass = scored["mass"]
    cut = np.sort(mass.scores[0][mass.y == 1])[-100]
    assert table["passing_50"][2] == np.count_nonzero(mass.scores[0][mass.y == 0] >= cut)


def test_numbers_after_recalibration_stand_beside_those_before(scored, evaluations):
    mapped = {name: ScoredEvents(events.y, events.scores**2) for name, events in scored.items()}
    after = evaluate(mapped, 0.5, 50, seed=0)
    recalibration = Recalibration("temperature", mapped, after)
    table = metrics_table(scored, evaluations, 0.5, recalibration)
    expected = metrics_table(mapped, after, 0.5)
    for name in ("brier_seeds", "log_loss_test", "calibration_error"):
        np.testing.assert_array_equal(table[f"recalibrated_{name}"], expected[name])
    np.testing.assert_array_equal(table["log_loss"], metrics_table(scored, evaluations, 0.5)["log_loss"])
    bins = calibration_table(evaluations, recalibration).set_index("recalibration")
    for kind, some in (("", evaluations), ("temperature", after)):
        alone = calibration_table(some).drop(columns="recalibration")
        pd.testing.assert_frame_equal(bins.loc[kind].reset_index(drop=True), alone)


def test_confusion_matrices_add_up(scored, evaluations):
    table = confusion_table(evaluations, 0.5)
    assert list(table) == list(CONFUSION_COLUMNS)
    sums = table.groupby(["classifier", "true"])[["share", "events"]].sum()
    assert sums["share"].to_numpy() == pytest.approx(1)
    assert sums["events"].to_numpy() == pytest.approx(200)
    hl = table[(table["classifier"] == "hl") & (table["true"] == "signal") & (table["predicted"] == "signal")]
    passing = (scored["hl"].scores[:, scored["hl"].y == 1] >= 0.5).mean(axis=1)
    assert hl["share"].item() == pytest.approx(passing.mean())
    assert hl["share_seeds"].item() == pytest.approx(np.std(passing, ddof=1))


def test_calibration_covers_all_events(evaluations):
    table = calibration_table(evaluations)
    assert list(table) == list(CALIBRATION_COLUMNS)
    assert set(table.groupby("classifier")["events"].sum()) == {400}
    known = table[table["events"] > 0]
    assert known["mean_score"].between(known["low"], known["high"]).all()
