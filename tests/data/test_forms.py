"""HDF5 as people write it: what can be read in one way gives the same tables, what cannot is refused."""

import logging
import re
from dataclasses import replace

import h5py
import numpy as np
import pytest

from events import count_events
from layouts import MUONS, write_events_of
from leptonid.data.checks import check_events
from leptonid.data.event_files import open_events
from leptonid.data.forms import rows_by_split
from leptonid.data.splits import write_cell_table, write_event_table
from leptonid.errors import InputError
from leptonid.study.forms import shares_of
from leptonid.study.layout import LABEL
from leptonid.study.paths import SPLITS
from leptonid.study.sources import Reading, files_by_split
from leptonid.tables.cells import read_cells
from leptonid.tables.feather import read_feather
from synthetic import edit, with_value

CONFIG = {"source": "file", "split": {"valid": 0.16, "test": 0.2, "seed": 3}}


def tables(path, layout, folder, reading=None, image="front"):
    """Return the columns of all splits of a study of some files, and an image: what later stages read."""
    reading = reading or Reading.of({**CONFIG, "path": path}, layout)
    result = {}
    for split, files in files_by_split(path).items():
        write_event_table(files, split, layout.contents, folder / "table.feather", reading=reading)
        grid, label = layout.images[image].grid, {LABEL: layout.events[LABEL]}
        write_cell_table(files, split, grid, folder / "cells.feather", label, reading)
        table = read_feather(folder / "table.feather")
        result[split] = {name: table[name].to_numpy() for name in table.column_names}
        result[split][image] = read_cells(folder / "cells.feather", grid)[1].dense()
    return result


def assert_equal(found, expected):
    assert found.keys() == expected.keys()
    for split in expected:
        assert found[split].keys() == expected[split].keys()
        for name, values in expected[split].items():
            np.testing.assert_array_equal(found[split][name], values, err_msg=f"{name}/{split}")


def each(group, change):
    """Return a change of all splits of a group."""

    def changed(file):
        for split in list(file[group]):
            values = change(file[group][split][:])
            del file[group][split]
            file[group][split] = values

    return changed


def renamed(old, new):
    def changed(file):
        for group in file.values():
            group.move(old, new)

    return changed


def splits_outside(file):
    for name in list(file):
        for split in list(file[name]):
            file.move(f"{name}/{split}", f"{split}_/{name}")
        del file[name]
    for split in SPLITS:
        file.move(f"{split}_", split)


def splits_in_names(file):
    for name in list(file):
        for split in list(file[name]):
            file.move(f"{name}/{split}", f"{name}_{split}")
        del file[name]


def linked(file):
    file.move("m", "elsewhere/m")
    file["m"] = h5py.SoftLink("/elsewhere/m")
    file.move("front/test", "elsewhere/front")
    file["front/test"] = h5py.SoftLink("link")
    file["front/link"] = h5py.SoftLink("/elsewhere/front")


FORMS = {
    "labels in a column": (each("truth", lambda y: y[:, None]), r"truth/train: read as .* \(1,\) as \(\)"),
    "one-hot labels": (each("truth", lambda y: np.eye(2)[y]), "truth/train: read as one-hot labels"),
    "labels -1 and 1": (each("truth", lambda y: 2 * y - 1), "truth/valid: read as labels -1 and 1"),
    "labels false and true": (each("truth", lambda y: y == 1), "truth/test: read as labels false and true"),
    "images without channel": (each("front", lambda x: x[..., 0]), r"front/train: .* \(12, 10\) as"),
    "channel first": (each("front", lambda x: x[:, None, ..., 0]), r"front/train: .* \(1, 12, 10\) as"),
    "one variable without axis": (each("m", lambda m: m[:, 0]), r"m/train: .*\(\) as \(1,\)"),
    "pt in a column": (each("pt_tau", lambda pt: pt[:, None]), r"pt_tau/train: .*\(1,\) as \(\)"),
    "val": (renamed("valid", "val"), "truth/val: read as for truth/valid|truth/val: read as"),
    "validation": (renamed("valid", "validation"), "truth/validation: read as"),
    "Train": (renamed("train", "Train"), "truth/Train: read as"),
    "splits outside": (splits_outside, "train/truth: read as for truth/train"),
    "splits in names": (splits_in_names, "truth_train: read as for truth/train"),
    "links within the file": (linked, "front/test: read as a link to elsewhere/front in the same file"),
    "big-endian": (each("front", lambda x: x.astype(">f4")), ""),
}  # fmt: skip


@pytest.mark.parametrize("form", FORMS)
def test_what_can_be_read_in_one_way_is_read(events_file, layout, tmp_path, caplog, form):
    caplog.set_level(logging.INFO)
    change, note = FORMS[form]
    expected = tables(str(events_file), layout, tmp_path)
    with h5py.File(events_file, "r+") as file:
        change(file)
    assert check_events(str(events_file), layout.contents).events == {"train": 40, "valid": 16, "test": 24}
    assert_equal(tables(str(events_file), layout, tmp_path), expected)
    assert any(re.search(note, line) for line in caplog.messages), caplog.messages


@pytest.mark.parametrize("form", ["f2", "i4", ">i8", "u1"])
def test_numbers_of_any_type_are_read(events_file, layout, form):
    for split in SPLITS:
        for name in ("front", "pt_tau", "eta_tau"):
            edit(events_file, f"{name}/{split}", lambda values: np.round(np.abs(values)).astype(form))
    assert check_events(str(events_file), layout.contents).events["train"] == 40


def in_one(path, layout):
    """Write the events of a file without splits, and return them."""
    with h5py.File(path, "r+") as file:
        everything = {name: np.concatenate([file[name][split][:] for split in SPLITS]) for name in file}
        for name, values in everything.items():
            del file[name]
            file[name] = values
    return everything


def test_a_file_without_splits_is_divided_by_class_and_seed(events_file, layout, tmp_path, caplog):
    caplog.set_level(logging.INFO)
    everything = in_one(events_file, layout)
    found = tables(str(events_file), layout, tmp_path)
    assert {split: len(own["y"]) for split, own in found.items()} == {"train": 52, "valid": 12, "test": 16}
    assert {split: own["y"].sum() for split, own in found.items()} == {"train": 26, "valid": 6, "test": 8}
    # Every event is in one split, whole: as one number tells them apart.
    number = {value: row for row, value in enumerate(everything["m"][:, 0])}
    rows = [number[value] for own in found.values() for value in own["m"]]
    assert sorted(rows) == list(range(80))
    for own in found.values():
        taken = [number[value] for value in own["m"]]
        assert taken == sorted(taken)
        np.testing.assert_array_equal(own["pt"], everything["pt_tau"][taken])
        np.testing.assert_array_equal(own["front"], everything["front"][taken])
    reading = Reading.of({**CONFIG, "path": str(events_file)}, layout)
    assert check_events(str(events_file), layout.contents, reading=reading).events["test"] == 16
    assert "data.split divides the events of each class (0.16 valid, 0.2 test, seed 3)" in caplog.text
    assert_equal(tables(str(events_file), layout, tmp_path), found)
    other = Reading.of({**CONFIG, "path": "", "split": {**CONFIG["split"], "seed": 4}}, layout)
    assert (tables(str(events_file), layout, tmp_path, other)["test"]["m"] != found["test"]["m"]).any()
    assert count_events({**CONFIG, "path": str(events_file)}, files_by_split(str(events_file)), layout) == {
        "train": 51, "valid": 13, "test": 16,
    }  # fmt: skip


def test_an_error_in_a_file_without_splits_names_the_row_of_the_file(events_file, layout):
    in_one(events_file, layout)
    edit(events_file, "shapes", with_value((77, 2), np.nan))
    with pytest.raises(InputError, match=r"events\.h5: shapes: event 77 has nan at \(2,\)"):
        check_events(str(events_file), layout.contents)


def test_files_of_one_split_each_need_no_splits(events_file, layout, tmp_path):
    expected = tables(str(events_file), layout, tmp_path)
    path = {split: str(tmp_path / f"{split}.h5") for split in SPLITS}
    with h5py.File(events_file) as file:
        for split, own in path.items():
            with h5py.File(own, "w") as part:
                for name in file:
                    part[name] = file[name][split][:]
    reading = Reading.of({**CONFIG, "path": path}, layout)
    check_events(path, layout.contents, reading=reading)
    assert_equal(tables(path, layout, tmp_path), expected)
    assert count_events({**CONFIG, "path": path}, files_by_split(path), layout) == {
        "train": 40, "valid": 16, "test": 24,
    }  # fmt: skip
    twice = {**path, "test": path["valid"]}
    with pytest.raises(
        InputError, match=r"valid\.h5: 'truth' has no splits, and data\.path names .*valid and"
    ):
        check_events(twice, layout.contents, reading=Reading.of({**CONFIG, "path": twice}, layout))


def by_class(path, name):
    """Put the class into the names of the groups, and drop the labels."""
    with h5py.File(path, "r+") as file:
        labels = {split: file["truth"][split][:] for split in SPLITS}
        del file["truth"]
        for group in list(file):
            for split, y in labels.items():
                values = file[group][split][:]
                for label, word in ((1, "signal"), (0, "bg")):
                    file[f"{name.format(group=group, word=word)}/{split}"] = values[y == label]
            for split in SPLITS:
                del file[group][split]
            if not len(file[group]):
                del file[group]


def of_class(found, label):
    return {
        split: {
            name: values[own["y"] == label] for name, values in own.items() if name != "event"
        }
        for split, own in found.items()
    }  # fmt: skip


@pytest.mark.parametrize("name", ["{group}_{word}", "{group}/{word}", "{word}/{group}"])
def test_the_class_can_be_in_the_name_of_a_group(events_file, layout, tmp_path, name):
    expected = tables(str(events_file), layout, tmp_path)
    by_class(events_file, name)
    assert check_events(str(events_file), layout.contents).events == {"train": 40, "valid": 16, "test": 24}
    found = tables(str(events_file), layout, tmp_path)
    for label in (0, 1):
        assert_equal(of_class(found, label), of_class(expected, label))
    # In turn: each stretch of events has both classes.
    np.testing.assert_array_equal(found["train"]["y"], np.tile([0, 1], 20))
    assert count_events({**CONFIG, "path": str(events_file)}, files_by_split(str(events_file)), layout) == {
        "train": 40, "valid": 16, "test": 24,
    }  # fmt: skip


def test_the_published_file_of_muons_has_its_groups_by_class_and_neither_pt_nor_eta(tmp_path):
    plain, published = tmp_path / "plain.h5", tmp_path / "published.h5"
    write_events_of(MUONS, plain, train=30, valid=12, test=12)
    with h5py.File(plain, "r+") as file, h5py.File(published, "w") as other:
        for split in SPLITS:
            y = file["y"][split][:]
            order = np.argsort(-y, kind="stable")
            file[f"weights/{split}"] = np.linspace(1, 2, len(y))
            for group in ("images", "iso", "weights"):
                values = file[group][split][:]
                for label, name in ((1, "signal"), (0, "bg")):
                    other[f"{group}_{name}/{split}"] = values[y == label].squeeze()
                file[group][split][:] = values[order]
            file["y"][split][:] = y[order]
        for group in ("pt", "eta"):
            del file[group]
    found = tables(str(published), MUONS, tmp_path, image="images")
    expected = tables(str(plain), MUONS, tmp_path, image="images")
    for split in SPLITS:
        assert set(found[split]) == {"event", "y", "weight", *MUONS.contents.variables["iso"], "images"}
        signal, background = (np.flatnonzero(expected[split]["y"] == label) for label in (1, 0))
        for name, values in found[split].items():
            for label, rows in ((1, signal), (0, background)):
                if name != "event":
                    np.testing.assert_array_equal(
                        values[found[split]["y"] == label], expected[split][name][rows]
                    )


def test_the_layout_can_name_the_class_in_names(events_file, layout):
    with h5py.File(events_file, "r+") as file:
        for group in list(file):
            file.move(group, f"{group}_tau")
        del file["truth_tau"]
        for group in list(file):
            file.copy(group, f"{group.removesuffix('_tau')}_jet")
    signal, background = replace(layout.signal, group="tau"), replace(layout.background, group="jet")
    named = replace(layout, signal=signal, background=background)
    with pytest.raises(InputError, match="group 'truth' is missing"):
        check_events(str(events_file), layout.contents)
    reading = Reading.of({**CONFIG, "path": str(events_file)}, named)
    assert check_events(str(events_file), layout.contents, reading=reading).events["train"] == 80


def test_the_classes_of_groups_must_be_of_equal_length(events_file, layout):
    by_class(events_file, "{group}_{word}")
    edit(events_file, "m_signal/train", lambda values: values[:-1])
    edit(events_file, "m_bg/train", lambda values: np.concatenate([values, values[:1]]))
    with pytest.raises(InputError, match=r"m_signal/train has 19 events, .*_signal/train has 20"):
        check_events(str(events_file), layout.contents)


def test_labels_beside_classes_in_names_are_ambiguous(events_file, layout):
    with h5py.File(events_file) as file:
        truth = {split: file["truth"][split][:] for split in SPLITS}
    by_class(events_file, "{group}_{word}")
    with h5py.File(events_file, "r+") as file:
        for split, y in truth.items():
            file[f"truth/{split}"] = y
    with pytest.raises(InputError, match="only one of them has the class in its name"):
        check_events(str(events_file), layout.contents)


def test_files_can_be_named_for_a_class(events_file, layout, tmp_path):
    expected = tables(str(events_file), layout, tmp_path)
    path = {"signal": str(tmp_path / "s.h5"), "background": [str(tmp_path / "b.h5")]}
    with h5py.File(events_file) as file:
        for label, own in ((1, path["signal"]), (0, path["background"][0])):
            with h5py.File(own, "w") as part:
                for name in set(file) - {"truth"}:
                    for split in SPLITS:
                        part[f"{name}/{split}"] = file[name][split][file["truth"][split][:] == label]
    reading = Reading.of({**CONFIG, "path": path}, layout)
    assert reading == Reading.from_settings(reading.as_settings())
    check_events(path, layout.contents, reading=reading)
    found = tables(path, layout, tmp_path)
    for label in (0, 1):
        assert_equal(of_class(found, label), of_class(expected, label))
    np.testing.assert_array_equal(found["test"]["y"], np.tile([0, 1], 12))
    assert count_events({**CONFIG, "path": path}, files_by_split(path), layout)["valid"] == 16
    nested = dict.fromkeys(SPLITS, path)
    assert_equal(tables(nested, layout, tmp_path), found)
    with h5py.File(path["signal"], "r+") as file:
        file["truth/train"] = np.arange(20) != 7
        file["truth/valid"], file["truth/test"] = np.ones(8), np.ones(12)
    with pytest.raises(InputError, match=r"s\.h5: truth/train: event 7 has label 0, but is named as signal"):
        check_events(path, layout.contents, reading=reading)


AMBIGUOUS = {
    "labels -1 and 0": (each("truth", lambda y: -y), "-1 and 0, so that|label"),
    "labels -1, 0 and 1": (
        each("truth", lambda y: y - (np.arange(len(y)) == 3) * (1 + y)),
        "truth/train has labels -1 and 0, so that background can be either; write 0",
    ),
    "one-hot of neither class": (
        each("truth", lambda y: np.eye(2)[y] * (np.arange(len(y)) != 5)[:, None]),
        r"truth/train: event 5 has label \[0\. 0\.\], expected one column 1",
    ),
    "labels 1 and 2": (each("truth", lambda y: y + 1), "label 2, expected 0 .background. or 1"),
    "flat images": (each("front", lambda x: x.reshape(len(x), -1)), "whether the pixels follow row by row"),
    "turned images": (each("front", lambda x: x.swapaxes(1, 2)), "exchange them in the layout"),
    "channels": (each("front", lambda x: np.repeat(x, 3, -1)), "write each channel as an image of its own"),
    "val and validation": (
        lambda file: [(g.move("valid", "val"), g.copy("val", "validation")) for g in file.values()],
        "'truth/val' and 'truth/validation' are both valid events; rename one",
    ),
    "no valid": (
        lambda file: [g.pop("valid") for g in file.values()],
        r"truth/valid is missing \(group 'truth' has: test, train\); name the files of each split",
    ),
    "pandas": (
        lambda file: (file.clear(), file.create_group("frame").attrs.update(pandas_type="frame")),
        r"'truth' is missing .*'frame' was written by pandas or PyTables: write Parquet",
    ),
    "a link to nothing": (
        lambda file: file.__setitem__("w", h5py.SoftLink("/no/where")),
        "'w' is a link to no/where, which is not in this file",
    ),
    "a link in a circle": (
        lambda file: file.__setitem__("w", h5py.SoftLink("/w")),
        "'w' is a link that leads in a circle",
    ),
    "a link out of the file by another": (
        lambda file: (
            file.__setitem__("out", h5py.ExternalLink("secret.h5", "/")),
            file.__setitem__("w", h5py.SoftLink("/out/w")),
        ),
        r"'w' is a link to / in the file secret\.h5; expected the values in this file",
    ),
}  # fmt: skip


@pytest.mark.parametrize("form", AMBIGUOUS)
def test_what_is_ambiguous_is_refused_with_the_way_out(events_file, layout, form):
    change, message = AMBIGUOUS[form]
    with h5py.File(events_file, "r+") as file:
        change(file)
    with pytest.raises(InputError, match=message) as raised:
        check_events(str(events_file), layout.contents)
    assert str(events_file) in str(raised.value)


@pytest.mark.parametrize(("number", "name"), [(32001, "blosc"), (32015, "zstd")])
def test_a_filter_of_hdf5plugin_is_named(events_file, layout, number, name):
    with h5py.File(events_file, "r+") as file:
        values = file["front/valid"][:]
        del file["front/valid"]
        plist = h5py.h5p.create(h5py.h5p.DATASET_CREATE)
        plist.set_chunk(values.shape)
        plist.set_filter(number, h5py.h5z.FLAG_OPTIONAL)
        space = h5py.h5s.create_simple(values.shape)
        h5py.h5d.create(file["front"].id, b"valid", h5py.h5t.IEEE_F32LE, space, plist).write(
            h5py.h5s.ALL, h5py.h5s.ALL, values
        )
    with pytest.raises(InputError, match=rf"front/valid .* not installed here: {name} .*hdf5plugin"):
        check_events(str(events_file), layout.contents)


@pytest.mark.parametrize("events", [7, 50, 1001])
def test_shares_of_a_class(events):
    y = np.random.default_rng(1).permutation(np.arange(events) % 3 == 0).astype(int)
    rows = rows_by_split(y, CONFIG["split"])
    assert sorted(np.concatenate(list(rows.values()))) == list(range(events))
    for label in (0, 1):
        counts = {split: int((y[own] == label).sum()) for split, own in rows.items()}
        assert counts == shares_of(int((y == label).sum()), CONFIG["split"])


def test_a_block_of_a_divided_file_is_bounded(events_file, layout, monkeypatch):
    in_one(events_file, layout)
    monkeypatch.setattr("leptonid.data.forms.BLOCK_BYTES", 40 * 12 * 10 * 4)
    with open_events(str(events_file), layout.contents) as sample:
        values = sample.values("front", "valid")
        sizes = [len(block) for _, block in values.blocks()]
        assert (sizes, values.row_bytes) == ([5, 5, 2], 7 * 12 * 10 * 4)
