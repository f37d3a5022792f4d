"""ROC curves and their figures."""

import numpy as np
import pytest

from leptonid.figures.roc import LEAST_BACKGROUND, SIGNAL_EFFICIENCY, curve, rejection_figure, roc_figure
from leptonid.figures.scores import ScoredEvents, read_test_scores
from leptonid.train import metrics


def scored(aucs, write, seeds=1, count=400):
    names = [name for name in aucs for _ in range(seeds)]
    paths = [
        write.scores(f"{name}{seed}.feather", auc=auc, seed=10 * i + seed, count=count)
        for i, (name, auc) in enumerate(aucs.items())
        for seed in range(seeds)
    ]
    return read_test_scores(names, paths)


def test_a_curve_is_the_background_efficiency_of_the_cut_with_that_signal_efficiency(write):
    events = scored({"hl": 0.9}, write, count=2000)["hl"]
    made = curve(events).mean
    signal, background = (events.scores[0][events.y == value] for value in (1, 0))
    one_event = 1 / len(signal)
    for efficiency in (0.6, 0.7, 0.8, 0.9):
        cuts = np.quantile(signal, [1 - efficiency + one_event, 1 - efficiency - one_event])
        tighter, looser = [(background >= cut).mean() for cut in cuts]
        assert tighter <= made[np.searchsorted(SIGNAL_EFFICIENCY, efficiency)] <= looser


def test_a_curve_stops_where_background_runs_out(write):
    events = scored({"et": 0.97}, write)["et"]
    made = curve(events)
    background_left = made.mean * (events.y == 0).sum()
    known = np.isfinite(background_left)
    assert 0 < known.sum() < len(known)
    assert background_left[known].min() >= LEAST_BACKGROUND
    assert known[np.argmax(known) :].all()


def test_a_perfect_score_draws_no_noise():
    y = np.tile([0, 1], 100)
    made = curve(ScoredEvents(y, y[None] * 1.0))
    assert np.isnan(made.mean[:-1]).all()


def test_a_curve_of_several_seeds_is_their_mean_between_their_extremes(write):
    events = scored({"hl": 0.85}, write, seeds=3)["hl"]
    each = [curve(ScoredEvents(events.y, score[None])).mean for score in events.scores]
    made = curve(events)
    known = np.isfinite(made.mean)
    assert known.sum() > 300
    assert made.mean[known] == pytest.approx(np.mean(each, axis=0)[known])
    assert made.low[known] == pytest.approx(np.min(each, axis=0)[known])
    assert made.high[known] == pytest.approx(np.max(each, axis=0)[known])


@pytest.mark.parametrize("figure", [roc_figure, rejection_figure])
def test_the_legend_lists_titles_and_aucs_best_first(figure, write, label):
    events = scored({"mass": 0.78, "et_and_ht": 0.97, "my_set": 0.9}, write)
    drawn = figure(events, label)
    entries = [text.get_text() for text in drawn.legends[0].get_texts()]
    assert [entry.split("  ")[1] for entry in entries] == ["ECal + HCal images", "my_set", "jet mass"]
    for entry, name in zip(entries, ["et_and_ht", "my_set", "mass"], strict=True):
        y, score = events[name].y, events[name].scores[0]
        assert entry.startswith(f"{metrics.auc(y, score):.3f} ± {metrics.auc_uncertainty(y, score):.3f} ")
    assert label in [text.get_text() for text in drawn.texts]


def test_rejection_is_one_over_the_background_efficiency(write, label):
    events = scored({"hl": 0.9}, write)
    axes = rejection_figure(events, label).axes[0]
    assert axes.get_yscale() == "log"
    line = axes.lines[0]
    np.testing.assert_allclose(line.get_ydata(), 1 / curve(events["hl"]).mean)
    assert np.array_equal(line.get_xdata(), SIGNAL_EFFICIENCY)


def test_only_several_seeds_have_a_band(write, label):
    single, several = (scored({"hl": 0.9}, write, seeds=seeds) for seeds in (1, 2))
    for figure in (roc_figure, rejection_figure):
        assert not figure(single, label).axes[0].collections
        assert figure(several, label).axes[0].collections
