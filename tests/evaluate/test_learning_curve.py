"""The AUC against the number of training events, and its asymptote."""

import json

import numpy as np
import pandas as pd
import pytest

from evaluate import evaluate_learning_curve
from leptonid.evaluate.learning_curve import COLUMNS, learning_curve_table, power_law
from leptonid.metrics.auc import auc, mean_auc_covariance
from leptonid.metrics.scored_events import ScoredEvents

FRACTIONS = np.array([0.05, 0.1, 0.2, 0.4, 0.7, 1])
TRUE = 0.97, 0.01, 0.6


def law(asymptote, missing, exponent):
    return asymptote - missing * FRACTIONS**-exponent


def test_a_power_law_is_found_without_noise():
    fit = power_law(FRACTIONS, law(*TRUE), 1e-8 * np.eye(6), np.full(6, 1e-6))
    assert fit[::2] == pytest.approx(TRUE, rel=1e-3)


@pytest.mark.parametrize("known", [True, False], ids=["seeds", "one seed"])
def test_uncertainties_cover_the_truth(known):
    """Test events shift all points together, trainings each point."""
    rng = np.random.default_rng(0)
    test, scatter = np.full((6, 6), 0.001**2), np.full(6, 0.0004)
    fits = np.array(
        [
            power_law(
                FRACTIONS,
                law(*TRUE) + rng.normal(0, 0.001) + rng.normal(0, scatter),
                test + 1e-12 * np.eye(6),
                scatter if known else None,
            )
            for _ in range(200)
        ]
    )
    for place, truth in enumerate(TRUE):
        covered = np.abs(fits[:, 2 * place] - truth) < fits[:, 2 * place + 1]
        # The scatter of six points around three parameters is poorly known.
        assert 0.6 if known else 0.5 < covered.mean() < 0.76, place
    # What is common to all points does not blur what is missing.
    assert np.median(fits[:, 1]) > 0.001 > np.median(fits[:, 3])


@pytest.mark.parametrize("points", [1, 3])
def test_too_few_points_have_no_fit(points):
    assert np.isnan(power_law(FRACTIONS[:points], law(*TRUE)[:points], np.eye(points), None)).all()


def test_points_are_means_over_seeds_of_the_same_test_events():
    rng = np.random.default_rng(0)
    y = np.tile([0, 1], 300)
    curve = {
        fraction: ScoredEvents(y, rng.normal((1 + fraction) * y, size=(2, 600))) for fraction in (0.5, 1.0)
    }
    table = learning_curve_table({"hl": curve}, {"hl": {0.5: 100, 1.0: 200}})
    assert list(table) == list(COLUMNS)
    assert table["training_events"].tolist() == [100, 200]
    for row in table.itertuples():
        scores = curve[row.fraction].scores
        aucs = [auc(y, score) for score in scores]
        assert row.auc == pytest.approx(np.mean(aucs))
        assert row.auc_seeds == pytest.approx(np.std(aucs, ddof=1))
        assert row.auc_test == pytest.approx(np.sqrt(mean_auc_covariance(y, [scores])[0, 0]))
    assert table["asymptote"].isna().all()


def test_the_program_counts_the_training_events_of_each_point(write, tmp_path):
    trainings = [["hl", fraction] for fraction in (0.25, 0.5, 0.75, 1.0)]
    role = np.repeat(["train", "valid", "test"], 400)
    scores = []
    for number, (_, fraction) in enumerate(trainings):
        own = role.copy()
        own[int(400 * fraction) : 400] = "other"
        scores.append(write.scores(f"{number}.feather", auc=0.95 - 0.02 / fraction, seed=1, role=own))
    settings = {"trainings": trainings, "negative_weights": "refuse"}
    options = ["--scores", *scores, "--output", str(tmp_path / "out.feather")]
    evaluate_learning_curve.main([*options, "--settings", json.dumps(settings)])
    table = pd.read_feather(tmp_path / "out.feather")
    assert table["training_events"].tolist() == [100, 200, 300, 400]
    assert table["auc"].is_monotonic_increasing
    assert table["auc"].iloc[-1] < table["asymptote"][0] < 1
    assert not table["weighted"].any()
