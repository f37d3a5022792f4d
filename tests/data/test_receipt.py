"""The receipt of a check: programs trust the file that it was written for, and refuse any other."""

import json
import os

import pytest

from data import check_events, extract_cells, split_events
from leptonid.data import receipt as module
from leptonid.data.receipt import make_receipt, read_receipt, state_of, verify_sources
from leptonid.errors import InputError
from leptonid.study.paths import SPLITS
from leptonid.study.sources import Reading
from leptonid.tables.fingerprints import sha256
from synthetic import edit, with_value


def settings(layout, **others):
    reading = Reading().as_settings()
    return json.dumps(
        {"layout": layout.contents.as_settings(), "reading": reading, "label": "truth", **others}
    )


def options(layout, output, *paths, positive=None):
    """Return the options of check_events with these files for all splits."""
    sources = {split: list(map(str, paths)) for split in SPLITS}
    conditions = {"positive": positive or {}, "fewest": 1, "fewest_chunks": 1, "missing": {}}
    checked = settings(layout, sources=sources, **conditions)
    return ["--settings", checked, "--output", str(output)]


@pytest.fixture
def receipt(events_file, layout, tmp_path):
    """The receipt of the file of events, an hour younger than it."""
    path = tmp_path / "events.json"
    check_events.main(options(layout, path, events_file, positive={"front": "efp.calorimeters"}))
    shift(path, 3600)
    return path


def shift(path, seconds):
    """Set the modification time of a file relative to now."""
    now = path.stat().st_ctime
    os.utime(path, (now + seconds, now + seconds))


@pytest.fixture
def hashed(monkeypatch):
    """The files whose SHA-256 is taken."""
    paths = []
    monkeypatch.setattr(module, "sha256", lambda path: paths.append(path) or sha256(path))
    return paths


def test_it_says_what_was_accepted_and_nothing_of_where_or_when(events_file, layout, receipt, tmp_path):
    content = json.loads(receipt.read_text())
    facts = {"size": events_file.stat().st_size, "sha256": sha256(events_file)}
    assert content["files"] == {split: [facts] for split in SPLITS}
    assert content["events"] == {"train": 40, "valid": 16, "test": 24}
    assert set(content["groups"]) == {
        "truth", "pt_tau", "eta_tau", "front", "middle", "back", "shapes", "m"
    }  # fmt: skip
    assert len(content["notes"]) == 2
    copy = tmp_path / "copy.h5"
    copy.write_bytes(events_file.read_bytes())
    again = tmp_path / "again.json"
    check_events.main(options(layout, again, copy, positive={"front": "efp.calorimeters"}))
    assert again.read_bytes() == receipt.read_bytes()


def test_an_unchanged_file_is_trusted_unread(events_file, receipt, hashed):
    assert verify_sources([events_file], "train", receipt) == read_receipt(receipt)
    assert not hashed


def test_a_touched_file_is_accepted_by_its_content(events_file, receipt, hashed):
    shift(events_file, 7200)
    verify_sources([events_file], "train", receipt)
    assert hashed == [events_file]


def test_a_changed_file_is_refused_whatever_its_modification_time(events_file, receipt):
    edit(events_file, "shapes/train", with_value((0, 0), 9))
    shift(events_file, -7200)
    shift(receipt, -3600)  # the time of the change itself cannot be set
    with pytest.raises(InputError, match=r"events\.h5: has changed since it was checked.*events\.json"):
        verify_sources([events_file], "train", receipt)


def test_a_file_of_another_size_is_refused_unread(events_file, receipt, hashed):
    with open(events_file, "ab") as file:
        file.write(b"\0")
    with pytest.raises(InputError, match="has changed"):
        verify_sources([events_file], "train", receipt)
    assert not hashed


def test_a_link_that_leads_elsewhere_now_is_refused(events_file, receipt, tmp_path):
    other, link = tmp_path / "other.h5", tmp_path / "link.h5"
    content = bytearray(events_file.read_bytes())
    content[-1] ^= 1
    other.write_bytes(content)
    shift(receipt, 0.0)
    link.symlink_to(other)
    with pytest.raises(InputError, match="has changed"):
        verify_sources([link], "train", receipt)


def test_a_file_that_changes_during_its_check_gets_no_receipt(events_file, layout):
    before = state_of(events_file)
    findings = module.Findings((), {}, {}, {}, {}, {})
    shift(events_file, 5)
    with pytest.raises(InputError, match="changed while it was checked"):
        make_receipt(events_file, findings, {events_file: before})


def test_a_missing_file_is_named(events_file, receipt):
    events_file.unlink()
    with pytest.raises(InputError, match=r"events\.h5: no such file"):
        verify_sources([events_file], "train", receipt)


@pytest.mark.parametrize("content", ["", "[]", '{"size": 1}', '{"size'])
def test_a_damaged_receipt_is_named(events_file, receipt, content):
    receipt.write_text(content)
    with pytest.raises(InputError, match=r"events\.json"):
        verify_sources([events_file], "train", receipt)


@pytest.mark.parametrize("program", [split_events, extract_cells])
def test_programs_refuse_a_changed_file(events_file, layout, receipt, tmp_path, program):
    edit(events_file, "front/train", with_value((0, 0, 0, 0), 9))
    shift(receipt, -3600)
    output = tmp_path / "table.feather"
    image = vars(layout.images["front"].grid)
    with pytest.raises(InputError, match="has changed"):
        program.main(
            [
                *("--receipt", str(receipt), "--split", "train", "--output", str(output)),
                *("--settings", settings(layout, image=image, sources=[str(events_file)])),
            ]
        )
    assert not output.exists()


def test_each_file_of_a_split_is_recognised(events_file, layout, tmp_path):
    other, receipt = tmp_path / "other.h5", tmp_path / "both.json"
    other.write_bytes(events_file.read_bytes())
    edit(other, "shapes/valid", with_value((1, 0), 3))
    check_events.main(options(layout, receipt, events_file, other))
    found = verify_sources([events_file, other], "valid", receipt)
    assert found.events == {"train": 80, "valid": 32, "test": 48}
    assert found.files["train"] == found.files["test"]
    assert found.files["test"][0]["sha256"] != found.files["test"][1]["sha256"]
    with pytest.raises(InputError, match=r"both\.json: was written for 2 files of valid events, not for 1"):
        verify_sources([events_file], "valid", receipt)
    edit(other, "shapes/valid", with_value((1, 0), 4))
    shift(receipt, -3600)
    with pytest.raises(InputError, match=r"other\.h5: has changed"):
        verify_sources([events_file, other], "valid", receipt)
