"""Other splits of all events: which events a run trains, validates and tests on."""

import numpy as np
import pytest

from leptonid.study.classifiers import fewest_events, repeated_runs
from leptonid.study.paths import SPLITS
from leptonid.train.partitions import partition
from train.made_up import events_of

FIRST = {"train": 0, "valid": 64, "test": 80}


def some_events(split, count):
    """Return events whose variable, image and weight tell them apart."""
    numbers = np.arange(count)
    values = (FIRST[split] + numbers + 1.0)[:, None]
    image = np.pad(values, ((0, 0), (0, 5))).reshape(-1, 2, 3, 1)
    return events_of(numbers % 2, values, numbers + 1.0, split, tower=image)


EVENTS = {
    "train": some_events("train", 64),
    "valid": some_events("valid", 16),
    "test": some_events("test", 20),
}


def identities(events):
    return {role: set(zip(some.split, some.event, strict=True)) for role, some in events.items()}


ALL = set.union(*identities(EVENTS).values())


def test_without_a_repetition_the_splits_are_those_of_the_file():
    assert partition(EVENTS, None) == EVENTS


def test_a_part_of_the_training_events_has_their_share_of_signal():
    parts = [partition(EVENTS, {"fraction": fraction, "seed": 1}) for fraction in (0.01, 0.25, 0.5)]
    for part, count in zip(parts, (4, 16, 32), strict=True):
        assert part["valid"] == EVENTS["valid"]
        assert part["test"] == EVENTS["test"]
        assert np.bincount(part["train"].y).tolist() == [count // 2] * 2
        np.testing.assert_array_equal(part["train"].flat[:, 0], part["train"].event + 1)
    tiny, small, large = (identities(part)["train"] for part in parts)
    assert tiny < small < large < identities(EVENTS)["train"]
    other = partition(EVENTS, {"fraction": 0.25, "seed": 2})
    assert identities(other)["train"] != small


@pytest.mark.parametrize(
    "repetition", [{"shuffle": 3, "held_out": 0.15, "seed": 0}, {"fold": 1, "folds": 5, "seed": 0}]
)
def test_every_event_has_one_role_and_keeps_its_values(repetition):
    parts = partition(EVENTS, repetition)
    assert tuple(parts) == SPLITS
    roles = identities(parts)
    assert set.union(*roles.values()) == ALL
    assert sum(map(len, roles.values())) == len(ALL)
    held_out = 15 if "shuffle" in repetition else 20
    counts = [(100 - held_out) * 4 // 5, (100 - held_out) // 5, held_out]
    assert [len(part) for part in parts.values()] == counts
    for part in parts.values():
        values = np.array([FIRST[split] for split in part.split]) + part.event + 1
        np.testing.assert_array_equal(part.flat[:, 0], values)
        np.testing.assert_array_equal(part.batch()["tower"][:, 0, 0, 0], values)
        np.testing.assert_array_equal(part.y, part.event % 2)
        np.testing.assert_array_equal(part.weight, part.event + 1)


def test_folds_test_every_event_once():
    tests = [
        identities(partition(EVENTS, {"fold": fold, "folds": 4, "seed": 7}))["test"] for fold in range(4)
    ]
    assert set.union(*tests) == ALL
    assert sum(map(len, tests)) == len(ALL)


def test_shuffles_differ_and_are_reproducible():
    def test_events(number, seed=0):
        return identities(partition(EVENTS, {"shuffle": number, "held_out": 0.15, "seed": seed}))["test"]

    assert test_events(2) == test_events(2)
    assert len({frozenset(test_events(number)) for number in range(4)} | {frozenset(test_events(0, 1))}) == 5


@pytest.mark.parametrize(
    "repetitions",
    [
        {"shuffles": 3, "held_out": 0.15, "folds": 0},
        {"shuffles": 0, "held_out": 0.5, "folds": 4},
        {"shuffles": 2, "held_out": 0.02, "folds": 3},
    ],
)
def test_a_rare_class_is_in_every_part(repetitions):
    """With the fewest events that the check of a file accepts, and one of them less in some split."""
    rare = fewest_events({**repetitions, "features": ["hl"], "seed": 0})
    y = {"train": np.arange(600) < rare, "valid": np.zeros(30, int), "test": np.zeros(50, int)}
    events = {split: events_of(values.astype(int), split=split) for split, values in y.items()}
    for run in repeated_runs({**repetitions, "seed": 0}).values():
        for part in partition(events, run["repetition"]).values():
            assert set(part.y) == {0, 1}


def test_without_repetitions_one_event_of_a_class_is_enough():
    unused = {"shuffles": 4, "held_out": 0.15, "folds": 0, "features": []}
    assert fewest_events(unused) == fewest_events({**unused, "features": ["hl"], "shuffles": 0}) == 1
    # Seven: 0.15 of them, one, are held out, and a fifth of the other five or six is one.
    assert fewest_events({**unused, "features": ["hl"]}) == 7
