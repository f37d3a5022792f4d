"""A file that cannot be used is refused with its group, split and event; nothing is written."""

import gzip
import json
import tarfile
import zipfile

import h5py
import numpy as np
import pytest

from data import check_events as program
from layouts import PHOTONS, write_events_of
from leptonid.data.checks import check_events
from leptonid.data.hdf5 import write_events
from leptonid.errors import InputError
from leptonid.study.layout import Contents
from leptonid.study.paths import SPLITS
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
    "flat group of one variable": ("m/train", lambda values: values[:, 0], ["m/train", "(40,)", "(N, 1)"]),
    "integer images": (
        "back/train",
        lambda values: values.astype(int),
        ["back/train", "int64", "floating-point"],
    ),
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
        check_events(events_file, layout.contents, efp_images=["front", "back"])
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
    with pytest.raises(InputError, match="'m' is a dataset, expected a group with train, valid, test"):
        check_events(events_file, layout.contents)


def test_an_empty_split_is_refused(events_file, layout):
    with h5py.File(events_file, "r+") as file:
        for name in file:
            values = file[name]["valid"][:0]
            del file[name]["valid"]
            file[name]["valid"] = values
    with pytest.raises(InputError, match="truth/valid has no events"):
        check_events(events_file, layout.contents)


@pytest.mark.parametrize("fraction", [0.0, 0.1, 0.5, 0.9, 0.99])
def test_a_truncated_file_is_refused(events_file, layout, tmp_path, fraction):
    content = events_file.read_bytes()
    short = tmp_path / "short.h5"
    short.write_bytes(content[: int(len(content) * fraction)])
    with pytest.raises(InputError, match=r"short\.h5"):
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


def external_link(file, name, other):
    del file[name]
    file[name] = h5py.ExternalLink(str(other), name)


def soft_link(file, name, other):
    file.move(name, "elsewhere")
    file[name] = h5py.SoftLink("/elsewhere")


def external_storage(file, name, other):
    shape, dtype = file[name].shape, file[name].dtype
    del file[name]
    size = int(np.prod(shape)) * dtype.itemsize
    file.create_dataset(name, shape, dtype, external=[(str(other), 0, size)])


def virtual_dataset(file, name, other):
    shape, dtype = file[name].shape, file[name].dtype
    del file[name]
    layout = h5py.VirtualLayout(shape, dtype)
    layout[:] = h5py.VirtualSource(str(other), name, shape, dtype)
    file.create_virtual_dataset(name, layout)


ELSEWHERE = [
    ("front", external_link, "'front' is a link to front in the file {other}"),
    ("back/train", external_link, "'back/train' is a link to back/train in the file {other}"),
    ("truth/test", soft_link, "'truth/test' is a link to /elsewhere"),
    ("m", soft_link, "'m' is a link to /elsewhere"),
    ("shapes/valid", external_storage, "'shapes/valid' has its values in the file {other}"),
    ("middle/test", virtual_dataset, "'middle/test' is a virtual dataset"),
    ("w", external_link, "'w' is a link to w in the file {other}"),
]


@pytest.mark.parametrize(("name", "change", "expected"), ELSEWHERE, ids=[case[0] for case in ELSEWHERE])
@pytest.mark.parametrize("there", [True, False], ids=["there", "not there"])
def test_values_that_lie_elsewhere_are_refused_unread(
    events_file, layout, tmp_path, name, change, expected, there
):
    other = tmp_path / "secret.h5"
    if there:
        other.write_bytes(events_file.read_bytes())
    with h5py.File(events_file, "r+") as file:
        if name == "w":
            file[name] = 0
        change(file, name, other)
    with pytest.raises(InputError) as raised:
        check_events(events_file, layout.contents)
    message = str(raised.value)
    assert f"{events_file}: {expected.format(other=other)}" in message
    assert "copy them into one file, without links" in message


def test_links_in_groups_that_are_not_used_are_left_alone(events_file, layout):
    with h5py.File(events_file, "r+") as file:
        file["tracks"] = h5py.ExternalLink("/nowhere.h5", "/")
    assert "tracks" not in check_events(events_file, layout.contents).groups


def make_zip(path, source):
    with zipfile.ZipFile(path, "w") as archive:
        archive.write(source, source.name)


def make_tar(path, source):
    with tarfile.open(path, "w") as archive:
        archive.add(source, source.name)


def make_gzip(path, source):
    path.write_bytes(gzip.compress(source.read_bytes()))


@pytest.mark.parametrize(
    ("name", "make", "kind"),
    [
        ("events.zip", make_zip, "zip"),
        ("events.tar", make_tar, "tar"),
        ("events.h5.gz", make_gzip, "gzip"),
        ("renamed.h5", make_gzip, "gzip"),
    ],
)
def test_an_archive_is_to_be_unpacked(events_file, layout, tmp_path, name, make, kind):
    path = tmp_path / "packed" / name
    path.parent.mkdir()
    make(path, events_file)
    with pytest.raises(InputError, match=rf"{path}: a {kind} archive, expected HDF5; unpack it.*data\.path"):
        check_events(path, layout.contents)


def test_negative_pixels_are_only_noted_where_no_efps_are_computed(events_file, layout):
    edit(events_file, "back/test", with_value((9, 0, 0, 0), -1))
    findings = check_events(events_file, layout.contents, efp_images=["front"])
    assert findings.negative == {"front": 0, "middle": 0, "back": 1}
    assert "back: 1 events have negative pixels" in findings.notes()


def test_a_negative_weight_is_refused(events_file, layout):
    with h5py.File(events_file, "r+") as file:
        for split in SPLITS:
            file[f"w/{split}"] = np.ones(len(file["truth"][split]))
    assert "w" in check_events(events_file, layout.contents).groups
    edit(events_file, "w/valid", with_value(3, -0.5))
    with pytest.raises(InputError, match="w/valid: event 3 has a negative weight"):
        check_events(events_file, layout.contents)


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
    assert check_events(photons, PHOTONS.contents, ["tower"]).events == {"train": 4, "valid": 4, "test": 4}


def test_big_endian_values_are_accepted(events_file, layout):
    edit(events_file, "front/train", lambda values: values.astype(">f8"))
    check_events(events_file, layout.contents, efp_images=["front"])


def test_a_refused_file_leaves_nothing_behind(events_file, layout, tmp_path):
    edit(events_file, "truth/test", lambda values: values * 0)
    output = tmp_path / "results" / "events.json"
    settings = json.dumps({"layout": layout.contents.as_settings(), "efp_images": []})
    with pytest.raises(InputError):
        program.main(["--source", str(events_file), "--settings", settings, "--output", str(output)])
    assert not output.parent.exists()


def test_equal_events_make_equal_files(tmp_path):
    groups = {
        "truth": {"train": np.arange(3)},
        "front": {"train": np.ones((3, 2, 2, 1)), "test": np.zeros((0, 2))},
    }
    for name in ("first.h5", "second.h5"):
        write_events(tmp_path / name, groups, {"label": "x", "seed": 1})
    assert (tmp_path / "first.h5").read_bytes() == (tmp_path / "second.h5").read_bytes()
