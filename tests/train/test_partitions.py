"""Other splits of all events: which events each run trains, validates and tests on."""

import numpy as np
import pytest

from leptonid.storage import SPLITS
from leptonid.train.inputs import Sample
from leptonid.train.partitions import partition


def sample(split, events, first):
    numbers = np.arange(events)
    return Sample(
        numbers,
        np.full(events, split),
        numbers % 2,
        numbers + 1.0,
        {"flat": (first + numbers)[:, None] * 1.0},
    )


SAMPLES = {"train": sample("train", 64, 0), "valid": sample("valid", 16, 64), "test": sample("test", 20, 80)}


def identities(samples):
    return {role: set(zip(each.split, each.event, strict=True)) for role, each in samples.items()}


ALL = set.union(*identities(SAMPLES).values())


def test_without_a_repetition_the_splits_are_the_files():
    assert partition(SAMPLES, None) == SAMPLES


@pytest.mark.parametrize(
    "repetition", [{"shuffle": 3, "held_out": 0.15, "seed": 0}, {"fold": 1, "folds": 5, "seed": 0}]
)
def test_every_event_has_one_role_and_keeps_its_values(repetition):
    found = partition(SAMPLES, repetition)
    assert tuple(found) == SPLITS
    roles = identities(found)
    assert set.union(*roles.values()) == ALL
    assert sum(map(len, roles.values())) == len(ALL)
    held_out = 15 if "shuffle" in repetition else 20
    assert [len(each.event) for each in found.values()] == [
        (100 - held_out) * 4 // 5, (100 - held_out) // 5, held_out,
    ]  # fmt: skip
    first = {"train": 0, "valid": 64, "test": 80}
    for each in found.values():
        starts = np.array([first[split] for split in each.split])
        np.testing.assert_array_equal(each.x["flat"][:, 0], starts + each.event)
        np.testing.assert_array_equal(each.y, each.event % 2)
        np.testing.assert_array_equal(each.weight, each.event + 1)


def test_folds_test_every_event_once():
    tests = [
        identities(partition(SAMPLES, {"fold": fold, "folds": 4, "seed": 7}))["test"] for fold in range(4)
    ]
    assert set.union(*tests) == ALL
    assert sum(map(len, tests)) == len(ALL)


def test_shuffles_differ_and_repeat_themselves():
    def test_events(number, seed=0):
        return identities(partition(SAMPLES, {"shuffle": number, "held_out": 0.15, "seed": seed}))["test"]

    assert test_events(2) == test_events(2)
    assert len({frozenset(test_events(number)) for number in range(4)} | {frozenset(test_events(0, 1))}) == 5
