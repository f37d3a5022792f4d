"""Blocks of an HDF5 file give the events that the tables of the same file give."""

from dataclasses import replace

import h5py
import numpy as np
import pytest

from data.test_event_tables import columns_of, write
from leptonid.data import forms
from leptonid.data.event_files import open_events
from leptonid.data.source import event_blocks, has_labels, splits_in
from leptonid.data.splits import write_cell_table, write_event_table
from leptonid.errors import InputError
from leptonid.study.features import Column
from leptonid.tables.reader import Events, Inputs, SplitTables, read_events
from synthetic import edit, with_value


def inputs(layout, *columns):
    images = {name: layout.images[name].grid for name in ("back", "front")}
    return Inputs(images, [Column(*column.rsplit("/", 1)) for column in columns])


def sums(calorimeter, names, images, first):
    """Return made-up EFPs: the energy of every image, times 1, 2, ..."""
    assert calorimeter == "accordion"
    total = np.add.reduceat(images.energy, images.offsets[:-1], dtype=np.float64)
    return np.outer(total, np.arange(1, len(names) + 1))


def unused_kinematics(layout):
    """Return the contents of a classifier without pt and eta among its inputs."""
    return replace(layout.contents, events={"label": "truth"})


def read(path, layout, wanted, split="train", **options):
    contents = unused_kinematics(layout)
    with open_events(path, contents, splits=None) as file:
        blocks = event_blocks(file, split, contents, path, **options)
        return [read_events(block, wanted) for block in blocks]


def test_blocks_hold_what_tables_hold(events_file, layout, tmp_path, monkeypatch):
    monkeypatch.setattr(forms, "BLOCK_BYTES", 7 * 8 * 16 * 4)
    wanted = inputs(layout, "events/m", "events/width", "events/height")
    blocks = read(events_file, layout, wanted)
    assert [len(block) for block in blocks] == [7, 7, 7, 7, 7, 5]
    found = Events.concatenate(blocks)

    table = tmp_path / "train.feather"
    write_event_table(events_file, "train", layout.contents, table)
    cells = [tmp_path / f"{name}.feather" for name in wanted.images]
    for path, grid in zip(cells, wanted.images.values(), strict=True):
        write_cell_table(events_file, "train", grid, path)
    expected = read_events(SplitTables("train", [table], cells), wanted)
    for name in ("event", "split", "y", "flat"):
        np.testing.assert_array_equal(getattr(found, name), getattr(expected, name))
    for name, values in expected.batch().items():
        np.testing.assert_array_equal(found.batch()[name], values)


def test_efps_come_from_the_images_between_other_variables(events_file, layout):
    wanted = inputs(layout, "events/m", "accordion/1_0_0_k_2_b_1", "events/length", "accordion/2_1_0_k_1_b_1")
    (events,) = read(events_file, layout, wanted, efps=sums)
    with h5py.File(events_file) as file:
        total = file["middle/train"][:].sum((1, 2, 3), dtype=np.float64)
        m, length = file["m/train"][:, 0], file["shapes/train"][:, 1]
    np.testing.assert_allclose(events.flat, np.column_stack([m, total, length, 2 * total]))


def test_scalars_come_from_the_images_beside_efps(events_file, layout):
    wanted = inputs(layout, "accordion/cells", "accordion/1_0_0_k_2_b_1", "accordion/sum_et")
    (events,) = read(events_file, layout, wanted, efps=sums)
    with h5py.File(events_file) as file:
        middle = file["middle/train"][..., 0].astype(np.float64)
    cells = middle.reshape(len(middle), 2, 4, 4, 4).sum((2, 4))
    total = cells.sum((1, 2))
    expected = np.column_stack([np.count_nonzero(cells, (1, 2)), total, total])
    np.testing.assert_allclose(events.flat, expected)


def test_images_keep_the_precision_of_the_file_and_batches_are_float32(events_file, layout):
    edit(events_file, "front/train", lambda values: values.astype(np.float64) / 3)
    (events,) = read(events_file, layout, inputs(layout))
    assert events.images["front"].energy.dtype == np.float64
    assert events.batch()["front"].dtype == np.float32


def test_an_error_of_the_efps_names_the_file_and_the_group(events_file, layout):
    def refuse(calorimeter, names, images, first):
        raise InputError(f"event {first}: no")

    with pytest.raises(InputError, match=r"events\.h5: middle/train: event 0: no"):
        read(events_file, layout, inputs(layout, "accordion/1_0_0_k_2_b_1"), efps=refuse)


@pytest.mark.parametrize(
    ("name", "change", "expected"),
    [
        ("shapes/train", with_value((7, 2), np.nan), "shapes/train: event 7 has nan"),
        ("truth/train", with_value(11, 3), "truth/train: event 11 has label 3"),
        ("front/train", with_value((12, 0, 0, 0), -2), r"front/train: event 12 has a negative pixel \(-2\)"),
    ],
)
def test_a_bad_value_is_named_with_its_event(events_file, layout, monkeypatch, name, change, expected):
    monkeypatch.setattr(forms, "BLOCK_BYTES", 5 * 8 * 16 * 4)
    edit(events_file, name, change)
    with pytest.raises(InputError, match=expected):
        read(events_file, layout, inputs(layout), positive=["front"])


def test_a_part_of_a_file_is_enough(events_file, layout):
    with h5py.File(events_file, "r+") as file:
        for name in ("truth", "pt_tau", "eta_tau", *(f"{name}/valid" for name in layout.contents.images)):
            del file[name]
        for name in layout.contents.variables:
            del file[f"{name}/valid"]
    contents = unused_kinematics(layout)
    with open_events(events_file, contents, splits=None) as file:
        assert splits_in(file, contents) == ["train", "test"]
        assert not has_labels(file, contents)
    (events,) = read(events_file, layout, inputs(layout))
    np.testing.assert_array_equal(events.y, np.zeros(40))


def test_splits_of_any_name_are_read(events_file, layout):
    with h5py.File(events_file, "r+") as file:
        for group in file.values():
            group.move("test", "holdout")
    with open_events(events_file, layout.contents, splits=None) as file:
        assert splits_in(file, layout.contents) == ["train", "valid", "holdout"]
    (events,) = read(events_file, layout, inputs(layout), split="holdout")
    assert len(events) == 24


def test_splits_of_any_name_may_not_be_links(events_file, layout):
    with h5py.File(events_file, "r+") as file:
        file["back/holdout"] = h5py.ExternalLink("secret.h5", "back/test")
    with pytest.raises(InputError, match="'back/holdout' is a link to back/test in the file"):
        open_events(events_file, layout.contents, splits=None)
    open_events(events_file, layout.contents).close()


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        (lambda file: file.pop("m/test"), "m/test is missing"),
        (lambda file: file.pop("m"), "group 'm' is missing"),
        (lambda file: file.pop("pt_tau"), "group 'pt_tau' is missing"),
        (lambda file: file.pop("truth/test"), "truth/test is missing"),
        (lambda file: file["m"].move("test", "holdout"), "front/holdout is missing"),
        (
            lambda file: [group.clear() for group in file.values()],
             "'front' is empty",
        ),
    ],
)  # fmt: skip
def test_what_a_file_lacks_is_named(events_file, layout, change, expected):
    with h5py.File(events_file, "r+") as file:
        change(file)
    with open_events(events_file, layout.contents, None) as file, pytest.raises(InputError, match=expected):
        splits_in(file, layout.contents)


def test_tables_and_files_without_splits_are_read_too(events_file, layout, tmp_path):
    path = write(columns_of(events_file, layout), tmp_path / "events.parquet")
    wanted, contents = inputs(layout, "events/m"), unused_kinematics(layout)
    (expected,) = read(events_file, layout, wanted, "valid")
    with open_events(path, contents, splits=None) as sample:
        assert splits_in(sample, contents) == ["train", "valid", "test"]
        (block,) = event_blocks(sample, "valid", contents, path)
        found = read_events(block, wanted)
    np.testing.assert_array_equal(found.flat, expected.flat)
    np.testing.assert_array_equal(found.y, expected.y)
    with h5py.File(events_file, "r+") as file:
        for name in list(file):
            values = file[name]["train"][:]
            del file[name]
            file[name] = values
    with open_events(events_file, contents, splits=None) as sample:
        assert splits_in(sample, contents) == ["all"]
        assert len(sample.values("m", "all")) == 40
