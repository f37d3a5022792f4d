"""A file that cannot be used is refused with its group, split and event; nothing is written."""

import json

import h5py
import numpy as np
import pytest

from data import check_events as program
from layouts import PHOTONS, write_events_of
from leptonid.data import hdf5
from leptonid.data.checks import check_events
from leptonid.data.hdf5 import write_events
from leptonid.errors import InputError
from leptonid.study.layout import Contents
from leptonid.study.paths import SPLITS
from leptonid.study.sources import Reading
from leptonid.tables.cells import SparseImages
from synthetic import edit, with_value

BAD = {
    "missing split": ("shapes/valid", lambda values: None, ["shapes/valid", "missing"]),
    "wrong shape": (
        "front/test",
        lambda values: values[:, :11],
        ["front/test", "(24, 11, 10, 1)", "(N, 12, 10, 1)"],
    ),
    "turned image": (
        "middle/test",
        lambda values: values.swapaxes(1, 2),
        ["middle/test", "(24, 16, 8, 1)", "(N, 8, 16, 1)"],
    ),
    "fewer variables": ("shapes/test", lambda values: values[:, :2], ["(24, 2)", "(N, 3)"]),
    "complex images": ("back/train", lambda values: values.astype(complex), ["back/train", "complex128"]),
    "text labels": ("truth/train", lambda values: values.astype("S1"), ["truth/train", "|S1"]),
    "fewer events": ("shapes/test", lambda values: values[:-1], ["shapes/test", "23", "truth/test", "24"]),
    "other label": ("truth/valid", with_value(3, 2), ["truth/valid", "event 3", "label 2"]),
    "NaN label": (
        "truth/valid",
        lambda y: with_value(4, np.nan)(y.astype(float)),
        ["truth/valid", "event 4", "nan"],
    ),
    "one class": ("truth/test", lambda values: values * 0, ["truth/test", "no event has label 1"]),
    "NaN": ("shapes/train", with_value((7, 2), np.nan), ["shapes/train", "event 7", "nan", "(2,)"]),
    "infinity": (
        "front/valid",
        with_value((5, 1, 2, 0), np.inf),
        ["front/valid", "event 5", "inf", "(1, 2, 0)"],
    ),
    "NaN pt": ("pt_tau/valid", with_value(5, np.nan), ["pt_tau/valid", "event 5", "nan"]),
    "negative pixel": ("back/test", with_value((9, 0, 0, 0), -1), ["back/test", "event 9", "negative", "-1"]),
}


@pytest.mark.parametrize("case", BAD)
def test_a_bad_file_is_refused_with_the_place_of_its_fault(events_file, layout, case):
    name, change, expected = BAD[case]
    edit(events_file, name, change)
    with pytest.raises(InputError) as raised:
        check_events(events_file, layout.contents, {"front": "efp.calorimeters", "back": "efp.calorimeters"})
    for text in [str(events_file), *expected]:
        assert text in str(raised.value)


@pytest.mark.parametrize("group", ["front", "middle", "back", "shapes", "m", "truth"])
def test_a_missing_group_is_named(events_file, layout, group):
    with h5py.File(events_file, "r+") as file:
        del file[group]
    with pytest.raises(InputError, match=f"group '{group}' is missing"):
        check_events(events_file, layout.contents)


def test_a_dataset_in_place_of_a_group_is_named(events_file, layout):
    with h5py.File(events_file, "r+") as file:
        del file["m"]
        file["m"] = np.zeros(3)
    with pytest.raises(InputError, match="'m' is a dataset of all events, 'truth' has one for each split"):
        check_events(events_file, layout.contents)


def test_an_empty_split_is_refused(events_file, layout):
    with h5py.File(events_file, "r+") as file:
        for name in file:
            values = file[name]["valid"][:0]
            del file[name]["valid"]
            file[name]["valid"] = values
    with pytest.raises(InputError, match="truth/valid has no events"):
        check_events(events_file, layout.contents)


@pytest.mark.parametrize("fraction", [0.1, 0.5, 0.9, 0.99])
def test_a_truncated_file_is_refused(events_file, layout, tmp_path, fraction):
    content = events_file.read_bytes()
    short = tmp_path / "short.h5"
    short.write_bytes(content[: int(len(content) * fraction)])
    with pytest.raises(InputError, match=r"short\.h5: a truncated or damaged HDF5 file"):
        check_events(short, layout.contents)


def test_a_damaged_block_is_refused_with_its_events(events_file, layout):
    with h5py.File(events_file) as file:
        groups = {name: {split: file[name][split][:] for split in SPLITS} for name in file}
    write_events(events_file, groups, {})
    with h5py.File(events_file) as file:
        chunk = file["front/train"].id.get_chunk_info(0)
    content = bytearray(events_file.read_bytes())
    middle = chunk.byte_offset + chunk.size // 2
    content[middle : middle + 8] = b"\0" * 8
    events_file.write_bytes(content)
    with pytest.raises(InputError, match="front/train: events 0 to 39 cannot be read"):
        check_events(events_file, layout.contents)


def test_a_missing_file_is_named(layout, tmp_path):
    with pytest.raises(InputError, match=r"nowhere\.h5: no such file"):
        check_events(tmp_path / "nowhere.h5", layout.contents)


def test_negative_pixels_are_only_noted_where_nothing_forbids_them(events_file, layout):
    edit(events_file, "back/test", with_value((9, 0, 0, 0), -1))
    findings = check_events(events_file, layout.contents, {"front": "efp.calorimeters"})
    assert findings.negative == {"front": 0, "middle": 0, "back": 1}
    assert "back: 1 events have negative pixels" in findings.notes()


@pytest.mark.parametrize("reason", ["efp.calorimeters", "train.image_scaling"])
def test_a_negative_pixel_is_refused_with_the_key_that_forbids_it(events_file, layout, reason):
    edit(events_file, "back/test", with_value((9, 0, 0, 0), -1))
    with pytest.raises(InputError, match=rf"back/test: event 9 has a negative pixel \(-1\).*{reason}"):
        check_events(events_file, layout.contents, {"back": reason})


def test_random_splits_need_events_of_both_classes(events_file, layout):
    total = 40
    assert check_events(events_file, layout.contents, fewest=total).events["train"] == 40
    with pytest.raises(
        InputError, match=rf"has 40 signal events in all splits.*train\.repetitions need {total + 1}"
    ):
        check_events(events_file, layout.contents, fewest=total + 1)


def test_groups_and_splits_that_are_not_checked_are_named(events_file, layout, caplog):
    caplog.set_level("INFO")
    with h5py.File(events_file, "r+") as file:
        file["truth/extra"] = np.ones(3)
        file["tracks"] = np.ones(3)
    check_events(events_file, layout.contents)
    assert "not checked: tracks, truth/extra" in caplog.text


def copy_events(path, source, target, count):
    """Replace the first events of a split by those of another."""
    with h5py.File(path, "r+") as file:
        for group in file.values():
            group[target][:count] = group[source][:count]


def test_events_in_two_splits_are_a_warning(events_file, layout):
    assert check_events(events_file, layout.contents).warning() is None
    copy_events(events_file, "train", "test", 5)
    copy_events(events_file, "valid", "test", 2)
    findings = check_events(events_file, layout.contents)
    assert findings.shared == {"train": 0, "valid": 0, "test": 5}
    assert findings.warning() == "also in an earlier split: 5 of 24 test events"
    # Labels, weights and kinematics do not make another event of the same images and variables.
    edit(events_file, "pt_tau/test", lambda values: values + 1)
    assert check_events(events_file, layout.contents).shared["test"] == 5
    edit(events_file, "m/test", with_value((0, 0), 7))
    assert check_events(events_file, layout.contents).shared["test"] == 4


def test_events_that_are_twice_in_a_split_are_a_note(events_file, layout):
    with h5py.File(events_file, "r+") as file:
        for group in file.values():
            group["valid"][3:6] = group["valid"][:3]
    findings = check_events(events_file, layout.contents)
    assert findings.repeated == {"train": 0, "valid": 3, "test": 0}
    assert "valid: 3 of 16 events repeat an earlier event of valid" in findings.notes()
    assert findings.warning() is None


def test_empty_images_are_not_the_same_event(events_file, layout):
    contents = Contents({"back": layout.images["back"].grid}, {}, {"label": "truth"})
    for split in SPLITS:
        edit(events_file, f"back/{split}", lambda values: values * 0)
    findings = check_events(events_file, contents)
    assert not any({**findings.repeated, **findings.shared}.values())


def test_the_pixels_of_cells_are_compared(events_file, layout):
    assert check_events(events_file, layout.contents).uniform == {"middle": True, "back": True}
    # Row 4 and column 7 are of the cell that begins at row 4 and column 4.
    edit(events_file, "middle/valid", with_value((2, 4, 7, 0), 0.5))
    findings = check_events(events_file, layout.contents)
    assert findings.uniform == {"middle": False, "back": True}
    assert findings.notes() == [
        "middle: the pixels of a cell are not all equal",
        "back: the pixels of a cell are all equal",
    ]


def test_a_layout_may_have_no_images_and_no_optional_groups(events_file, layout, tmp_path):
    contents = Contents({}, layout.contents.variables, {"label": "truth"})
    assert check_events(events_file, contents).groups == ("truth", "shapes", "m")
    photons = tmp_path / "photons.h5"
    write_events_of(PHOTONS, photons, train=4, valid=4, test=4)
    assert check_events(photons, PHOTONS.contents, {"tower": "efp.calorimeters"}).events == {
        "train": 4,
        "valid": 4,
        "test": 4,
    }


def test_kinematics_are_needed_where_they_are_inputs(events_file, layout):
    missing = {"pt_tau": "train.features.hl_and_pt.inputs"}
    assert check_events(events_file, layout.contents, missing=missing).events["train"] == 40
    with h5py.File(events_file, "r+") as file:
        del file["pt_tau"]
    assert check_events(events_file, layout.contents).events["train"] == 40
    with pytest.raises(
        InputError, match=r"'pt_tau' is missing .*needed for train\.features\.hl_and_pt\.inputs: add"
    ):
        check_events(events_file, layout.contents, missing=missing)


def test_a_refused_file_leaves_nothing_behind(events_file, layout, tmp_path):
    edit(events_file, "truth/test", lambda values: values * 0)
    output = tmp_path / "results" / "events.json"
    sources = {split: [str(events_file)] for split in SPLITS}
    checked = {
        "sources": sources,
        "layout": layout.contents.as_settings(),
        "positive": {},
        "fewest": 1,
        "fewest_chunks": 1,
        "missing": {},
        "reading": Reading().as_settings(),
    }
    with pytest.raises(InputError):
        program.main(["--settings", json.dumps(checked), "--output", str(output)])
    assert not output.parent.exists()


def test_equal_events_make_equal_files(tmp_path):
    groups = {
        "truth": {"train": np.arange(3)},
        "front": {"train": np.ones((3, 2, 2, 1)), "test": np.zeros((0, 2))},
    }
    for name in ("first.h5", "second.h5"):
        write_events(tmp_path / name, groups, {"label": "x", "seed": 1})
    assert (tmp_path / "first.h5").read_bytes() == (tmp_path / "second.h5").read_bytes()


@pytest.fixture
def more(events_file, layout, tmp_path):
    """Other events in a second file."""
    path = tmp_path / "more.h5"
    write_events_of(layout, path, test=6, train=10, valid=4)
    return path


def test_the_splits_of_several_files_are_joined(events_file, more, layout):
    findings = check_events([events_file, more], layout.contents)
    assert findings.events == {"train": 50, "valid": 20, "test": 30}
    assert not any({**findings.repeated, **findings.shared}.values())
    by_split = {"train": [events_file, more], "valid": events_file, "test": more}
    assert check_events(by_split, layout.contents).events == {"train": 50, "valid": 16, "test": 6}


def test_a_file_of_one_split_needs_no_others(events_file, more, layout):
    with h5py.File(more, "r+") as file:
        for group in file.values():
            del group["valid"], group["test"]
    by_split = {"train": more, "valid": events_file, "test": events_file}
    assert check_events(by_split, layout.contents).events == {"train": 10, "valid": 16, "test": 24}
    with pytest.raises(InputError, match=r"more\.h5: truth/valid is missing"):
        check_events([events_file, more], layout.contents)


def test_events_of_another_file_count_as_repeated_and_shared(events_file, more, layout):
    with h5py.File(events_file) as source, h5py.File(more, "r+") as target:
        for name, group in target.items():
            group["train"][:3] = source[name]["train"][5:8]
            group["test"][:2] = source[name]["train"][:2]
    findings = check_events([events_file, more], layout.contents)
    assert findings.repeated == {"train": 3, "valid": 0, "test": 0}
    assert findings.shared == {"train": 0, "valid": 0, "test": 2}


@pytest.mark.parametrize(
    ("fault", "message"),
    [
        (lambda file: file["truth/valid"].__setitem__(1, 2), r"more\.h5: truth/valid: event 1 has label 2"),
        (lambda file: file["m/test"].__setitem__((3, 0), np.nan), r"more\.h5: m/test: event 3 has nan"),
        (lambda file: file.__delitem__("back"), r"more\.h5: group 'back' is missing"),
        (
            lambda file: file.__delitem__("pt_tau"),
            r"more\.h5: group 'pt_tau' is in only one of this file and .*events\.h5",
        ),
        (
            lambda file: file.attrs.__setitem__("energy_unit", "MeV"),
            r"more\.h5: its attribute energy_unit is MeV, that of .*events\.h5 is GeV",
        ),
    ],
    ids=["label", "value", "group", "kinematics", "unit"],
)  # fmt: skip
def test_a_differing_file_is_named(events_file, more, layout, fault, message):
    with h5py.File(more, "r+") as file:
        fault(file)
    with pytest.raises(InputError, match=message):
        check_events([events_file, more], layout.contents)
    with pytest.raises(InputError, match=r"nowhere\.h5: no such file"):
        check_events([events_file, "nowhere.h5"], layout.contents)


def test_sparse_images_become_dense_in_a_file(tmp_path, monkeypatch):
    monkeypatch.setattr(hdf5, "BATCH", 3)
    images = np.zeros((7, 2, 3, 1), np.float32)
    images[[0, 3, 6], 1, 2, 0] = [1, 2, 3]
    for name, values in (("dense.h5", images), ("sparse.h5", SparseImages.from_dense(images))):
        write_events(tmp_path / name, {"front": {"train": values}}, {})
    assert (tmp_path / "dense.h5").read_bytes() == (tmp_path / "sparse.h5").read_bytes()
    with h5py.File(tmp_path / "sparse.h5") as file:
        np.testing.assert_array_equal(file["front/train"], images)
