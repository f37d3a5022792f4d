"""How many events a study has, as planning counts them."""

import h5py
import numpy as np
import pytest

from events import count_events
from leptonid.data.simulation.chunks import Settings
from leptonid.study.chunks import number_of_chunks, number_of_parts, simulated_events
from leptonid.study.paths import SPLITS
from leptonid.study.sources import files_by_split

FILE = {"source": "file"}


@pytest.mark.parametrize("events", [20, 50, 1002, 20_000])
def test_the_splits_of_a_simulation_are_those_that_it_makes(events):
    settings = Settings.from_settings({"events": events, "chunk": 20})
    made = {split: sum(settings.events_in(split)) for split in SPLITS}
    assert simulated_events(events) == made
    assert sum(made.values()) == events
    assert not any(count % 2 for count in made.values())
    for source in ("simulation", "delphes"):
        data = {"source": source, source: {"events": events}}
        assert count_events(data, files_by_split("missing.h5"), "y") == simulated_events(events)


def test_a_delphes_file_has_a_part_for_every_gigabyte(tmp_path):
    path = tmp_path / "events.root"
    assert number_of_parts(str(path), None) == 1
    with open(path, "wb") as file:
        file.truncate(2_000_000_001)
    assert number_of_parts(str(path), None) == 3
    assert number_of_parts(str(path), 7) == 7


def test_the_events_of_files_are_counted_from_their_labels(events_file, tmp_path):
    one = {"train": 40, "valid": 16, "test": 24}
    assert count_events(FILE, files_by_split(str(events_file)), "y") == one
    more = tmp_path / "more.h5"
    with h5py.File(more, "w") as file:
        file["y/train"] = np.zeros(3)
    path = {"train": [str(events_file), str(more)], "valid": str(events_file), "test": str(more)}
    assert count_events(FILE, files_by_split(path), "y") == {"train": 43, "valid": 16, "test": None}


@pytest.mark.parametrize("content", [None, b"", b"\x89HDF\r\n\x1a\n and no more", b"text"])
def test_of_a_file_that_cannot_be_used_the_number_is_not_known(tmp_path, content):
    path = tmp_path / "events.h5"
    if content is not None:
        path.write_bytes(content)
    assert count_events(FILE, files_by_split(str(path)), "y") == dict.fromkeys(SPLITS)


def test_links_are_not_followed(events_file, tmp_path):
    linked = tmp_path / "linked.h5"
    with h5py.File(linked, "w") as file:
        file["y"] = h5py.ExternalLink(str(events_file), "y")
    assert count_events(FILE, files_by_split(str(linked)), "y") == dict.fromkeys(SPLITS)


def test_chunks_follow_from_the_events():
    events = {"train": 12_800, "valid": 3_200, "test": 4_000}
    assert number_of_chunks(events, 4000) == {"train": 4, "valid": 1, "test": 1}
    assert number_of_chunks({"train": 4001, "valid": 1, "test": None}, 4000) == {
        "train": 2,
        "valid": 1,
        "test": 1,
    }
    assert sum(number_of_chunks(simulated_events(10_000_000), 20_000).values()) == 500
