"""The one reader of events."""

import numpy as np
import pyarrow as pa
import pytest

from layouts import PHOTONS
from leptonid.errors import InputError
from leptonid.study.features import Column
from leptonid.tables.cells import SparseImages, cell_batch, cell_schema
from leptonid.tables.feather import write_batches, write_feather
from leptonid.tables.reader import FLAT, Events, Inputs, SplitTables, read_events

BARREL = PHOTONS.grids["barrel"]
EFPS = ["1_0_0_k_2_b_1", "2_1_0_k_1_b_1", "2_1_0_k_2_b_1"]
COUNTS = {"train": 7, "test": 5}


@pytest.fixture(scope="module")
def tables(tmp_path_factory):
    """Tables of two splits, EFPs in two chunks, and what they hold."""
    folder = tmp_path_factory.mktemp("tables")
    rng = np.random.default_rng(0)
    paths, truth = {"events": [], "cells": [], "efps": []}, {}
    for split, count in COUNTS.items():
        variables = {name: rng.normal(size=count).astype(np.float32) for name in PHOTONS.variables}
        labels = {"event": np.arange(count), "y": rng.integers(0, 2, count).astype(np.int8)}
        columns = {**labels, "weight": rng.uniform(1, 2, count), **variables}
        paths["events"].append(folder / f"{split}.feather")
        write_feather(pa.table(columns), paths["events"][-1], {"split": split})
        images = rng.exponential(1, (count, *BARREL.shape)).astype(np.float32)
        images[rng.random(images.shape) < 0.9] = 0
        schema = cell_schema(split, BARREL, pa.float32())
        paths["cells"].append(folder / f"cells_{split}.feather")
        write_batches([cell_batch(SparseImages.from_dense(images), 0, schema)], schema, paths["cells"][-1])
        efps = rng.normal(size=(count, len(EFPS)))
        for chunk, rows in enumerate((slice(0, 2), slice(2, count))):
            place = {"split": split, "calorimeter": "barrel", "chunk": str(chunk), "coordinates": "physical"}
            paths["efps"].append(folder / f"efps_{split}_{chunk}.feather")
            table = pa.table([np.arange(count)[rows], *efps[rows].T], names=["event", *EFPS])
            write_feather(table, paths["efps"][-1], place)
        truth[split] = {**columns, "images": images, "efps": efps}
    unique = pa.table({"calorimeter": ["barrel"] * len(EFPS), "observable": EFPS})
    write_feather(unique, folder / "unique.feather")
    return paths, truth, folder / "unique.feather"


def read(tables, names, split="test"):
    paths, _, unique = tables
    inputs = Inputs.of(names, PHOTONS.contents, unique)
    return inputs, read_events(SplitTables(split, **paths), inputs)


def test_events_hold_labels_images_and_flat_variables_in_order(tables):
    names = ["height", "tower", "efp_barrel", "width"]
    inputs, events = read(tables, names)
    truth = tables[1]["test"]
    assert inputs.names == ["tower", "height", *(f"barrel/{name}" for name in EFPS), "width"]
    assert inputs.shapes == {"tower": (20, 24, 1), FLAT: (5,)}
    flat = np.column_stack([truth["height"], truth["efps"], truth["width"]])
    batch = events.batch(np.array([4, 1]))
    assert list(batch) == ["tower", FLAT]
    np.testing.assert_array_equal(batch["tower"], truth["images"][[4, 1]])
    np.testing.assert_array_equal(batch[FLAT], flat[[4, 1]])
    for name in ("event", "y", "weight"):
        np.testing.assert_array_equal(getattr(events, name), truth[name])
    assert set(events.split) == {"test"}


def test_inputs_without_images_or_flat_variables_have_neither(tables):
    _, events = read(tables, ["tower"])
    assert events.flat is None
    assert list(events.batch()) == ["tower"]
    _, events = read(tables, ["barrel/2_1_0_k_1_b_1"])
    assert list(events.batch()) == [FLAT]
    np.testing.assert_array_equal(events.flat[:, 0], tables[1]["test"]["efps"][:, 1])


def test_events_can_be_selected_and_joined(tables):
    _, train = read(tables, ["tower", "shape"], "train")
    _, test = read(tables, ["tower", "shape"])
    joined = Events.concatenate([train, test])
    assert len(joined) == 12
    chosen = joined.take(np.array([11, 2]))
    assert list(chosen.split) == ["test", "train"]
    expected = np.stack([test.batch()["tower"][4], train.batch()["tower"][2]])
    np.testing.assert_array_equal(chosen.batch()["tower"], expected)
    assert chosen.with_flat(None).flat is None


def test_inputs_describe_themselves(tables):
    inputs, _ = read(tables, ["shape", "efp_barrel"])
    assert inputs.describe(tables[0]["efps"])["coordinates"] == "physical"
    assert Inputs({}, [Column("events", "width")]).describe() == {"inputs": ["width"], "coordinates": None}


def test_tables_of_other_events_are_refused(tables, tmp_path):
    paths, truth, _ = tables
    inputs = Inputs({"tower": BARREL}, [Column("barrel", EFPS[0])])
    fewer = pa.table({name: truth["test"][name][:3] for name in ("event", "y", "weight")})
    write_feather(fewer, tmp_path / "test.feather", {"split": "test"})
    source = SplitTables("test", [tmp_path / "test.feather"], paths["cells"], paths["efps"])
    with pytest.raises(
        InputError, match=r"cells_test\.feather: its 5 events are not the 3 of the table of events"
    ):
        read_events(source, inputs)
    with pytest.raises(InputError, match="efp/barrel/test: its 5 events are not the 3 of the events"):
        read_events(source, Inputs({}, inputs.columns))


def test_a_missing_table_is_named(tables):
    paths, _, _ = tables
    with pytest.raises(InputError, match="no table given for split valid"):
        read_events(SplitTables("valid", **paths), Inputs({}, []))


def test_a_calorimeter_without_unique_observables_is_told(tables, tmp_path, caplog):
    unique = tmp_path / "unique.feather"
    write_feather(pa.table({"calorimeter": pa.array([], pa.string()), "observable": []}), unique)
    assert Inputs.of(["efp_barrel", "width"], PHOTONS.contents, unique).names == ["width"]
    assert "the barrel has no unique observable" in caplog.text
    with pytest.raises(
        InputError, match="efp_barrel: no input is left, as the barrel has no unique observable"
    ):
        Inputs.of(["efp_barrel"], PHOTONS.contents, unique)
