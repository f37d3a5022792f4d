"""The sample that ships: what its record says, and a task worth doing."""

import hashlib
import json
from pathlib import Path

import h5py
import numpy as np
import pytest

from layouts import ELECTRONS
from leptonid.data.checks import check_events
from leptonid.data.independence import check_independence
from leptonid.data.matching import quotas
from leptonid.data.simulation.chunks import Settings, seed_sequence
from leptonid.data.simulation.merging import chunk_numbers
from leptonid.metrics.auc import auc
from leptonid.study.paths import SPLITS

RESOURCES = Path(__file__).parents[2] / "resources/electrons"
SAMPLE = RESOURCES / "sample.h5"
RECORD = json.loads((RESOURCES / "sample.json").read_text())


@pytest.fixture(scope="module")
def sample():
    with h5py.File(SAMPLE) as file:
        yield file


def test_it_is_the_file_of_its_record(sample):
    assert hashlib.sha256(SAMPLE.read_bytes()).hexdigest() == RECORD["sha256"]
    assert {split: len(sample["y"][split]) for split in SPLITS} == RECORD["events"]
    assert json.loads(sample.attrs["settings"]) == RECORD["settings"]
    assert SAMPLE.stat().st_size < 8e6


def test_it_is_accepted_and_the_pixels_of_a_tower_are_equal():
    findings = check_events(SAMPLE, ELECTRONS.contents, dict.fromkeys(["et", "ht"], "efp.calorimeters"))
    assert findings.uniform == {"ht": True}
    assert findings.negative == {"et": 0, "ht": 0}


def test_it_says_that_it_is_a_stand_in(sample):
    assert "stand-in" in sample.attrs["label"]


def test_it_is_balanced(sample):
    for split in SPLITS:
        assert sample["y"][split][:].mean() == 0.5


def test_pt_and_eta_alone_do_not_separate(sample):
    y = np.concatenate([sample["y"][split] for split in SPLITS])
    for name in ("pt", "eta"):
        values = np.concatenate([sample[name][split] for split in SPLITS])
        for score in (values, np.abs(values)):
            assert 0.48 < auc(y, score) < 0.52, name


def test_its_splits_are_independent(sample):
    names = ("y", "weight", "pt", "eta")
    found = check_independence({split: {name: sample[name][split][:] for name in names} for split in SPLITS})
    for split in ("valid", "test"):
        assert abs(found.separations[split].significance) < 2
        # A statement: not all events lie in bins without a difference.
        assert found.separations[split].deviation > 0.008


def test_its_chunks_are_those_in_which_it_was_matched(sample):
    """Recovered from the order of the events: in each of them, signal has the counts of the background."""
    settings = Settings.from_settings(RECORD["settings"])
    numbers = chunk_numbers({split: settings.events_in(split) for split in SPLITS})
    for split in SPLITS:
        rng = np.random.default_rng(seed_sequence(settings.seed, "shuffle", split))
        np.testing.assert_array_equal(sample["chunk"][split], rng.permutation(numbers[split]))
        chunk, y, pt, eta = (sample[name][split][:] for name in ("chunk", "y", "pt", "eta"))
        for number in np.unique(chunk):
            of_class = [(chunk == number) & (y == label) for label in (0, 1)]
            np.testing.assert_array_equal(*(quotas(pt[rows], eta[rows]) for rows in of_class))


def test_no_event_comes_twice(sample):
    """Images alone can agree by chance, where two cells hold all; with eta they do not."""
    events = set()
    for split in SPLITS:
        for image, eta in zip(sample["et"][split][:], sample["eta"][split][:], strict=True):
            events.add((image.tobytes(), float(eta)))
    assert len(events) == sum(RECORD["events"].values())
