"""EFP tables: the events of chunks, writing and reading."""

import re

import numpy as np
import pyarrow as pa
import pytest

from leptonid.efp import tables as module
from leptonid.efp.tables import chunk_rows, read_efps, write_efps
from leptonid.errors import InputError
from leptonid.tables.efps import coordinates_of, efp_blocks
from leptonid.tables.feather import write_feather

LZ4 = b"\x04\x22\x4d\x18"  # first bytes of every compressed column


@pytest.fixture
def cells(tmp_path):
    """A table of five events, without the columns of their cells."""
    path = tmp_path / "cells.feather"
    write_feather(pa.table({"event": np.arange(5)}), path)
    return path


@pytest.mark.parametrize("chunks", [1, 2, 3, 5, 6, 40])
def test_chunks_hold_every_event_once_in_order(cells, chunks):
    events = [event for chunk in range(chunks) for event in range(5)[chunk_rows(cells, chunk, chunks)]]
    assert events == list(range(5))


def test_of_more_chunks_than_events_the_first_is_not_empty(cells):
    """Duplicates are judged on it."""
    assert [chunk_rows(cells, 0, chunks) for chunks in (6, 7, 40)] == [slice(0, 1)] * 3


@pytest.fixture
def efp_files(tmp_path):
    """Tables of two chunks of `test` for two calorimeters, in folders as in a study."""
    for calorimeter, sign in (("barrel", 1), ("endcap", -1)):
        for chunk, events in enumerate((range(3), range(3, 5))):
            values = {
                name: sign * np.arange(10.0 * row, 10 * row + 5)[events] for row, name in enumerate("abc")
            }
            metadata = {"calorimeter": calorimeter, "split": "test", "chunk": str(chunk)}
            path = tmp_path / f"{calorimeter}/test/{chunk}.feather"
            write_efps(pa.table({"event": np.array(events), **values}), path, metadata)
    return sorted(tmp_path.glob("*/*/*.feather"), reverse=True)


def test_observables_of_a_calorimeter_and_split_are_read_in_order(efp_files):
    table = read_efps(efp_files, "endcap", "test", ["c", "a"])
    assert table.column_names == ["event", "c", "a"]
    assert table["event"].to_pylist() == list(range(5))
    np.testing.assert_array_equal(table["c"].to_numpy(), [-20, -21, -22, -23, -24])
    np.testing.assert_array_equal(table["a"].to_numpy(), [0, -1, -2, -3, -4])


def test_other_columns_are_not_read(efp_files):
    """Damage in another column does no harm."""
    for path in efp_files:
        content = path.read_bytes()
        last_column = content.rindex(LZ4)
        path.write_bytes(content[:last_column] + bytes(len(LZ4)) + content[last_column + len(LZ4) :])
    assert len(read_efps(efp_files, "barrel", "test", ["a", "b"])) == 5
    with pytest.raises(InputError, match=r"barrel/test/0\.feather: cannot be read"):
        read_efps(efp_files, "barrel", "test", ["a", "c"])


def test_a_missing_split_or_observable_raises_an_error(efp_files):
    with pytest.raises(InputError, match="no table given for split valid, calorimeter barrel"):
        read_efps(efp_files, "barrel", "valid", ["a"])
    with pytest.raises(InputError, match=r"barrel/test/0\.feather.*'?d'?"):
        read_efps(efp_files, "barrel", "test", ["d"])


def test_a_table_left_from_another_number_of_chunks_raises_an_error(efp_files):
    old = efp_files[0].with_name("2.feather")
    write_efps(
        pa.table({"event": [4], "a": [0.0]}), old, {"calorimeter": "endcap", "split": "test", "chunk": "2"}
    )
    with pytest.raises(InputError, match=r"2\.feather: events are in more than one"):
        read_efps([*efp_files, old], "endcap", "test", ["a"])


def test_coordinates_are_read_from_the_metadata(tmp_path):
    tables = {}
    for name, metadata in {
        "one": {"coordinates": "physical"}, "two": {"coordinates": "physical"},
        "other": {"coordinates": "published"}, "old": {"split": "test"},
    }.items():  # fmt: skip
        tables[name] = tmp_path / f"{name}.feather"
        write_feather(pa.table({"event": [0]}), tables[name], metadata)
    assert coordinates_of([tables["one"], tables["two"]]) == "physical"
    assert coordinates_of([]) is None
    with pytest.raises(InputError, match=r"differ in their coordinates: .*one.*physical.*other.*published"):
        coordinates_of([tables["one"], tables["other"]])
    with pytest.raises(InputError, match=r"old\.feather: its metadata lack `coordinates`"):
        coordinates_of([tables["one"], tables["old"]])


def test_only_the_batches_of_some_events_are_read(tmp_path, monkeypatch):
    monkeypatch.setattr(module, "ROWS_AT_ONCE", 4)
    paths = []
    for chunk, events in enumerate((np.arange(10), np.arange(10, 20))):
        paths.append(tmp_path / f"{chunk}.feather")
        metadata = {"calorimeter": "barrel", "split": "test", "chunk": str(chunk)}
        write_efps(pa.table({"event": events, "a": 1.5 * events, "b": -events}), paths[-1], metadata)
    some = np.array([5, 6, 12, 19])
    table = read_efps(paths, "barrel", "test", ["b", "a"], some)
    assert table.column_names == ["event", "b", "a"]
    assert table["event"].to_pylist() == [5, 6, 12, 19]
    np.testing.assert_array_equal(table["a"], 1.5 * some)
    ((_, values),) = efp_blocks(paths, "barrel", "test", ["b"], some, some=True)
    np.testing.assert_array_equal(values, [-some])
    with pytest.raises(InputError, match="its 4 events are not the 5 of the events"):
        list(efp_blocks(paths, "barrel", "test", ["b"], np.append(some, 20), some=True))
    with pytest.raises(InputError, match=r"0\.feather.*no column c"):
        read_efps(paths, "barrel", "test", ["c"], some)
    # Damage of the last column of the first batch, of events 0 to 3, does no harm to others.
    content = paths[0].read_bytes()
    place = [found.start() for found in re.finditer(re.escape(LZ4), content)][2]
    paths[0].write_bytes(content[:place] + bytes(len(LZ4)) + content[place + len(LZ4) :])
    assert len(read_efps(paths, "barrel", "test", ["b"], some)) == 4
    with pytest.raises(InputError, match=r"0\.feather: cannot be read"):
        read_efps(paths, "barrel", "test", ["b"], np.array([3]))
