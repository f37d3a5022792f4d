"""Other splits of all events: which events a run trains, validates and tests on."""

import h5py
import numpy as np
import pytest

from layouts import ROOT
from leptonid.data.independence import check_independence
from leptonid.study.classifiers import fewest_chunks, fewest_events, repeated_runs
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


def test_a_bootstrap_draws_training_and_validation_events_of_each_class_with_replacement():
    parts = [partition(EVENTS, {"bootstrap": number, "seed": 0}) for number in (0, 1, 1)]
    for part in parts:
        assert part["test"] == EVENTS["test"]
        for split in ("train", "valid"):
            some = part[split]
            assert set(some.split) == {split}
            np.testing.assert_array_equal(np.bincount(some.y), np.bincount(EVENTS[split].y))
            np.testing.assert_array_equal(some.flat[:, 0], FIRST[split] + some.event + 1)
        # About 1 / e of the events are not drawn.
        assert 0.5 < len(set(part["train"].event)) / 64 < 0.75
    first, second, again = (part["train"].event.tolist() for part in parts)
    assert first != second
    assert second == again
    # Every event has the same chance.
    counts = sum(
        np.bincount(partition(EVENTS, {"bootstrap": number, "seed": 0})["train"].event, minlength=64)
        for number in range(300)
    )
    assert abs(counts - 300).max() < 5 * np.sqrt(300)


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
    for run in repeated_runs({**repetitions, "bootstraps": 0, "seed": 0}).values():
        for part in partition(events, run["repetition"]).values():
            assert set(part.y) == {0, 1}


def test_without_repetitions_one_event_of_a_class_is_enough():
    unused = {"shuffles": 4, "held_out": 0.15, "folds": 0, "features": []}
    assert fewest_events(unused) == fewest_events({**unused, "features": ["hl"], "shuffles": 0}) == 1
    # Seven: 0.15 of them, one, are held out, and a fifth of the other five or six is one.
    assert fewest_events({**unused, "features": ["hl"]}) == 7


SHUFFLE, FOLD = {"shuffle": 3, "held_out": 0.15, "seed": 0}, {"fold": 1, "folds": 5, "seed": 0}
# Ten events each; the numbers are those of the split's own, and differ between splits.
CHUNKS = {split: FIRST[split] + events.event // 10 for split, events in EVENTS.items()}


def chunk_of(events):
    """Return the chunk of each event of a part."""
    return np.array([CHUNKS[split][event] for split, event in zip(events.split, events.event, strict=True)])


@pytest.mark.parametrize("repetition", [SHUFFLE, FOLD])
def test_chunks_stay_together(repetition):
    parts = partition(EVENTS, repetition, CHUNKS)
    roles = identities(parts)
    assert set.union(*roles.values()) == ALL
    assert sum(map(len, roles.values())) == len(ALL)
    chunks = [set(chunk_of(part)) for part in parts.values()]
    # Seven, two and two: of 64, 16 and 20 events, the last of each split has fewer.
    assert sum(map(len, chunks)) == len(set.union(*chunks)) == 11
    for split, share in zip(
        ("valid", "test"), (0.85 / 5, 0.15) if repetition == SHUFFLE else (0.16, 0.2), strict=True
    ):
        assert len(parts[split]) == pytest.approx(share * len(ALL), abs=6)


def test_folds_of_chunks_test_every_event_once_and_shuffles_differ():
    tests = [
        identities(partition(EVENTS, {"fold": fold, "folds": 4, "seed": 7}, CHUNKS))["test"]
        for fold in range(4)
    ]
    assert set.union(*tests) == ALL
    assert sum(map(len, tests)) == len(ALL)
    shuffles = [partition(EVENTS, {**SHUFFLE, "shuffle": number}, CHUNKS)["test"] for number in (0, 1, 1)]
    first, second, again = (set(chunk_of(part)) for part in shuffles)
    assert first != second == again


@pytest.mark.parametrize(
    "repetitions",
    [
        {"shuffles": 5, "folds": 0},
        {"shuffles": 0, "folds": 2},
        {"shuffles": 2, "folds": 3},
        {"shuffles": 0, "folds": 7},
    ],
)
@pytest.mark.parametrize("mixed", [True, False])
def test_every_part_has_both_classes_with_the_fewest_chunks(repetitions, mixed):
    """Whether chunks have both classes, or one each; and not with one chunk less."""
    repetitions = {**repetitions, "features": ["hl"], "held_out": 0.15, "seed": 0}

    def are_complete(count):
        y = np.tile([0, 1], 6 * count) if mixed else np.repeat([0, 1], 6 * count)
        chunk = np.arange(len(y)) * (count if mixed else 2 * count) // len(y)
        events = dict.fromkeys(SPLITS, events_of([])) | {"train": events_of(y)}
        chunks = dict.fromkeys(SPLITS, np.empty(0, int)) | {"train": chunk}
        runs = repeated_runs({**repetitions, "bootstraps": 0}).values()
        parts = [partition(events, run["repetition"], chunks) for run in runs]
        return all(set(part.y) == {0, 1} for roles in parts for part in roles.values())

    fewest = fewest_chunks(repetitions)
    assert are_complete(fewest)
    assert not are_complete(fewest - 1)


def test_without_repetitions_one_chunk_is_enough():
    unused = {"shuffles": 4, "held_out": 0.15, "folds": 9, "features": []}
    assert fewest_chunks(unused) == 1
    assert fewest_chunks({**unused, "features": ["hl"], "shuffles": 0, "folds": 0}) == 1


def test_a_part_of_the_training_events_takes_chunk_after_chunk():
    parts = [partition(EVENTS, {"fraction": share, "seed": 1}, CHUNKS) for share in (0.25, 0.5, 0.75)]
    small, middle, large = (identities(part)["train"] for part in parts)
    assert small < middle < large
    for part, events in zip(parts, (16, 32, 48), strict=True):
        assert part["valid"] == EVENTS["valid"]
        assert np.bincount(part["train"].y).tolist() == [events // 2] * 2
        sizes = np.bincount(chunk_of(part["train"]))
        whole = np.bincount(CHUNKS["train"])
        assert np.count_nonzero(sizes[sizes > 0] < whole[: len(sizes)][sizes > 0]) <= 1


def test_random_splits_of_the_shipped_sample_are_independent():
    """A histogram of the signal's share in (pT, |eta|) of train; below 1/2 where events are drawn singly."""
    with h5py.File(ROOT / "resources/electrons/sample.h5") as file:
        sample = {
            split: events_of(
                file["y"][split][:],
                np.column_stack([file[name][split] for name in ("pt", "eta")]),
                split=split,
            )
            for split in SPLITS
        }
        chunks = {split: file["chunk"][split][:] for split in SPLITS}

    def aucs(chunks, shuffles):
        found = []
        for number in range(shuffles):
            parts = partition(sample, {"shuffle": number, "held_out": 0.15, "seed": 0}, chunks)
            columns = {
                split: {"y": part.y, "weight": part.weight, "pt": part.flat[:, 0], "eta": part.flat[:, 1]}
                for split, part in parts.items()
            }
            found.append([value.auc for value in check_independence(columns).separations.values()])
        return np.array(found)

    independent = aucs(chunks, 40)
    errors = independent.std(axis=0, ddof=1) / np.sqrt(len(independent))
    assert (np.abs(independent.mean(axis=0) - 0.5) < 3 * errors).all()
    assert (errors < 0.002).all()
    assert (aucs(None, 4).mean(axis=0) < 0.48).all()
