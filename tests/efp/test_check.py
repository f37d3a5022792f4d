"""Damaged EFP tables are detected, whatever bit has changed."""

import random

import numpy as np
import pyarrow as pa
import pytest

from leptonid.efp.check import damage
from leptonid.efp.tables import checksum, read_columns, write_efps
from leptonid.tables.feather import metadata_of, read_feather, read_metadata, read_schema, write_feather

OBSERVABLES = ["1_0_0_k_2_b_0.5", "2_1_0_k_1_b_0.5", "2_1_0_k_1_b_2"]
EVENTS = np.arange(40, 70)
PLACE = {"calorimeter": "barrel", "split": "train", "chunk": "3"}


def efp_table():
    values = np.random.default_rng(0).lognormal(0, 5, (len(OBSERVABLES), len(EVENTS)))
    return pa.table({"event": EVENTS, **dict(zip(OBSERVABLES, values, strict=True))})


@pytest.fixture
def table(tmp_path):
    path = tmp_path / "3.feather"
    write_efps(efp_table(), path, {**PLACE, "coordinates": "physical"})
    return path


def damage_of(path):
    return damage(path, PLACE, OBSERVABLES, EVENTS)


def test_an_intact_table_passes(table):
    assert damage_of(table) is None
    assert read_metadata(table).keys() == {*PLACE, "coordinates", "checksum"}


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda content: content[: len(content) // 2], "cannot be read: "),
        (lambda content: content[:-1], "cannot be read: "),
        (lambda content: b"", "cannot be read: "),
        (lambda content: b"ERROR: disk full\n" * 100, "cannot be read: "),
    ],
)
def test_a_truncated_or_foreign_file_cannot_be_read(table, change, message):
    table.write_bytes(change(table.read_bytes()))
    assert damage_of(table).startswith(message)


def test_every_flipped_bit_is_detected_or_harmless(table):
    """In values, footer, metadata and magic bytes."""
    intact, content = read_feather(table), bytearray(table.read_bytes())
    chance = random.Random(0)
    # The footer, with names and metadata, can break reading in the most ways.
    bits = {chance.randrange(8 * len(content)) for _ in range(600)}
    bits |= {8 * len(content) - 1 - chance.randrange(8 * 1500) for _ in range(600)}
    harmless = 0
    for bit in sorted(bits):
        content[bit // 8] ^= 1 << bit % 8
        table.write_bytes(content)
        content[bit // 8] ^= 1 << bit % 8
        if damage_of(table) is None:
            harmless += 1
            assert read_feather(table).equals(intact, check_metadata=True), bit
    assert harmless < len(bits) / 3


def test_a_flipped_bit_of_a_value_is_detected_in_a_valid_file(table):
    """As after a memory error: written again, with the old checksum."""
    changed = read_feather(table)
    values = changed["2_1_0_k_1_b_2"].to_numpy().copy()
    values.view(np.uint64)[7] ^= 1
    write_feather(changed.set_column(3, changed.field(3), pa.array(values)), table)
    assert "checksum" in damage_of(table)


def test_a_table_without_a_checksum_is_damaged(table):
    write_feather(efp_table(), table, PLACE)
    assert damage_of(table) == "it has no checksum"


@pytest.mark.parametrize(
    ("place", "observables", "events", "message"),
    [
        ({**PLACE, "chunk": "2"}, OBSERVABLES, EVENTS, "expected chunk 2 in its metadata, found 3"),
        (
            {**PLACE, "calorimeter": "endcap"},
            OBSERVABLES,
            EVENTS,
            "expected calorimeter endcap in its metadata, found barrel",
        ),
        (PLACE, [*OBSERVABLES, "2_2_0_k_1_b_2"], EVENTS, "1 missing, 0 unknown"),
        (PLACE, OBSERVABLES[1:], EVENTS, "0 missing, 1 unknown"),
        (PLACE, OBSERVABLES[::-1], EVENTS, "0 missing, 0 unknown"),
        (PLACE, OBSERVABLES, EVENTS[1:], "expected 29 rows, found 30"),
        (PLACE, OBSERVABLES, EVENTS + 1, "its events are not those of the table of cells"),
    ],
)
def test_a_table_of_other_contents_is_damaged(table, place, observables, events, message):
    assert message in damage(table, place, observables, events)


def test_the_checksum_of_a_file_read_in_parts_is_that_of_the_table(table, monkeypatch):
    monkeypatch.setattr("leptonid.efp.tables.COLUMNS_AT_ONCE", 2)
    schema = read_schema(table)
    assert checksum(schema, read_columns(table, schema.names)) == metadata_of(read_feather(table))["checksum"]


@pytest.mark.parametrize("key", ["coordinates", "split"])
def test_the_checksum_covers_the_metadata(key):
    table = efp_table()
    one = {**PLACE, "coordinates": "physical"}
    other = {**one, key: "other"}
    sums = {
        checksum(table.replace_schema_metadata(metadata).schema, table.columns)
        for metadata in (one, other, one)
    }
    assert len(sums) == 2
