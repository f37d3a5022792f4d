"""The tables of events and cells hold exactly what the HDF5 file holds."""

import h5py
import numpy as np
import pytest

from leptonid.calorimeter import GRIDS, images_from_cells
from leptonid.data.published import check_events, copy_events
from leptonid.data.splits import cell_table, event_table
from leptonid.storage import HL, metadata_of


@pytest.fixture
def checked(events_file, tmp_path):
    path = tmp_path / "checked.h5"
    copy_events(events_file, path, check_events(events_file))
    return path


def test_the_table_of_events_holds_labels_variables_and_the_label_of_the_data(checked):
    table = event_table(checked, "valid")
    with h5py.File(checked) as file:
        np.testing.assert_array_equal(table["y"], file["y/valid"])
        np.testing.assert_array_equal(np.column_stack([table[name] for name in HL]), file["hl/valid"])
        np.testing.assert_array_equal(table["mass"], file["mass/valid"][:, 0])
        np.testing.assert_array_equal(table["pt"], file["pt/valid"])
    np.testing.assert_array_equal(table["event"], np.arange(16))
    np.testing.assert_array_equal(table["weight"], np.ones(16))
    assert metadata_of(table) == {
        "split": "valid",
        "label": "synthetic test events",
        "energy_unit": "GeV",
    }


def test_without_attributes_the_label_is_the_files_name_and_units_are_arbitrary(events_file, tmp_path):
    with h5py.File(events_file, "r+") as file:
        file.attrs.clear()
    copy_events(events_file, tmp_path / "copy.h5", check_events(events_file))
    metadata = metadata_of(event_table(tmp_path / "copy.h5", "test"))
    assert metadata == {"split": "test", "label": "events.h5", "energy_unit": "arb. units"}


def test_attributes_of_bytes_are_text(events_file, tmp_path):
    with h5py.File(events_file, "r+") as file:
        file.attrs["label"] = np.bytes_("my events")
    copy_events(events_file, tmp_path / "copy.h5", check_events(events_file))
    assert metadata_of(event_table(tmp_path / "copy.h5", "test"))["label"] == "my events"


@pytest.mark.parametrize("grid", GRIDS.values(), ids=list(GRIDS))
def test_images_come_back_from_cells(checked, grid):
    table = cell_table(checked, grid, "train")
    cell, et = (table[name].combine_chunks() for name in ("cell", "et"))
    images = images_from_cells(
        cell.flatten().to_numpy(), et.flatten().to_numpy(), cell.value_lengths().to_numpy(), grid
    )
    with h5py.File(checked) as file:
        np.testing.assert_array_equal(images, file[grid.image]["train"])
    assert (et.flatten().to_numpy() != 0).all()
    assert metadata_of(table) == {"split": "train", "calorimeter": grid.name}


def test_an_event_without_cells_has_an_empty_list(checked):
    with h5py.File(checked, "r+") as file:
        file["ht/test"][4] = 0
    table = cell_table(checked, GRIDS["hcal"], "test")
    assert table["cell"][4].as_py() == []
    assert len(table) == 24


def test_blocks_of_events_are_joined_in_order(checked, monkeypatch):
    whole = cell_table(checked, GRIDS["ecal"], "train")
    monkeypatch.setattr("leptonid.data.published.BLOCK", 7)
    assert cell_table(checked, GRIDS["ecal"], "train").equals(whole)
