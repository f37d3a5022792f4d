"""How many events a study has, as planning counts them."""

import h5py
import numpy as np
import pytest

from events import count_events, missing_groups, without_missing_groups
from layouts import ELECTRONS
from leptonid.data.simulation.chunks import Settings
from leptonid.study.chunks import number_of_chunks, number_of_parts, simulated_events
from leptonid.study.config_schema import read_default_config
from leptonid.study.needs import used_groups
from leptonid.study.paths import SPLITS
from leptonid.study.sources import SPLIT, files_by_split


def counted(path, source="file"):
    data = {"source": source, "path": path, "split": SPLIT}
    return count_events(data, files_by_split(path), ELECTRONS)


@pytest.mark.parametrize("events", [20, 50, 1002, 20_000])
def test_the_splits_of_a_simulation_are_those_that_it_makes(events):
    settings = Settings.from_settings({"events": events, "chunk": 20})
    made = {split: sum(settings.events_in(split)) for split in SPLITS}
    assert simulated_events(events) == made
    assert sum(made.values()) == events
    assert not any(count % 2 for count in made.values())
    for source in ("simulation", "delphes"):
        data = {"source": source, source: {"events": events}}
        assert count_events(data, files_by_split("missing.h5"), ELECTRONS) == simulated_events(events)


def test_a_delphes_file_has_a_part_for_every_gigabyte(tmp_path):
    path = tmp_path / "events.root"
    assert number_of_parts(str(path), None) == 1
    with open(path, "wb") as file:
        file.truncate(2_000_000_001)
    assert number_of_parts(str(path), None) == 3
    assert number_of_parts(str(path), 7) == 7


def test_the_events_of_files_are_counted_from_their_labels(events_file, tmp_path):
    one = {"train": 40, "valid": 16, "test": 24}
    assert counted(str(events_file)) == one
    more = tmp_path / "more.h5"
    with h5py.File(more, "w") as file:
        file["y/train"] = np.zeros(3)
    path = {"train": [str(events_file), str(more)], "valid": str(events_file), "test": str(more)}
    assert counted(path) == {"train": 43, "valid": 16, "test": None}


@pytest.mark.parametrize("content", [None, b"", b"\x89HDF\r\n\x1a\n and no more", b"text"])
def test_of_a_file_that_cannot_be_used_the_number_is_not_known(tmp_path, content):
    path = tmp_path / "events.h5"
    if content is not None:
        path.write_bytes(content)
    assert counted(str(path)) == dict.fromkeys(SPLITS)


def test_links_are_not_followed(events_file, tmp_path):
    linked = tmp_path / "linked.h5"
    with h5py.File(linked, "w") as file:
        file["y"] = h5py.ExternalLink(str(events_file), "y")
    assert counted(str(linked)) == dict.fromkeys(SPLITS)


def test_chunks_follow_from_the_events():
    events = {"train": 12_800, "valid": 3_200, "test": 4_000}
    assert number_of_chunks(events, 4000) == {"train": 4, "valid": 1, "test": 1}
    assert number_of_chunks({"train": 4001, "valid": 1, "test": None}, 4000) == {
        "train": 2,
        "valid": 1,
        "test": 1,
    }
    assert sum(number_of_chunks(simulated_events(10_000_000), 20_000).values()) == 500


def only(layout, *inputs):
    """Return the default config with one network of these inputs, and no search."""
    config = read_default_config()
    config["data"] |= {"path": "events.h5"}
    network = config["train"]["features"]["et" if set(inputs) & set(layout.images) else "hl"]
    config["train"] |= {"features": {"mine": {**network, "inputs": list(inputs)}}}
    config["search"] |= {"searches": {}, "black_box": "mine", "base": []}
    return config


def test_groups_that_nothing_uses_and_no_file_has_leave_the_layout(events_file):
    config = only(ELECTRONS, "et")
    config["data"]["path"] = str(events_file)
    assert used_groups(config, ELECTRONS) == {"et": ["train.features.mine.inputs"]}
    assert without_missing_groups(config, ELECTRONS) == ELECTRONS
    with h5py.File(events_file, "r+") as file:
        for name in ("ht", "hl", "pt", "eta"):
            del file[name]
    layout = without_missing_groups(config, ELECTRONS)
    assert (list(layout.images), list(layout.groups)) == (["et"], ["mass"])
    # What is asked for stays, for check_events to refuse the file; so does all of a file that cannot be read.
    assert "hl" in without_missing_groups({**config, **wanting("hl")}, ELECTRONS).groups
    config["efp"]["calorimeters"] = ["hcal"]
    assert "ht" in without_missing_groups(config, ELECTRONS).images
    events_file.write_bytes(b"")
    assert without_missing_groups(config, ELECTRONS) == ELECTRONS


def test_groups_that_are_asked_for_and_missing_are_named_with_their_keys(events_file):
    config = only(ELECTRONS, "et", "hl", "pt")
    config["data"]["path"] = [str(events_file)]
    assert missing_groups(config, ELECTRONS) == {}
    with h5py.File(events_file, "r+") as file:
        for name in ("ht", "hl", "pt"):
            del file[name]
    key = "train.features.mine.inputs"
    assert missing_groups(config, ELECTRONS) == {"hl": key, "pt": key}
    events_file.write_bytes(b"")
    assert missing_groups(config, ELECTRONS) == {}


def wanting(*inputs):
    return {"train": only(ELECTRONS, *inputs)["train"]}


def test_computed_variables_need_what_they_are_computed_from():
    config = only(ELECTRONS, "iso_rel_0.3")
    assert set(used_groups(config, ELECTRONS)) == {"hl", "pt", "eta"}
    assert list(ELECTRONS.without({"hl"}).groups) == ["mass"]
