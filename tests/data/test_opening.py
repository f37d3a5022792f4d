"""Files that cannot be opened or read are told apart, and links to other files are refused unread."""

import errno
import fcntl
import gzip
import os
import shutil
import tarfile
import zipfile

import h5py
import numpy as np
import pytest

from leptonid.data.checks import check_events
from leptonid.data.opening import open_file
from leptonid.errors import InputError


def external_link(file, name, other):
    del file[name]
    file[name] = h5py.ExternalLink(str(other), name)


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


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (b"", "is empty"),
        (b"version https://git-lfs.github.com/spec/v1\noid sha256:00\n", "a Git LFS pointer.*git lfs pull"),
        (b"/annex/objects/SHA256E-s1--00.h5\n", "a git-annex pointer.*git annex get"),
        (b"\r\n<!DOCTYPE html><html>404</html>", "an HTML or XML page.*download the file again"),
        (b"\xef\xbb\xbf<HTML>", "an HTML or XML page"),
        (b"pt,eta\n1,2\n", "a text file"),
        (b"root\0\0\xf6\xe4", "a ROOT file.*convert it to HDF5"),
        (b"PAR1\x15\x04", "a Parquet file"),
        (b"ARROW1\0\0", "a Feather"),
        (b"\x93NUMPY\x01\0", "a NumPy array"),
        (b"\x80\x04\x95", "a pickle"),
        (bytes(range(1, 100)), "not an HDF5 file"),
    ],
)
def test_what_is_no_hdf5_is_named(tmp_path, content, expected):
    path = tmp_path / "events.h5"
    path.write_bytes(content)
    with pytest.raises(InputError, match=rf"events\.h5: {expected}"):
        open_file(path)


def test_a_folder_is_named(tmp_path):
    with pytest.raises(InputError, match="cannot be read: is a directory"):
        open_file(tmp_path)


def test_a_file_behind_a_user_block_is_opened(tmp_path):
    path = tmp_path / "matlab.h5"
    with h5py.File(path, "w", userblock_size=512) as file:
        file["y"] = 1
    with path.open("r+b") as file:
        file.write(b"MATLAB 7.3 MAT-file")
    with open_file(path) as file:
        assert list(file) == ["y"]


@pytest.mark.parametrize("number", [errno.EACCES, errno.EPERM, errno.EIO, errno.ESTALE])
def test_the_reason_of_the_system_is_told(events_file, monkeypatch, number):
    def refuse(*arguments, **options):
        raise OSError(number, os.strerror(number), str(events_file))

    monkeypatch.setattr("builtins.open", refuse)
    with pytest.raises(InputError, match=f"cannot be read: {os.strerror(number).lower()}"):
        open_file(events_file)


def test_a_lock_of_another_process_does_not_matter(events_file):
    with open(events_file, "rb") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        with open_file(events_file) as opened:
            assert "truth" in opened


def test_a_file_that_this_process_has_open_is_opened_again(events_file):
    with h5py.File(events_file, "r"), open_file(events_file) as opened:
        assert "truth" in opened


def test_a_file_that_is_being_written_is_told(tmp_path):
    path = tmp_path / "events.h5"
    with h5py.File(path, "w", libver="latest") as file:
        file["y"] = 1
        file.flush()
        with pytest.raises(InputError, match="is being written, or was not closed"):
            # In this process HDF5 shares the open file; a copy is what another process sees.
            open_file(shutil.copy(path, tmp_path / "copy.h5"))


def test_a_missing_filter_is_named(events_file, layout, monkeypatch):
    with h5py.File(events_file, "r+") as file:
        values = file["front/valid"][:]
        del file["front/valid"]
        file.create_dataset("front/valid", data=values, compression="gzip")
    check_events(events_file, layout.contents)
    monkeypatch.setattr(h5py.h5z, "filter_avail", lambda number: number != h5py.h5z.FILTER_DEFLATE)
    with pytest.raises(InputError, match=r"front/valid is compressed with a filter.*deflate.*h5repack"):
        check_events(events_file, layout.contents)


def test_groups_of_pandas_are_named(events_file, layout):
    with h5py.File(events_file, "r+") as file:
        del file["m/train"]
        file["m/train/block0_values"] = np.zeros((40, 1))
        file["m/train"].attrs["pandas_type"] = "frame"
    with pytest.raises(InputError, match="m/train is a group of pandas or PyTables, expected a dataset"):
        check_events(events_file, layout.contents)
