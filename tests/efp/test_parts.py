"""An interrupted chunk resumes, and never with the values of another computation."""

import numpy as np
import pytest

from leptonid.efp import parts
from leptonid.efp.parts import compute_in_parts

NAMES = ["a", "b", "c"]
EVENTS = np.arange(10, 110)


class KilledError(Exception):
    """Raised in place of a kill."""


class Values:
    """Computes values, records the rows, and stops before the event `until`."""

    def __init__(self, factor=1.0, until=None):
        self.factor, self.until, self.rows = factor, until, []

    def __call__(self, block):
        if self.until is not None and block.stop > self.until:
            raise KilledError
        rows = range(block.start, block.stop)
        self.rows += rows
        return self.factor * np.outer(rows, [1.0, 2.0, 3.0])


@pytest.fixture(autouse=True)
def _short_parts(monkeypatch):
    monkeypatch.setattr(parts, "BLOCK", 10)
    monkeypatch.setattr(parts, "SECONDS_PER_PART", 0)
    monkeypatch.setattr(parts, "SECONDS_PER_MESSAGE", 0)


def interrupt(folder, key="key", until=45):
    values = Values(until=until)
    with pytest.raises(KilledError):
        compute_in_parts(values, EVENTS, NAMES, folder, key)
    return values


def expected(factor=1.0):
    return {"event": EVENTS.tolist()} | {
        name: (factor * (place + 1.0) * np.arange(100)).tolist() for place, name in enumerate(NAMES)
    }


def test_an_uninterrupted_chunk_is_complete(tmp_path):
    table = compute_in_parts(Values(), EVENTS, NAMES, tmp_path / "0.parts", "key")
    assert table.to_pydict() == expected()


def test_an_interrupted_chunk_resumes_and_ends_with_the_same_values(tmp_path, caplog):
    caplog.set_level("INFO")
    interrupt(tmp_path / "0.parts")
    again = Values()
    table = compute_in_parts(again, EVENTS, NAMES, tmp_path / "0.parts", "key")
    assert again.rows == list(range(40, 100))
    assert table.to_pydict() == expected()
    assert "resuming: 40 of 100 events are already computed" in caplog.text
    assert "90 of 100 events" in caplog.text


def test_it_can_be_interrupted_again_and_again(tmp_path):
    for until in (15, 35, 35, 85):
        interrupt(tmp_path / "0.parts", until=until)
    again = Values()
    table = compute_in_parts(again, EVENTS, NAMES, tmp_path / "0.parts", "key")
    assert again.rows == list(range(80, 100))
    assert table.to_pydict() == expected()


def test_parts_of_another_computation_are_not_used(tmp_path):
    interrupt(tmp_path / "0.parts")
    again = Values(factor=2.0)
    table = compute_in_parts(again, EVENTS, NAMES, tmp_path / "0.parts", "another key")
    assert len(again.rows) == 100
    assert table.to_pydict() == expected(2.0)


@pytest.mark.parametrize("damage", ["truncated", "flipped", "missing"])
def test_a_damaged_part_and_all_after_it_are_computed_again(tmp_path, damage):
    folder = tmp_path / "0.parts"
    interrupt(folder)
    path = folder / "20.feather"
    content = bytearray(path.read_bytes())
    # Among the values of the last column, which follow the first bytes of its lz4 frame.
    content[content.rindex(b"\x04\x22\x4d\x18") + 20] ^= 1 if damage == "flipped" else 0
    path.write_bytes(content[:-200] if damage == "truncated" else content)
    if damage == "missing":
        path.unlink()
    again = Values()
    table = compute_in_parts(again, EVENTS, NAMES, folder, "key")
    assert again.rows == list(range(20, 100))
    assert table.to_pydict() == expected()
