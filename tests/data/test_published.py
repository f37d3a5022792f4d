"""A file that cannot be used is refused with its group, split and event; nothing is written."""

import gzip
import tarfile
import zipfile

import h5py
import numpy as np
import pytest

import check_events as program
from leptonid.data.published import check_events, copy_events
from leptonid.errors import InputError
from synthetic import edit, with_value

BAD = {
    "missing split": ("hl/valid", lambda values: None, ["hl/valid", "missing"]),
    "wrong shape": (
        "et/test",
        lambda values: values[:, :30],
        ["et/test", "(24, 30, 31, 1)", "(N, 31, 31, 1)"],
    ),
    "flat mass": ("mass/train", lambda values: values[:, 0], ["mass/train", "(40,)", "(N, 1)"]),
    "integer images": (
        "ht/train",
        lambda values: values.astype(int),
        ["ht/train", "int64", "floating-point"],
    ),
    "text labels": ("y/train", lambda values: values.astype("S1"), ["y/train", "|S1"]),
    "fewer events": ("hl/test", lambda values: values[:-1], ["hl/test", "23", "y/test", "24"]),
    "other label": ("y/valid", with_value(3, 2), ["y/valid", "event 3", "label 2"]),
    "NaN label": ("y/valid", lambda y: with_value(4, np.nan)(y.astype(float)), ["y/valid", "event 4", "nan"]),
    "one class": ("y/test", lambda values: values * 0, ["y/test", "no event has label 1"]),
    "NaN": ("hl/train", with_value((7, 2), np.nan), ["hl/train", "event 7", "nan", "(2,)"]),
    "infinity": ("et/valid", with_value((5, 1, 2, 0), np.inf), ["et/valid", "event 5", "inf", "(1, 2, 0)"]),
    "negative ET": ("ht/test", with_value((9, 0, 0, 0), -1), ["ht/test", "event 9", "negative", "-1"]),
}


@pytest.mark.parametrize("case", BAD)
def test_a_bad_file_is_refused_with_the_place_of_its_fault(events_file, case):
    name, change, expected = BAD[case]
    edit(events_file, name, change)
    with pytest.raises(InputError) as raised:
        check_events(events_file, efp_images=["et", "ht"])
    for text in [str(events_file), *expected]:
        assert text in str(raised.value)


@pytest.mark.parametrize("group", ["et", "ht", "hl", "mass", "y"])
def test_a_missing_group_is_named(events_file, group):
    with h5py.File(events_file, "r+") as file:
        del file[group]
    with pytest.raises(InputError, match=f"group '{group}' is missing"):
        check_events(events_file)


def test_a_dataset_in_place_of_a_group_is_told(events_file):
    with h5py.File(events_file, "r+") as file:
        del file["mass"]
        file["mass"] = np.zeros(3)
    with pytest.raises(InputError, match="'mass' is a dataset, expected a group with train, valid, test"):
        check_events(events_file)


def test_an_empty_split_is_refused(events_file):
    with h5py.File(events_file, "r+") as file:
        for name in file:
            values = file[name]["valid"][:0]
            del file[name]["valid"]
            file[name]["valid"] = values
    with pytest.raises(InputError, match="y/valid has no events"):
        check_events(events_file)


@pytest.mark.parametrize("fraction", [0.0, 0.1, 0.5, 0.9, 0.99])
def test_a_truncated_file_is_refused(events_file, tmp_path, fraction):
    content = events_file.read_bytes()
    short = tmp_path / "short.h5"
    short.write_bytes(content[: int(len(content) * fraction)])
    with pytest.raises(InputError, match=r"short\.h5"):
        check_events(short)


def test_a_damaged_block_is_refused_with_its_events(events_file):
    with h5py.File(events_file) as file:
        chunk = file["et/train"].id.get_chunk_info(0)
    content = bytearray(events_file.read_bytes())
    middle = chunk.byte_offset + chunk.size // 2
    content[middle : middle + 8] = b"\0" * 8
    events_file.write_bytes(content)
    with pytest.raises(InputError, match="et/train: events 0 to 39 cannot be read"):
        check_events(events_file)


def test_a_missing_file_is_named(tmp_path):
    with pytest.raises(InputError, match=r"nowhere\.h5: no such file"):
        check_events(tmp_path / "nowhere.h5")


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
    ("et", external_link, "'et' is a link to et in the file {other}"),
    ("ht/train", external_link, "'ht/train' is a link to ht/train in the file {other}"),
    ("y/test", soft_link, "'y/test' is a link to /elsewhere"),
    ("mass", soft_link, "'mass' is a link to /elsewhere"),
    ("hl/valid", external_storage, "'hl/valid' has its values in the file {other}"),
    ("et/test", virtual_dataset, "'et/test' is a virtual dataset"),
    ("weight", external_link, "'weight' is a link to weight in the file {other}"),
]


@pytest.mark.parametrize(("name", "change", "expected"), ELSEWHERE, ids=[case[0] for case in ELSEWHERE])
@pytest.mark.parametrize("there", [True, False], ids=["there", "not there"])
def test_values_that_lie_elsewhere_are_refused_unread(events_file, tmp_path, name, change, expected, there):
    other = tmp_path / "secret.h5"
    if there:
        other.write_bytes(events_file.read_bytes())
    with h5py.File(events_file, "r+") as file:
        if name == "weight":
            file[name] = 0
        change(file, name, other)
    with pytest.raises(InputError) as raised:
        check_events(events_file)
    message = str(raised.value)
    assert f"{events_file}: {expected.format(other=other)}" in message
    assert "copy them into one file, without links" in message


def test_links_in_groups_that_are_not_used_are_left_alone(events_file):
    with h5py.File(events_file, "r+") as file:
        file["tracks"] = h5py.ExternalLink("/nowhere.h5", "/")
    assert "tracks" not in check_events(events_file).groups


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
def test_an_archive_is_to_be_unpacked(events_file, tmp_path, name, make, kind):
    path = tmp_path / "packed" / name
    path.parent.mkdir()
    make(path, events_file)
    with pytest.raises(InputError, match=rf"{path}: a {kind} archive, expected HDF5; unpack it.*data\.path"):
        check_events(path)


def test_negative_pixels_are_only_noted_where_no_efps_are_asked_for(events_file):
    edit(events_file, "ht/test", with_value((9, 0, 0, 0), -1))
    findings = check_events(events_file, efp_images=["et"])
    assert findings.negative == {"et": 0, "ht": 1}
    assert "ht: 1 events have negative pixels" in findings.notes()


def test_whether_the_hcal_is_constant_over_its_blocks_is_noted(events_file):
    assert check_events(events_file).blocks
    edit(events_file, "ht/valid", with_value((2, 0, 1, 0), 0.5))
    assert not check_events(events_file).blocks


def test_the_copy_holds_the_used_groups_and_says_where_they_come_from(events_file, tmp_path):
    with h5py.File(events_file, "r+") as file:
        file["ee/train"] = np.zeros(3)
    copy = tmp_path / "copy.h5"
    copy_events(events_file, copy, check_events(events_file))
    with h5py.File(events_file) as source, h5py.File(copy) as file:
        assert set(file) == set(source) - {"ee"}
        for name in file:
            for split in ("train", "valid", "test"):
                np.testing.assert_array_equal(file[name][split], source[name][split])
        assert file.attrs["label"] == "synthetic test events"
        assert file.attrs["source"] == events_file.name
        assert len(file.attrs["source_sha256"]) == 64


def test_a_label_from_the_config_goes_before_the_files_own(events_file, tmp_path):
    copy_events(events_file, tmp_path / "copy.h5", check_events(events_file), label="my events")
    with h5py.File(tmp_path / "copy.h5") as file:
        assert file.attrs["label"] == "my events"


def test_a_refused_file_leaves_nothing_behind(events_file, tmp_path):
    edit(events_file, "y/test", lambda values: values * 0)
    output = tmp_path / "results" / "events.h5"
    settings = '{"label": null, "efp_calorimeters": ["ecal"]}'
    with pytest.raises(InputError):
        program.main(["--source", str(events_file), "--settings", settings, "--output", str(output)])
    assert not output.parent.exists()
