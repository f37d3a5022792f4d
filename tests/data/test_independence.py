"""Whether the splits of a sample are independent, as far as their kinematics tell."""

import re

import numpy as np
import pytest

from leptonid.data.independence import BINS, check_independence
from leptonid.metrics.auc import auc
from leptonid.study.layout import KINEMATICS
from leptonid.study.paths import SPLITS


def random_splits(rng, sizes=(4000, 1000, 1500), shift=0.0):
    """Return splits of independent events: falling pT, `shift` higher for signal, flat eta, and weights."""
    splits = {}
    for split, size in zip(SPLITS, sizes, strict=True):
        y = rng.integers(0, 2, size)
        pt = 10 + rng.exponential(5 + shift * y, size)
        splits[split] = {
            "y": y,
            "weight": rng.exponential(1, size),
            "pt": pt,
            "eta": rng.uniform(-2, 2, size),
        }
    return splits


def matched_before_they_are_split(rng, events=6500):
    """Return splits of a sample whose signal has the counts of the background in bins of pT and |eta|."""
    pt, eta = 10 + rng.exponential(5, events), rng.uniform(-2, 2, events)
    y = np.repeat([0, 1], events)
    # Within bins of 0.5 GeV and 0.4, which the signal's own values share.
    columns = {
        "y": y,
        "weight": np.ones(2 * events),
        "pt": np.tile(0.5 * np.floor(2 * pt), 2) + rng.uniform(0, 0.5, 2 * events),
        "eta": np.tile(0.4 * np.floor(eta / 0.4), 2) + rng.uniform(0, 0.4, 2 * events),
    }
    order = rng.permutation(2 * events)
    parts = np.split(order, [8000, 10_000])
    return {
        split: {name: values[part] for name, values in columns.items()}
        for split, part in zip(SPLITS, parts, strict=True)
    }


def test_all_kinematics_have_bins():
    assert tuple(BINS) == KINEMATICS


def test_aucs_are_those_of_the_signals_share_in_bins_of_round_widths():
    rng = np.random.default_rng(1)
    splits = random_splits(rng, shift=2.0)
    for columns in splits.values():
        columns |= {"weight": np.ones(len(columns["y"])), "pt": np.minimum(columns["pt"], 30)}
    found = check_independence(splits)

    def bins(columns):
        # (30 - 10) / 40 and 2 / 10, to one digit.
        row, column = np.floor(columns["pt"] / 0.5).clip(20, 59), np.floor(np.abs(columns["eta"]) / 0.2)
        return list(zip(row, column, strict=True))

    train = splits["train"]
    counts = {0: {}, 1: {}}
    for place, label in zip(bins(train), train["y"], strict=True):
        counts[label][place] = counts[label].get(place, 0) + 1
    total = {label: sum(of_class.values()) for label, of_class in counts.items()}

    def share(place):
        signal, background = (counts[label].get(place, 0) / total[label] for label in (1, 0))
        return signal / (signal + background) if signal + background else 0.5

    for split in ("valid", "test"):
        score = np.round([share(place) for place in bins(splits[split])], 9)
        assert found.separations[split].auc == pytest.approx(auc(splits[split]["y"], score), abs=1e-12)
    assert not found.is_chance
    assert found.warning() is None
    assert "above 1/2, as the spectra of the classes differ" in found.note()


def test_independent_splits_have_aucs_of_one_half_within_their_deviations():
    """With weights, whose squares count in the deviation."""
    rng = np.random.default_rng(2)
    pulls = [
        separation.significance
        for _ in range(300)
        for separation in check_independence(random_splits(rng, (1000, 300, 300))).separations.values()
    ]
    assert abs(np.mean(pulls)) < 4 / np.sqrt(len(pulls))
    assert np.std(pulls) == pytest.approx(1, abs=0.1)


def test_matching_before_splitting_is_found_and_matching_within_splits_is_not():
    rng = np.random.default_rng(3)
    found = check_independence(matched_before_they_are_split(rng))
    assert max(value.significance for value in found.separations.values()) < -3
    assert re.match(r"splits not independent: AUC of \(pt, \|eta\|\) 0\.4", found.warning())
    assert "below 1/2" in found.note()
    one_each = zip(SPLITS, (matched_before_they_are_split(rng) for _ in SPLITS), strict=True)
    found = check_independence({split: splits[split] for split, splits in one_each})
    assert found.is_chance
    assert min(value.deviation for value in found.separations.values()) > 0.004
    assert found.warning() is None
    assert "1/2 within 3 standard deviations" in found.note()


def test_weights_that_match_the_spectra_leave_nothing():
    """Signal of which there are fewer events above 15 GeV, but heavier ones."""
    rng = np.random.default_rng(4)
    splits = random_splits(rng)
    for split, columns in splits.items():
        rare = (columns["y"] == 1) & (columns["pt"] > 15)
        kept = ~rare | (rng.random(len(rare)) < 0.25)
        splits[split] = {name: values[kept] for name, values in columns.items()} | {
            "weight": np.where(rare, 4.0, 1.0)[kept]
        }
    assert check_independence(splits).is_chance
    unweighted = {
        split: columns | {"weight": np.ones(len(columns["y"]))} for split, columns in splits.items()
    }
    assert not check_independence(unweighted).is_chance


def test_without_kinematics_nothing_is_checked():
    splits = {split: {"y": np.array([0, 1]), "weight": np.ones(2)} for split in SPLITS}
    found = check_independence(splits)
    assert found.note() == "Independence of the splits: not checked, as the sample has neither pt nor eta"
    assert found.is_chance
    assert found.warning() is None


@pytest.mark.parametrize("names", [("pt",), ("eta",), ("pt", "eta")])
def test_few_events_and_constant_kinematics_say_nothing(names):
    splits = {
        split: {"y": np.array([0, 1, 1]), "weight": np.ones(3), **{name: np.full(3, 7.0) for name in names}}
        for split in SPLITS
    }
    found = check_independence(splits)
    assert found.is_chance
    assert {value.auc for value in found.separations.values()} == {0.5}
