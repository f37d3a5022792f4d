"""ROC curves, their uncertainties and their ratios."""

import numpy as np
import pytest
from sklearn.metrics import average_precision_score, precision_recall_curve, roc_curve

from leptonid.metrics import bootstrap
from leptonid.metrics.curves import LEAST_BACKGROUND, SIGNAL_EFFICIENCY, Cuts, curves, relative_rejection
from leptonid.metrics.scored_events import ScoredEvents, read_test_scores


def scored(aucs, write, seeds=1, count=400):
    names = [name for name in aucs for _ in range(seeds)]
    paths = [
        write.scores(f"{name}{seed}.feather", auc=auc, seed=10 * i + seed, count=count)
        for i, (name, auc) in enumerate(aucs.items())
        for seed in range(seeds)
    ]
    return read_test_scores(names, paths)


def curve(events, bootstraps=2):
    return curves({"hl": events}, bootstraps, seed=0)["hl"]


def at(efficiency):
    return np.searchsorted(SIGNAL_EFFICIENCY, efficiency - 1e-9)


def test_a_curve_is_the_background_efficiency_of_the_cut_with_that_signal_efficiency(write):
    events = scored({"hl": 0.9}, write, count=2000)["hl"]
    made = curve(events).mean
    signal, background = (events.scores[0][events.y == value] for value in (1, 0))
    for efficiency in (0.6, 0.7, 0.8005, 0.9):
        kept = int(np.ceil(efficiency * len(signal) - 1e-9))
        cut = np.sort(signal)[-kept]
        expected = (background >= cut).mean()
        assert Cuts.of(events.y, events.scores[0]).background_left(
            np.ones(2000, int), np.array([efficiency])
        ) == pytest.approx(expected * len(background))
        if efficiency in SIGNAL_EFFICIENCY:
            assert made[at(efficiency)] == pytest.approx(expected)


def test_a_cut_between_ties_says_what_the_next_threshold_keeps():
    # Three of four signal events share a score: 40 % is no cut's efficiency.
    y, score = np.array([1, 1, 1, 1, 0, 0]), np.array([0.9, 0.2, 0.2, 0.2, 0.2, 0.1])
    cuts = Cuts.of(y, score)
    assert cuts.reached(np.ones(6, int), np.array([0.2, 0.25, 0.4, 1])) == pytest.approx([0.25, 0.25, 1, 1])
    assert cuts.background_left(np.ones(6, int), np.array([0.4]))[0] == pytest.approx(0.2, abs=1e-5)
    weight = np.array([1, 1, 1, 2, 1, 1.0])
    assert cuts.reached(weight, np.array([0.2, 0.21])) == pytest.approx([0.2, 1])


@pytest.mark.parametrize("decimals", [None, 1])
def test_the_efficiency_reached_is_that_of_a_threshold_of_scikit_learn(decimals):
    events = weighted_events(decimals=decimals)
    _, signal, _ = roc_curve(events.y, events.scores[0], sample_weight=events.weight, drop_intermediate=False)
    expected = signal[np.searchsorted(signal, SIGNAL_EFFICIENCY[1:] - 1e-9)]
    np.testing.assert_allclose(curve(events).reached[1:], expected, rtol=1e-9)


@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize("decimals", [None, 1])
def test_precision_at_thresholds_is_that_of_scikit_learn(weighted, decimals):
    events = weighted_events(count=4000, decimals=decimals)
    weight = events.weight if weighted else np.ones(4000)
    # Fewer signal events, so that the class ratio matters.
    kept = (events.y == 0) | (np.arange(4000) % 3 == 0)
    y, score, weight = events.y[kept], events.scores[0][kept], weight[kept]
    made = curve(ScoredEvents(y, score[None], weight))
    precision, recall, _ = precision_recall_curve(y, score, sample_weight=weight)
    # Where a threshold has nearly the efficiency of a point.
    place = np.searchsorted(-recall, -SIGNAL_EFFICIENCY, side="right") - 1
    near = (np.abs(recall[place] - SIGNAL_EFFICIENCY) < 2e-4) & (SIGNAL_EFFICIENCY > 0.05)
    assert near.sum() > (10 if decimals else 100)
    np.testing.assert_allclose(made.precision[near], precision[place][near], rtol=5e-3)
    assert made.signal_share == pytest.approx(weight[y == 1].sum() / weight.sum())
    if decimals is None:
        expected = average_precision_score(y, score, sample_weight=weight)
        assert made.average_precision == pytest.approx(expected, abs=1e-3)


def test_precision_between_two_thresholds_is_that_of_a_random_choice():
    # A fifth of the events at random: the share of signal stays.
    y = np.tile([1, 0, 0], 100)
    made = curve(ScoredEvents(y, np.zeros((1, 300))))
    assert made.precision[1:] == pytest.approx(1 / 3, rel=1e-4)
    assert made.average_precision == pytest.approx(1 / 3, rel=1e-4)
    assert np.isnan(made.precision[0])


def test_the_uncertainty_of_precision_covers_the_scatter_of_samples_and_trainings():
    share = 1 / 3
    drawn = []
    for seed in range(60):
        rng = np.random.default_rng(seed)
        y = np.tile([1, 0, 0], 300)
        drawn.append(curve(ScoredEvents(y, rng.normal(1.5 * y)[None]), bootstraps=60))
    for name, place in (("precision", at(0.8)), ("average_precision", ())):
        values = [np.asarray(getattr(made, name))[place] for made in drawn]
        errors = [np.asarray(getattr(made, f"{name}_uncertainty"))[place] for made in drawn]
        assert np.median(errors) == pytest.approx(np.std(values, ddof=1), rel=0.3)
    y = np.tile([1, 0, 0], 300)
    trainings = np.random.default_rng(0).normal(1.5 * y, size=(2, 900))
    single = [curve(ScoredEvents(y, score[None])).precision for score in trainings]
    both = curve(ScoredEvents(y, trainings))
    assert both.precision[1:] == pytest.approx(np.mean(single, axis=0)[1:])
    assert (both.precision_uncertainty[1:] >= np.std(single, axis=0, ddof=1)[1:]).all()
    assert both.signal_share == pytest.approx(share)


def weighted_events(seed=0, count=1000, decimals=None, negative=0.0):
    """Events whose weights depend on the score."""
    rng = np.random.default_rng(seed)
    y = np.tile([0, 1], count // 2)
    score = rng.normal(1.5 * y)
    weight = np.exp(-score / 2) * rng.uniform(0.5, 1.5, count)
    weight *= np.where(rng.uniform(size=count) < negative, -1, 1)
    return ScoredEvents(y, (score if decimals is None else score.round(decimals))[None], weight)


def test_a_weighted_curve_is_that_of_scikit_learn():
    events = weighted_events()
    background, signal, _ = roc_curve(
        events.y, events.scores[0], sample_weight=events.weight, drop_intermediate=False
    )
    made = curve(events).mean
    known = np.isfinite(made)
    assert known.sum() > 700
    expected = background[np.searchsorted(signal, SIGNAL_EFFICIENCY - 1e-9)]
    np.testing.assert_allclose(made[known], expected[known], rtol=1e-9)


@pytest.mark.parametrize("decimals", [None, 1])
def test_weights_of_whole_numbers_are_as_so_many_events(decimals):
    events = weighted_events(decimals=decimals)
    weight = np.random.default_rng(1).integers(0, 4, len(events.y))
    weighted = curve(ScoredEvents(events.y, events.scores, weight)).mean
    repeated = curve(ScoredEvents(np.repeat(events.y, weight), np.repeat(events.scores, weight, axis=1))).mean
    both = np.isfinite(weighted) & np.isfinite(repeated)
    assert both.sum() > 600
    np.testing.assert_allclose(weighted[both], repeated[both], rtol=1e-5)


@pytest.mark.parametrize("decimals", [None, 1])
def test_with_negative_weights_a_cut_is_the_tightest_that_reaches_the_efficiency(decimals):
    events = weighted_events(decimals=decimals, negative=0.2)
    y, (score,), weight = events.y, events.scores, events.weight
    cuts = np.unique(score)[::-1]
    signal, background = (
        np.append(0, [weight[(y == value) & (score >= cut)].sum() for cut in cuts]) for value in (1, 0)
    )
    efficiencies = np.array([0.2, 0.5, 0.8, 0.95])
    left = Cuts.of(y, score).background_left(weight, efficiencies)
    for efficiency, found in zip(efficiencies, left, strict=True):
        kept = efficiency * signal[-1]
        place = np.argmax(signal >= kept)
        share = (kept - signal[place - 1]) / (signal[place] - signal[place - 1])
        expected = background[place - 1] + share * (background[place] - background[place - 1])
        assert found == pytest.approx(expected, abs=1e-4)


def test_a_weighted_curve_stops_where_few_effective_background_events_are_left():
    events = weighted_events()
    cuts, all_events = Cuts.of(events.y, events.scores[0]), np.ones(len(events.y), int)
    left = cuts.background_left(all_events, SIGNAL_EFFICIENCY)
    np.testing.assert_allclose(cuts.effective_left(all_events, SIGNAL_EFFICIENCY), left, rtol=1e-12)
    effective = cuts.effective_left(events.weight, SIGNAL_EFFICIENCY)
    signal = events.y == 1
    cut = np.quantile(events.scores[0][signal], 0.7, weights=events.weight[signal], method="inverted_cdf")
    passing = events.weight[~signal & (events.scores[0] >= cut)]
    expected = passing.sum() ** 2 / (passing**2).sum()
    assert effective[at(0.3)] == pytest.approx(expected, rel=0.02)
    assert np.array_equal(np.isfinite(curve(events).mean), effective >= LEAST_BACKGROUND)


def test_a_constant_score_gives_the_diagonal():
    y = np.tile([0, 1], 500)
    made = curve(ScoredEvents(y, np.full((1, 1000), 0.5))).mean
    known = np.isfinite(made)
    assert known.sum() > 950
    np.testing.assert_allclose(made[known], SIGNAL_EFFICIENCY[known], atol=1e-6)


def test_events_with_equal_scores_pass_in_equal_proportions():
    y = np.array([1, 1, 0, 1, 1, 0, 0, 0])
    score = np.array([0.9, 0.5, 0.5, 0.5, 0.1, 0.1, 0.7, 0.0])
    cuts = Cuts.of(y, score)
    left = cuts.background_left(np.ones(8, int), np.array([0.25, 0.5, 0.75, 1]))
    np.testing.assert_allclose(left, [0, 1.5, 2, 3], atol=1e-5)
    weights = np.array([1, 0, 3, 3, 0, 1, 0, 0])
    left = cuts.background_left(weights, np.array([0.25, 0.5, 0.75, 1]))
    np.testing.assert_allclose(left, [0, 1, 2, 3], atol=1e-5)


def test_a_curve_stops_where_background_runs_out(write):
    events = scored({"et": 0.97}, write)["et"]
    background_left = curve(events).mean * (events.y == 0).sum()
    known = np.isfinite(background_left)
    assert 0 < known.sum() < len(known)
    assert background_left[known].min() >= LEAST_BACKGROUND
    assert known[np.argmax(known) :].all()


def test_a_perfect_score_has_no_curve():
    y = np.tile([0, 1], 100)
    assert np.isnan(curve(ScoredEvents(y, y[None] * 1.0)).mean[:-1]).all()


def test_a_curve_of_several_seeds_is_their_mean_with_their_relative_deviation(write):
    events = scored({"hl": 0.85}, write, seeds=3)["hl"]
    single = [curve(ScoredEvents(events.y, score[None])).mean for score in events.scores]
    made = curve(events)
    known = np.isfinite(made.mean)
    assert known.sum() > 300
    assert made.mean[known] == pytest.approx(np.mean(single, axis=0)[known])
    deviation = np.std(single, axis=0, ddof=1) / np.mean(single, axis=0)
    assert made.seeds[known] == pytest.approx(deviation[known])
    test = np.std(made.deviations, axis=0, ddof=1)
    assert made.uncertainty()[known] == pytest.approx(np.sqrt(test**2 + deviation**2)[known])


@pytest.mark.parametrize("weighted", [False, True])
def test_the_uncertainty_covers_the_scatter_of_independent_samples(weighted):
    """At 80 % signal efficiency, in 60 samples of the same classifier."""
    drawn = [weighted_events(seed) for seed in range(60)]
    samples = [
        curve(events if weighted else ScoredEvents(events.y, events.scores), bootstraps=60)
        for events in drawn
    ]
    place = at(0.8)
    scatter = np.std([np.log(sample.mean[place]) for sample in samples], ddof=1)
    assert np.median([sample.uncertainty()[place] for sample in samples]) == pytest.approx(scatter, rel=0.3)


def test_the_same_seed_draws_the_same_samples(write):
    events = scored({"hl": 0.9, "et": 0.95}, write)
    first, again, other = (curves(events, 20, seed)["et"].deviations for seed in (0, 0, 1))
    assert np.array_equal(first, again, equal_nan=True)
    assert not np.array_equal(first, other, equal_nan=True)


def test_the_uncertainty_of_a_ratio_is_paired():
    rng = np.random.default_rng(0)
    y = np.tile([0, 1], 2000)
    common = rng.normal(1.5 * y)
    events = {
        "hl": ScoredEvents(y, common[None]),
        "twin": ScoredEvents(y, 2 * common[None]),
        "like": ScoredEvents(y, common[None] + 0.1 * rng.normal(size=4000)),
        "apart": ScoredEvents(y, rng.normal(1.5 * y)[None]),
    }
    made = curves(events, 100, seed=0)
    place = at(0.7)
    ratio, uncertainty = relative_rejection(made["twin"], made["hl"])
    assert ratio[place] == 1
    assert uncertainty[place] == 0
    like, apart = (relative_rejection(made[name], made["hl"])[1][place] for name in ("like", "apart"))
    unpaired = np.hypot(made["like"].uncertainty(), made["hl"].uncertainty())[place]
    assert like < 0.6 * unpaired < 0.8 * apart
    ratio, _ = relative_rejection(made["apart"], made["hl"])
    assert ratio[place] == made["hl"].mean[place] / made["apart"].mean[place]


def test_the_seeds_of_both_curves_are_in_their_ratio(write):
    made = curves(scored({"hl": 0.85, "et": 0.9}, write, seeds=3), 20, seed=0)
    _, uncertainty = relative_rejection(made["et"], made["hl"])
    least = np.hypot(made["et"].seeds, made["hl"].seeds)
    known = np.isfinite(uncertainty)
    assert known.sum() > 100
    assert (uncertainty[known] > least[known]).all()


def test_groups_of_classifiers_of_any_size_give_the_same_curves(write, monkeypatch):
    events = scored({"hl": 0.85, "et": 0.9, "ht": 0.8}, write, seeds=2)
    whole = curves(events, 20, seed=0)
    monkeypatch.setattr(bootstrap, "GROUP_BYTES", 1)
    parts = curves(events, 20, seed=0)
    assert list(parts) == list(whole)
    for name, curve in whole.items():
        for field, values in vars(curve).items():
            np.testing.assert_array_equal(values, getattr(parts[name], field))
