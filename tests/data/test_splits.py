"""The tables of events and cells hold exactly what the HDF5 file holds."""

import math
from dataclasses import replace

import h5py
import numpy as np
import pyarrow as pa
import pytest

from layouts import PHOTONS, write_events_of
from leptonid.data import forms, splits
from leptonid.data.checks import check_events
from leptonid.data.splits import write_cell_table, write_event_table
from leptonid.errors import InputError
from leptonid.study.layout import Group, Variable
from leptonid.study.paths import SPLITS
from leptonid.tables.cells import read_cells
from leptonid.tables.feather import metadata_of, read_feather
from synthetic import edit, with_value

VARIABLES = ["width", "length", "height", "m"]


def event_table(source, split, layout, tmp_path):
    output = tmp_path / "table.feather"
    events = write_event_table(source, split, layout.contents, output)
    table = read_feather(output)
    assert len(table) == events
    return table


def test_the_table_of_events_holds_labels_variables_and_kinematics(events_file, layout, tmp_path):
    table = event_table(events_file, "valid", layout, tmp_path)
    assert table.column_names == ["event", "y", "weight", *VARIABLES, "pt", "eta"]
    with h5py.File(events_file) as file:
        np.testing.assert_array_equal(table["y"], file["truth/valid"])
        np.testing.assert_array_equal(
            np.column_stack([table[name] for name in VARIABLES]),
            np.column_stack([file["shapes/valid"], file["m/valid"]]),
        )
        np.testing.assert_array_equal(table["pt"], file["pt_tau/valid"])
        np.testing.assert_array_equal(table["eta"], file["eta_tau/valid"])
    np.testing.assert_array_equal(table["event"], np.arange(16))
    np.testing.assert_array_equal(table["weight"], np.ones(16))
    assert metadata_of(table) == {"split": "valid"}


def test_the_table_of_events_holds_whole_chunk_numbers(events_file, layout, tmp_path):
    numbers = np.arange(16) // 3 + 70_000
    with h5py.File(events_file, "r+") as file:
        for split in SPLITS:
            file[f"block/{split}"] = np.resize(numbers.astype(np.int32), len(file["truth"][split]))
    table = event_table(events_file, "valid", layout, tmp_path)
    assert table.column_names == ["event", "y", "weight", "chunk", *VARIABLES, "pt", "eta"]
    assert table.schema.field("chunk").type == pa.int64()
    assert table["chunk"].to_pylist() == numbers.tolist()


def with_formulas(layout, **formulas):
    group = Group(
        "ratios", "ratios", tuple(Variable(name, name, formula=text) for name, text in formulas.items())
    )
    return replace(layout, groups={**layout.groups, "ratios": group})


def test_computed_variables_follow_their_formulas(events_file, layout, tmp_path):
    layout = with_formulas(layout, r="m / (pt*cosh(eta))", s="-abs(width) ** 2 + 1.5e0 * sqrt(4)")
    table = event_table(events_file, "valid", layout, tmp_path)
    assert table.column_names == ["event", "y", "weight", *VARIABLES, "pt", "eta", "r", "s"]
    rows = table.to_pylist()
    expected = [row["m"] / (row["pt"] * math.cosh(row["eta"])) for row in rows]
    np.testing.assert_allclose(table["r"], expected, rtol=1e-14)
    np.testing.assert_allclose(table["s"], [-(abs(row["width"]) ** 2) + 3 for row in rows], rtol=1e-14)


def test_what_cannot_be_computed_is_left_out_or_named(events_file, layout, tmp_path):
    layout = with_formulas(layout, r="m / pt", s="m + width")
    edit(events_file, "pt_tau/valid", with_value(5, 0))
    with pytest.raises(InputError, match=r"valid: r = m / pt: event 5 has -?inf"):
        event_table(events_file, "valid", layout, tmp_path)
    with h5py.File(events_file, "r+") as file:
        del file["pt_tau"]
    table = event_table(events_file, "valid", layout, tmp_path)
    assert table.column_names == ["event", "y", "weight", *VARIABLES, "eta", "s"]


def test_values_keep_their_precision(events_file, layout, tmp_path):
    edit(events_file, "m/valid", lambda values: values.astype(">f8") / 3)
    with h5py.File(events_file, "r+") as file:
        for split in SPLITS:
            file[f"w/{split}"] = np.linspace(0, 1, len(file["truth"][split]), dtype=np.float32)
        weight, m = file["w/valid"][:], file["m/valid"][:, 0]
    table = event_table(events_file, "valid", layout, tmp_path)
    types = {"event": pa.int64(), "y": pa.int8(), "weight": pa.float32(), "m": pa.float64()}
    assert {name: table.schema.field(name).type for name in types} == types
    assert table.schema.field("width").type == pa.float32()
    np.testing.assert_array_equal(table["weight"], weight)
    np.testing.assert_array_equal(table["m"], m)


@pytest.mark.parametrize(
    ("stored", "read"),
    [
        (">f4", pa.float32()),
        (">f8", pa.float64()),
        ("f2", pa.float32()),
        (np.longdouble, pa.float64()),
        ("i2", pa.float32()),
        ("u1", pa.float32()),
        (">i4", pa.float64()),
        ("u8", pa.float64()),
    ],
)
def test_numbers_of_any_type_become_floats_at_the_door(events_file, layout, tmp_path, stored, read):
    for name in ("m", "pt_tau", "back"):
        edit(events_file, f"{name}/valid", lambda values: np.round(100 * abs(values)).astype(stored))
    check_events(events_file, layout.contents)
    with h5py.File(events_file) as file:
        m, back = file["m/valid"][:, 0].astype(float), file["back/valid"][:].astype(float)
    table = event_table(events_file, "valid", layout, tmp_path)
    assert table.schema.field("m").type == table.schema.field("pt").type == read
    np.testing.assert_array_equal(table["m"], m)
    grid, cells = layout.images["back"].grid, tmp_path / "cells.feather"
    write_cell_table(events_file, "valid", grid, cells)
    np.testing.assert_array_equal(read_cells(cells, grid)[1].dense(), back)


def test_a_number_that_is_too_large_for_a_float_is_refused(events_file, layout):
    edit(events_file, "m/valid", lambda values: np.full_like(values, "1e400", dtype=np.longdouble))
    with pytest.raises(InputError, match="m/valid: event 0 has inf"):
        check_events(events_file, layout.contents)


def test_a_layout_without_kinematics_has_no_columns_for_them(tmp_path):
    source = tmp_path / "photons.h5"
    write_events_of(PHOTONS, source, train=8)
    table = event_table(source, "train", PHOTONS, tmp_path)
    assert table.column_names == ["event", "y", "weight", "width", "length", "height"]


@pytest.mark.parametrize("name", ["front", "middle", "back"])
@pytest.mark.parametrize("kind", [np.float32, np.float64])
def test_images_come_back_from_cells(events_file, layout, tmp_path, name, kind):
    edit(events_file, f"{name}/train", lambda values: (values / 3).astype(kind))
    grid, output = layout.images[name].grid, tmp_path / "cells.feather"
    events, cells = write_cell_table(events_file, "train", grid, output)
    event, images = read_cells(output, grid)
    with h5py.File(events_file) as file:
        expected = file[name]["train"][:]
    np.testing.assert_array_equal(event, np.arange(40))
    np.testing.assert_array_equal(images.dense(), expected.astype(np.float32))
    assert images.energy.dtype == kind
    np.testing.assert_array_equal(images.energy, expected[expected != 0])
    assert (events, cells) == (40, np.count_nonzero(expected))
    assert metadata_of(read_feather(output)) == {"split": "train", "calorimeter": grid.calorimeter}


def test_an_event_without_cells_has_an_empty_list(events_file, layout, tmp_path):
    with h5py.File(events_file, "r+") as file:
        file["back/test"][4] = 0
    output = tmp_path / "cells.feather"
    write_cell_table(events_file, "test", layout.images["back"].grid, output)
    table = read_feather(output)
    assert table["cell"][4].as_py() == table["et"][4].as_py() == []
    assert len(table) == 24


def test_record_batches_are_small_and_in_order(events_file, layout, tmp_path, monkeypatch):
    grid, whole, parts = layout.images["middle"].grid, tmp_path / "whole.feather", tmp_path / "parts.feather"
    write_cell_table(events_file, "train", grid, whole)
    events = event_table(events_file, "train", layout, tmp_path)
    monkeypatch.setattr(forms, "BLOCK_BYTES", 7 * 8 * 16 * 4)
    monkeypatch.setattr(splits, "ROWS", 9)
    write_cell_table(events_file, "train", grid, parts)
    assert [len(chunk) for chunk in read_feather(parts)["cell"].chunks] == [7, 7, 7, 7, 7, 5]
    assert read_feather(parts).equals(read_feather(whole))
    np.testing.assert_array_equal(read_cells(parts, grid)[1].dense(), read_cells(whole, grid)[1].dense())
    again = event_table(events_file, "train", layout, tmp_path)
    assert [len(chunk) for chunk in again["y"].chunks] == [9, 9, 9, 9, 4]
    assert again.equals(events)


def test_files_follow_one_another_in_a_table(events_file, layout, tmp_path):
    more = tmp_path / "more.h5"
    write_events_of(layout, more, test=6, train=10, valid=4)
    edit(more, "m/valid", lambda values: values.astype(float) / 3)
    edit(more, "back/valid", lambda values: values.astype(float) / 3)
    parts = [event_table(path, "valid", layout, tmp_path) for path in (events_file, more)]
    table = event_table([events_file, more], "valid", layout, tmp_path)
    np.testing.assert_array_equal(table["event"], np.arange(20))
    assert table.schema.field("m").type == pa.float64()
    for name in ("y", *VARIABLES, "pt"):
        np.testing.assert_array_equal(table[name], np.concatenate([part[name] for part in parts]))
    grid, output = layout.images["back"].grid, tmp_path / "cells.feather"
    assert write_cell_table([events_file, more], "valid", grid, output)[0] == 20
    event, images = read_cells(output, grid)
    np.testing.assert_array_equal(event, np.arange(20))
    with h5py.File(events_file) as first, h5py.File(more) as second:
        expected = np.concatenate([file["back/valid"][:] for file in (first, second)])
    np.testing.assert_array_equal(images.energy, expected[expected != 0])
