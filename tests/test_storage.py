"""Safe writing: all or nothing under the real name, and nothing left behind for long."""

import os
import subprocess
import sys

import pyarrow as pa
import pytest

from leptonid.errors import InputError
from leptonid.storage import fingerprint, read_feather, read_metadata, replacing, write_feather

TABLE = pa.table({"a": [1, 2], "b": [0.5, 1.5]})


def test_an_error_while_writing_leaves_the_old_file_and_no_other(tmp_path):
    path = tmp_path / "file.txt"
    path.write_text("old")

    def write_half():
        with replacing(path) as temporary:
            temporary.write_text("half")
            raise RuntimeError

    with pytest.raises(RuntimeError):
        write_half()
    assert path.read_text() == "old"
    assert os.listdir(tmp_path) == ["file.txt"]


def test_what_a_killed_process_left_is_removed_by_the_next_writer(tmp_path):
    code = (
        "import os, signal, sys; sys.path.insert(0, 'workflow/scripts')\n"
        "from leptonid.storage import replacing\n"
        "with replacing(sys.argv[1]) as temporary:\n"
        "    temporary.write_text('half')\n"
        "    os.kill(os.getpid(), signal.SIGKILL)\n"
    )
    path = tmp_path / "file.txt"
    subprocess.run([sys.executable, "-c", code, str(path)], check=False)
    (left,) = os.listdir(tmp_path)
    assert left.startswith(".file.")
    with replacing(path) as temporary:
        temporary.write_text("whole")
    assert os.listdir(tmp_path) == ["file.txt"]


def test_a_living_writers_file_is_left_alone(tmp_path):
    other = tmp_path / f".file.{os.getppid()}.txt"
    other.write_text("being written")
    with replacing(tmp_path / "file.txt") as temporary:
        temporary.write_text("whole")
    assert other.exists()


def test_a_folder_can_be_written_too(tmp_path):
    with replacing(tmp_path / "folder") as temporary:
        temporary.mkdir()
        (temporary / "file").write_text("content")
    assert (tmp_path / "folder/file").read_text() == "content"


def test_metadata_and_columns_come_back(tmp_path):
    write_feather(TABLE, tmp_path / "table.feather", {"split": "train"})
    assert read_metadata(tmp_path / "table.feather") == {"split": "train"}
    assert read_feather(tmp_path / "table.feather", ["b"]).column_names == ["b"]


@pytest.mark.parametrize("keep", [0, 10, 200])
def test_a_damaged_table_is_named(tmp_path, keep):
    path = tmp_path / "table.feather"
    write_feather(TABLE, path)
    path.write_bytes(path.read_bytes()[:keep])
    with pytest.raises(InputError, match=r"table\.feather: cannot be read as Feather"):
        read_feather(path)


def test_a_missing_table_or_column_is_named(tmp_path):
    with pytest.raises(InputError, match=r"none\.feather: no such file"):
        read_feather(tmp_path / "none.feather")
    write_feather(TABLE, tmp_path / "table.feather")
    with pytest.raises(InputError, match=r"table\.feather.*'?c'?"):
        read_feather(tmp_path / "table.feather", ["c"])


def test_the_fingerprint_tells_contents_and_their_limits_apart():
    assert fingerprint(b"a", b"bc") == fingerprint(b"a", b"bc")
    assert len({fingerprint(b"a", b"bc"), fingerprint(b"ab", b"c"), fingerprint(b"a", b"bd")}) == 3
