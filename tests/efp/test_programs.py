"""The programs of the stage on rectangular images of a made-up layout."""

import json

import numpy as np
import pyarrow as pa
import pytest

from efp import check_efps, compute_efps, find_duplicates, list_graphs
from layouts import PHOTONS, random_split
from leptonid.efp import parts
from leptonid.efp.catalogue import select_graphs
from leptonid.efp.engine import compute
from leptonid.efp.tables import read_efps
from leptonid.errors import InputError
from leptonid.tables.cells import SparseImages, cell_batch, cell_schema, pixel_positions
from leptonid.tables.feather import read_feather, read_metadata, write_batches

(BARREL,) = PHOTONS.grids.values()
SELECTION = [["d<=2", "p==1"]]
EXPONENTS = {"kappas": [1, 2], "betas": [0.5, 1]}
EVENTS, CHUNKS = 30, 2
COMPUTE = {**EXPONENTS, "image": vars(BARREL), "coordinates": "physical", "chunks": CHUNKS}


def run(program, settings, **options):
    arguments = [f"--settings={json.dumps(settings)}"]
    for name, values in options.items():
        arguments += [f"--{name}", *map(str, values if isinstance(values, list) else [values])]
    program.main(arguments)


def write_cells(images, path):
    """Write images in batches of seven events, so that chunks start and end within batches."""
    schema = cell_schema("train", BARREL, pa.float32())
    starts = range(0, len(images), 7)
    write_batches([cell_batch(images.take(slice(i, i + 7)), i, schema) for i in starts], schema, path)


@pytest.fixture(scope="module")
def images():
    return SparseImages.from_dense(random_split(PHOTONS.contents, EVENTS, seed=0)["tower"])


@pytest.fixture
def study(tmp_path, images):
    """A folder with cells and graphs."""
    write_cells(images, tmp_path / "cells.feather")
    run(list_graphs, {"graphs": {"barrel": SELECTION}}, output=tmp_path / "graphs.feather")
    return tmp_path


def compute_chunk(study, chunk, **changes):
    """Run compute_efps and return the path of the table."""
    output = study / f"barrel/train/{chunk}.feather"
    inputs = {name: study / f"{name}.feather" for name in ("graphs", "cells")}
    run(compute_efps, {**COMPUTE, **changes}, chunk=chunk, output=output, **inputs)
    return output


def test_the_values_of_all_chunks_are_those_of_the_images(study, images):
    tables = [compute_chunk(study, chunk) for chunk in range(CHUNKS)]
    place = {"calorimeter": "barrel", "split": "train", "chunk": "1", "coordinates": "physical"}
    assert read_metadata(tables[1]).items() >= place.items()
    expected = compute(images.point_clouds(pixel_positions(BARREL)), SELECTION, **EXPONENTS)
    table = read_efps(tables, "barrel", "train", list(expected.columns))
    assert table["event"].to_pylist() == list(range(EVENTS))
    np.testing.assert_array_equal(np.transpose(table.columns[1:]), expected)
    assert not list(study.rglob("*.parts"))


def test_a_chunk_without_events_is_an_empty_table(study, images):
    """With more chunks than events."""
    write_cells(images.take(slice(0, 2)), study / "cells.feather")
    tables = [compute_chunk(study, chunk, chunks=3) for chunk in range(3)]
    assert [len(read_feather(path)) for path in tables] == [1, 1, 0]
    expected = compute(images.take(slice(0, 2)).point_clouds(pixel_positions(BARREL)), SELECTION, **EXPONENTS)
    table = read_efps(tables, "barrel", "train", list(expected.columns))
    np.testing.assert_array_equal(np.transpose(table.columns[1:]), expected)


def reverse_cells(study, images):
    write_cells(images.take(np.arange(EVENTS)[::-1]), study / "cells.feather")
    return {}


@pytest.mark.parametrize(
    ("change", "resumes"),
    [(lambda *_: {}, True), (lambda *_: {"kappas": [1, 3]}, False), (reverse_cells, False)],
    ids=["nothing", "settings", "cells"],
)
def test_an_interrupted_chunk_resumes_unless_its_inputs_change(
    study, images, change, resumes, monkeypatch, caplog
):
    caplog.set_level("INFO")
    monkeypatch.setattr(parts, "BLOCK", 5)
    monkeypatch.setattr(parts, "SECONDS_PER_PART", 0)
    with monkeypatch.context() as interruption:
        interruption.setattr(compute_efps, "write_efps", lambda *_: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            compute_chunk(study, 1)
    folder = study / "barrel/train/1.parts"
    assert {path.name for path in folder.iterdir()} == {"0.feather", "5.feather"}
    compute_chunk(study, 1, **change(study, images))
    assert ("resuming: 10 of 15 events" in caplog.text) == resumes
    assert not folder.exists()


def test_duplicates_are_listed_per_calorimeter(study):
    compute_chunk(study, 0)
    run(
        find_duplicates,
        {
            "images": {"barrel": vars(BARREL)},
            "exponents": {"barrel": EXPONENTS},
            "coordinates": "physical",
            "tolerance": 1e-9,
        },
        graphs=study / "graphs.feather",
        tables=[study / "barrel/train/0.feather"],
        cells=[study / "cells.feather"],
        unique=study / "unique.feather",
        duplicates=study / "duplicates.feather",
    )
    unique, duplicates = (read_feather(study / f"{name}.feather") for name in ("unique", "duplicates"))
    names = unique["observable"].to_pylist() + duplicates["observable"].to_pylist()
    count = len(select_graphs(SELECTION)) * len(EXPONENTS["kappas"]) * len(EXPONENTS["betas"])
    assert len(names) == len(set(names)) == count
    assert set(unique["calorimeter"].to_pylist()) == {"barrel"}
    assert duplicates["sample"].to_pylist()[0] == "15 events of train, chunk 0"


def test_damaged_tables_are_listed_with_the_command_that_removes_them(study):
    tables = [compute_chunk(study, chunk) for chunk in range(CHUNKS)]
    options = {"graphs": study / "graphs.feather", "tables": tables, "cells": [study / "cells.feather"]}
    settings = {"exponents": {"barrel": EXPONENTS}, "chunks": {"train": CHUNKS}}
    run(check_efps, settings, **options)
    tables[1].write_bytes(tables[0].read_bytes())
    with pytest.raises(
        InputError, match=r"1 of 2 EFP tables are damaged:\n.*1\.feather: expected chunk 1"
    ) as raised:
        run(check_efps, settings, **options)
    assert str(raised.value).endswith(f"rm {tables[1]}")
