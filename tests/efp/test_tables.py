"""Chunks of events, cells as point clouds, and the EFP tables that are written and read."""

import numpy as np
import pyarrow as pa
import pytest

from leptonid.calorimeter import ECAL
from leptonid.efp.tables import chunk_of, point_clouds, read_efps, write_efps
from leptonid.errors import InputError

ZSTD = b"\x28\xb5\x2f\xfd"  # how every compressed column begins
CELLS = pa.table(
    {"event": range(5), "cell": [[0], [], [480, 481], [960], []], "et": [[1.0], [], [2.0, 3.0], [4.0], []]},
    metadata={"calorimeter": "ecal", "split": "train"},
)


@pytest.mark.parametrize("chunks", [1, 2, 3, 5, 7])
def test_chunks_hold_every_event_once_in_order(chunks):
    events = [
        event for chunk in range(chunks) for event in chunk_of(CELLS, chunk, chunks)["event"].to_pylist()
    ]
    assert events == list(range(5))


def test_point_clouds_are_the_cells_at_their_positions():
    clouds = point_clouds(CELLS, "physical")
    assert [len(cloud) for cloud in clouds] == [1, 0, 2, 1, 0]
    np.testing.assert_allclose(clouds[2], [[2, 0, 0], [3, ECAL.step_eta, 0]], atol=1e-12)
    np.testing.assert_allclose(clouds[0], [[1, -15 * ECAL.step_eta, 15 * ECAL.step_phi]])


def test_point_clouds_of_a_chunk_are_those_of_its_events():
    clouds = point_clouds(CELLS, "physical")
    for expected, found in zip(clouds[2:], point_clouds(chunk_of(CELLS, 1, 2), "physical"), strict=True):
        np.testing.assert_array_equal(found, expected)


@pytest.fixture
def efp_files(tmp_path):
    """Tables of two chunks of `test` on both calorimeters, in folders as in a study."""
    for calorimeter, sign in (("ecal", 1), ("hcal", -1)):
        for chunk, events in enumerate((range(3), range(3, 5))):
            values = {
                name: sign * np.arange(10.0 * row, 10 * row + 5)[events] for row, name in enumerate("abc")
            }
            metadata = {"calorimeter": calorimeter, "split": "test", "chunk": str(chunk)}
            path = tmp_path / f"{calorimeter}/test/{chunk}.feather"
            write_efps(pa.table({"event": np.array(events), **values}), path, metadata)
    return sorted(tmp_path.glob("*/*/*.feather"), reverse=True)


def test_some_observables_of_a_calorimeter_and_split_are_read_in_order(efp_files):
    table = read_efps(efp_files, "hcal", "test", ["c", "a"])
    assert table.column_names == ["event", "c", "a"]
    assert table["event"].to_pylist() == list(range(5))
    np.testing.assert_array_equal(table["c"].to_numpy(), [-20, -21, -22, -23, -24])
    np.testing.assert_array_equal(table["a"].to_numpy(), [0, -1, -2, -3, -4])


def test_only_what_is_asked_for_is_read(efp_files):
    """The bytes of another column may be anything."""
    for path in efp_files:
        content = path.read_bytes()
        last_column = content.rindex(ZSTD)
        path.write_bytes(content[:last_column] + bytes(len(ZSTD)) + content[last_column + len(ZSTD) :])
    assert len(read_efps(efp_files, "ecal", "test", ["a", "b"])) == 5
    with pytest.raises(InputError, match=r"ecal/test/0\.feather: cannot be read"):
        read_efps(efp_files, "ecal", "test", ["a", "c"])


def test_what_is_not_there_is_named(efp_files):
    with pytest.raises(InputError, match="no table given for split valid, calorimeter ecal"):
        read_efps(efp_files, "ecal", "valid", ["a"])
    with pytest.raises(InputError, match=r"ecal/test/0\.feather.*'?d'?"):
        read_efps(efp_files, "ecal", "test", ["d"])


def test_a_table_left_by_another_number_of_chunks_is_refused(efp_files):
    old = efp_files[0].with_name("2.feather")
    write_efps(
        pa.table({"event": [4], "a": [0.0]}), old, {"calorimeter": "hcal", "split": "test", "chunk": "2"}
    )
    with pytest.raises(InputError, match=r"2\.feather: events stand in more than one"):
        read_efps([*efp_files, old], "hcal", "test", ["a"])
