"""Safe writing: all or nothing under the real name, and nothing left behind for long."""

import os
import subprocess
import sys

import pyarrow as pa
import pytest

from leptonid.errors import InputError
from leptonid.tables.feather import read_batches, read_feather, read_metadata, tables_with, write_feather
from leptonid.tables.files import atomic_write, read_manifest
from leptonid.tables.fingerprints import file_fingerprint, fingerprint

TABLE = pa.table({"a": [1, 2], "b": [0.5, 1.5]})


def test_an_error_while_writing_leaves_the_old_file_and_no_other(tmp_path):
    path = tmp_path / "file.txt"
    path.write_text("old")

    def write_half():
        with atomic_write(path) as temporary:
            temporary.write_text("half")
            raise RuntimeError

    with pytest.raises(RuntimeError):
        write_half()
    assert path.read_text() == "old"
    assert os.listdir(tmp_path) == ["file.txt"]


def test_what_a_killed_process_left_is_removed_by_the_next_writer(tmp_path):
    code = (
        "import os, signal, sys; sys.path.insert(0, 'workflow/scripts')\n"
        "from leptonid.tables.files import atomic_write\n"
        "with atomic_write(sys.argv[1]) as temporary:\n"
        "    temporary.write_text('half')\n"
        "    os.kill(os.getpid(), signal.SIGKILL)\n"
    )
    path = tmp_path / "file.txt"
    subprocess.run([sys.executable, "-c", code, str(path)], check=False)
    (left,) = os.listdir(tmp_path)
    assert left.startswith(".file.")
    with atomic_write(path) as temporary:
        temporary.write_text("whole")
    assert os.listdir(tmp_path) == ["file.txt"]


def test_a_living_writers_file_is_left_alone(tmp_path):
    other = tmp_path / f".file.{os.getppid()}.txt"
    other.write_text("being written")
    with atomic_write(tmp_path / "file.txt") as temporary:
        temporary.write_text("whole")
    assert other.exists()


def test_a_folder_can_be_written_too(tmp_path):
    with atomic_write(tmp_path / "folder") as temporary:
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
    with pytest.raises(InputError, match=r"table\.feather: cannot be read as Feather"):
        list(read_batches(path, ["a"]))


def test_a_missing_table_or_column_is_named(tmp_path):
    with pytest.raises(InputError, match=r"none\.feather: no such file"):
        read_feather(tmp_path / "none.feather")
    write_feather(TABLE, tmp_path / "table.feather")
    with pytest.raises(InputError, match=r"table\.feather.*'?c'?"):
        read_feather(tmp_path / "table.feather", ["c"])
    with pytest.raises(InputError, match=r"table\.feather: .*no column c; there are: a, b"):
        list(read_batches(tmp_path / "table.feather", ["c"]))


def test_batches_have_the_columns_asked_for_in_their_order(tmp_path):
    write_feather(TABLE, tmp_path / "table.feather", rows_at_once=1)
    batches = list(read_batches(tmp_path / "table.feather", ["b", "a"]))
    assert [batch.to_pydict() for batch in batches] == [{"b": [0.5], "a": [1]}, {"b": [1.5], "a": [2]}]


def test_tables_are_found_by_their_metadata_and_ordered_by_chunk(tmp_path):
    for chunk in (10, 2, 1):
        write_feather(TABLE, tmp_path / f"{chunk}.feather", {"split": "train", "chunk": str(chunk)})
    write_feather(TABLE, tmp_path / "other.feather", {"split": "test"})
    found = tables_with(sorted(tmp_path.iterdir()), split="train")
    assert [path.stem for path in found] == ["1", "2", "10"]
    with pytest.raises(InputError, match="no table given for split train, calorimeter ecal"):
        tables_with(tmp_path.iterdir(), split="train", calorimeter="ecal")


def test_the_fingerprint_tells_contents_and_their_limits_apart():
    assert fingerprint(b"a", "bc") == fingerprint("a", b"bc")
    assert len({fingerprint("a", "bc"), fingerprint("ab", "c"), fingerprint("a", "bd")}) == 3


def test_a_file_has_another_fingerprint_when_its_content_changes(tmp_path):
    path = tmp_path / "table.feather"
    prints = set()
    for table, metadata in (
        (TABLE, {}),
        (TABLE.slice(1), {}),
        (TABLE, {"checksum": "1"}),
        (TABLE, {"checksum": "2"}),
    ):
        write_feather(table, path, metadata)
        prints |= {file_fingerprint(path), file_fingerprint(str(path))}
    assert len(prints) == 4
    text = tmp_path / "text.json"
    text.write_text("{}")
    before = file_fingerprint(text)
    os.utime(text, (0, 0))
    assert file_fingerprint(text) == before


@pytest.mark.parametrize("text", ["", "{}", '{"identifier": "sha256:1"}', "[]"])
def test_what_is_no_manifest_is_refused(tmp_path, text):
    (tmp_path / "manifest.json").write_text(text)
    with pytest.raises(InputError, match=r"manifest\.json: not a manifest"):
        read_manifest(tmp_path / "manifest.json")
