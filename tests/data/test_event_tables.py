"""Parquet and Feather give the tables that HDF5 with the same events gives."""

import awkward as ak
import h5py
import numpy as np
import pyarrow as pa
import pyarrow.feather
import pyarrow.parquet
import pytest

from data.test_forms import CONFIG, assert_equal, tables
from events import count_events, without_missing_groups
from layouts import ELECTRONS
from leptonid.data.attributes import text_attribute
from leptonid.data.checks import check_events
from leptonid.data.event_files import open_store
from leptonid.errors import InputError
from leptonid.study.config_schema import read_default_config
from leptonid.study.paths import SPLITS
from leptonid.study.sources import Reading, files_by_split
from test_documentation import ROOT, code_blocks

TABLE = {**CONFIG, "source": "table"}


def columns_of(path, layout, form="cells"):
    """Return the columns of a table with the events of a file."""
    columns = {"split": []}
    with h5py.File(path) as file:
        for split in SPLITS:
            columns["split"] += ["val" if split == "valid" else split] * len(
                file[layout.events["label"]][split]
            )
        everything = {name: np.concatenate([file[name][split][:] for split in SPLITS]) for name in file}
    for name, values in everything.items():
        if name in layout.images:
            columns |= cells_of(values, name, form)
        elif name in layout.groups and form == "records":
            columns[name] = list(values)
        elif name in layout.groups:
            columns |= dict(zip(layout.contents.stored[name], values.T, strict=True))
        else:
            columns[name] = values
    return columns


def cells_of(images, name, form):
    images = images[..., 0]
    filled = [np.nonzero(image) for image in images]
    energy = [image[place] for image, place in zip(images, filled, strict=True)]
    if form == "rows":
        rows = {f"{name}_row": [row for row, _ in filled], f"{name}_column": [column for _, column in filled]}
        return {**rows, f"{name}_energy": energy}
    cell = [row * images.shape[2] + column for row, column in filled]
    if form == "records":
        records = [
            [{"energy": e, "cell": int(c)} for e, c in zip(es, cs, strict=True)]
            for es, cs in zip(energy, cell, strict=True)
        ]
        kind = pa.list_(pa.struct({"energy": pa.float32(), "cell": pa.int16()}))
        return {name: pa.array(records, kind)}
    return {f"{name}_cell": cell, f"{name}_energy": energy}


def write(columns, path, metadata=None, rows=7):
    table = pa.table(columns).replace_schema_metadata(metadata)
    if path.suffix == ".parquet":
        pyarrow.parquet.write_table(table, path, row_group_size=rows)
    else:
        pyarrow.feather.write_feather(table, str(path), chunksize=rows)
    return str(path)


@pytest.mark.parametrize("form", ["cells", "rows", "records"])
@pytest.mark.parametrize("suffix", [".parquet", ".feather"])
def test_a_table_gives_what_hdf5_gives(events_file, layout, tmp_path, monkeypatch, form, suffix):
    monkeypatch.setattr("leptonid.data.forms.BLOCK_BYTES", 11 * 12 * 10 * 4)
    expected = tables(str(events_file), layout, tmp_path)
    path = write(columns_of(events_file, layout, form), tmp_path / f"events{suffix}", {"energy_unit": "GeV"})
    reading = Reading.of({**TABLE, "path": path}, layout)
    assert check_events(path, layout.contents, reading=reading).events == {
        "train": 40,
        "valid": 16,
        "test": 24,
    }
    assert_equal(tables(path, layout, tmp_path, reading), expected)
    assert text_attribute(open_store(path), "energy_unit") == "GeV"
    data = {**TABLE, "path": path}
    assert count_events(data, files_by_split(path), layout) == {"train": 40, "valid": 16, "test": 24}


def test_a_table_without_splits_or_with_files_by_class(events_file, layout, tmp_path):
    columns = columns_of(events_file, layout)
    del columns["split"]
    path = write(columns, tmp_path / "all.parquet")
    reading = Reading.of({**TABLE, "path": path}, layout)
    counts = check_events(path, layout.contents, reading=reading).events
    assert counts == {"train": 52, "valid": 12, "test": 16}
    found = tables(path, layout, tmp_path, reading)
    table, truth = pa.table(columns), columns["truth"]
    by_class = {
        name: write(
            table.filter(truth == label).drop_columns("truth").to_pydict(), tmp_path / f"{name}.parquet"
        )
        for label, name in ((1, "signal"), (0, "background"))
    }
    reading = Reading.of({**TABLE, "path": by_class}, layout)
    assert check_events(by_class, layout.contents, reading=reading).events == counts
    # The division of each class depends on its events and the seed alone.
    apart = tables(by_class, layout, tmp_path, reading)
    for split, own in found.items():
        for label in (0, 1):
            np.testing.assert_allclose(
                apart[split]["m"][apart[split]["y"] == label], own["m"][own["y"] == label]
            )
    assert sum(count_events({**TABLE, "path": by_class}, files_by_split(by_class), layout).values()) == 80


def set_value(name, event, value):
    """Return a change of one event of a column; `value` may be a function of what was there."""

    def change(columns):
        values = list(columns[name])
        values[event] = value(values[event]) if callable(value) else value
        return {**columns, name: values}

    return change


def without(name):
    return lambda columns: {key: values for key, values in columns.items() if key != name}


BAD = [
    (
        set_value("front_cell", 9, lambda cells: cells + 115),
        r"front_cell: event 9 has cell 1\d\d, expected 0 to 119",
    ),
    (
        set_value("front_cell", 9, lambda cells: cells[1:]),
        r"front_energy: event 9 has \d+ entries, others \d+",
    ),
    (set_value("front_energy", 3, lambda energy: -energy), "front: event 3 has a negative pixel"),
    (set_value("width", 0, None), "width: event 0 is null"),
    (set_value("width", 70, np.nan), "shapes: event 70 has nan"),
    (without("height"), "group 'shapes' is missing"),
    (lambda c: {**c, "split": ["train", "evaluation"] * 40}, "column split has 'evaluation', expected train"),
    (lambda c: {**c, "split": ["train", "test"] * 40}, r"truth/valid is missing .*has: train, test"),
    (lambda c: {**c, "m": ["x"] * 80}, "m has dtype object, expected numbers"),
    (lambda c: {**c, "front_energy": ["x"] * 80}, "front has dtype object, expected numbers"),
]


@pytest.mark.parametrize(("change", "message"), BAD, ids=[message for _, message in BAD])
def test_what_cannot_be_read_is_named_with_column_and_event(events_file, layout, tmp_path, change, message):
    path = write(change(columns_of(events_file, layout)), tmp_path / "events.parquet")
    reading = Reading.of({**TABLE, "path": path}, layout)
    with pytest.raises(InputError, match=message) as raised:
        check_events(path, layout.contents, {"front": "efp.calorimeters"}, reading=reading)
    assert path in str(raised.value)


@pytest.mark.parametrize("share", [0.3, 0.9])
def test_a_truncated_table_is_refused(events_file, layout, tmp_path, share):
    path = tmp_path / "events.parquet"
    write(columns_of(events_file, layout), path)
    path.write_bytes(path.read_bytes()[: int(path.stat().st_size * share)])
    with pytest.raises(InputError, match="a truncated or damaged Parquet or Feather file"):
        check_events(str(path), layout.contents, reading=Reading.of({**TABLE, "path": str(path)}, layout))


def test_the_source_must_name_the_kind_of_file(events_file, layout, tmp_path):
    path = write(columns_of(events_file, layout), tmp_path / "events.parquet")
    with pytest.raises(InputError, match=r"a Parquet file, expected HDF5; take data\.source: table"):
        check_events(path, layout.contents, reading=Reading.of({**CONFIG, "path": path}, layout))
    with pytest.raises(
        InputError, match=r"an HDF5 file, expected Parquet or Feather; take data\.source: file"
    ):
        check_events(
            events_file, layout.contents, reading=Reading.of({**TABLE, "path": str(events_file)}, layout)
        )


def test_the_example_of_the_documentation_writes_an_image(tmp_path, monkeypatch):
    rng = np.random.default_rng(2)
    counts = rng.integers(1, 9, 60)
    low, high = [-0.38, -0.38], [0.38, 0.38]
    eta, phi = rng.uniform(low, high, (counts.sum(), 2)).T
    energy = rng.exponential(1, counts.sum())
    cells = ak.unflatten(ak.zip({"eta": eta, "phi": phi, "et": energy}), counts)
    y = np.arange(60) % 2
    events = ak.zip({"cells": cells, "is_electron": y, "pt": rng.uniform(10, 30, 60)}, depth_limit=1)
    (text,) = (block for block in code_blocks(ROOT / "docs/sources.md", "python") if "awkward" in block)
    monkeypatch.chdir(tmp_path)
    exec(compile(text, "docs/sources.md", "exec"), {"events": events})
    assert len(text.splitlines()) == 10
    config = read_default_config()
    config["data"] |= {"source": "table", "path": "events.parquet"}
    network = config["train"]["features"]["et"]
    config["train"] |= {"features": {"et": network}}
    config["search"] |= {"searches": {}, "black_box": "et", "base": []}
    layout = without_missing_groups(config, ELECTRONS)
    assert (list(layout.images), list(layout.groups)) == (["et"], [])
    reading = Reading.of(config["data"], layout)
    assert sum(check_events("events.parquet", layout.contents, reading=reading).events.values()) == 60
    found = tables("events.parquet", layout, tmp_path, reading, "et")
    images = np.concatenate([own["et"] for own in found.values()])[..., 0].astype(float)
    np.testing.assert_allclose(images.sum(), energy.sum(), rtol=1e-6)
    # By hand, an image with its highest cell: phi falls with the row, eta rises with the column.
    event = int(np.argmax(images.max((1, 2))))
    row, column = np.unravel_index(images[event].argmax(), (31, 31))
    hardest = np.argmax(energy)
    assert (row, column) == (int(15.5 - phi[hardest] * 126 / np.pi), int(15.5 + eta[hardest] / 0.025))
