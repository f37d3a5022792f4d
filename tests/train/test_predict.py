"""Any file in the published layout is scored as its events were in the training."""

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import h5py
import keras
import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

import predict as program
from leptonid.calorimeter import GRIDS, IMAGES
from leptonid.data import published
from leptonid.data.published import check_events, copy_events
from leptonid.data.splits import cell_table, event_table
from leptonid.efp.catalogue import select_graphs
from leptonid.efp.engine import Polynomials
from leptonid.efp.tables import coordinates_of, point_clouds, write_efps
from leptonid.errors import InputError
from leptonid.storage import SPLITS, metadata_of, write_feather, write_json
from leptonid.train.baselines import fit_baseline, load_baseline, save_baseline
from leptonid.train.export import export_onnx, load_network
from leptonid.train.inputs import flat_columns, load_sample
from leptonid.train.networks import build_classifier
from leptonid.train.prediction import load_classifier, score_events
from leptonid.train.training import predict
from synthetic import edit, with_value, write_synthetic_events

ROOT = Path(__file__).parents[2]
PROGRAM = ROOT / "workflow/scripts/predict.py"
INPUTS = {
    "hl": ["hl"],
    "images": ["et", "ht"],
    "efp": ["efp_ecal", "hcal/2_1_0_k_-1_b_0.5"],
    "all": ["ht", "R_eta", "mass", "ecal/3_2_0_k_2_b_0.5"],
    "trees": ["hl", "mass"],
    "logistic": ["hl"],
    "efp_logistic": ["efp_hcal"],
}
NETWORK = {"blocks": 1, "filters": 2, "dense": 2, "units": 6, "dropout": 0.1}
LOGISTIC = {"model": "logistic", "penalty": 1.0, "iterations": 50, "weights": True, "seed": 0}
TREES = {
    "model": "trees", "iterations": 5, "learning_rate": 0.1, "leaves": 5, "patience": 5, "weights": True,
    "seed": 0,
}  # fmt: skip
BASELINES = {"trees": TREES, "logistic": LOGISTIC, "efp_logistic": LOGISTIC}


@pytest.fixture(scope="module")
def tables(tmp_path_factory):
    """Events, and their tables of all kinds; EFPs in published coordinates."""
    folder = tmp_path_factory.mktemp("tables")
    write_synthetic_events(folder / "events.h5", train=70, valid=30, test=50)
    copy_events(folder / "events.h5", folder / "checked.h5", check_events(folder / "events.h5"))
    polynomials = Polynomials(select_graphs([["d<=2"]]), [-1, 2], [0.5, 2])
    paths = {"events": [], "cells": [], "efps": []}
    for split in SPLITS:
        paths["events"].append(folder / f"{split}.feather")
        write_feather(event_table(folder / "checked.h5", split), paths["events"][-1])
        for grid in GRIDS.values():
            cells = cell_table(folder / "checked.h5", grid, split)
            paths["cells"].append(folder / f"{grid.name}_{split}.feather")
            write_feather(cells, paths["cells"][-1])
            values = polynomials.values(point_clouds(cells, "published"))
            table = pa.table([cells["event"], *values.T], names=["event", *polynomials.observables])
            paths["efps"].append(folder / f"efp_{grid.name}_{split}.feather")
            write_efps(table, paths["efps"][-1], {**metadata_of(cells), "coordinates": "published"})
    return folder, paths, dict.fromkeys(GRIDS, polynomials.observables)


@pytest.fixture(scope="module")
def trainings(tables):
    """The folder of each training, and its samples by split; the weights of networks are random."""
    folder, paths, unique = tables
    found = {}
    for name, inputs in INPUTS.items():
        columns = flat_columns(inputs, unique)
        images = [image for image in inputs if image in IMAGES]
        samples = {split: load_sample(split, images, columns, **paths) for split in SPLITS}
        names = [*images, *map(str, columns)]
        training = folder / name
        training.mkdir()
        if name in BASELINES:
            baseline, _ = fit_baseline(samples, names, BASELINES[name])
            save_baseline(baseline, training / "model.skops")
        else:
            keras.utils.set_random_seed(1)
            train = samples["train"]
            model = build_classifier(train.x, train.weight, NETWORK, "log")
            model.save(training / "model.keras")
        metrics = {"model": BASELINES.get(name, {"model": "network"})["model"], "inputs": names}
        write_json(
            {**metrics, "image_scaling": "log", "coordinates": coordinates_of(paths["efps"])},
            training / "metrics.json",
        )
        found[name] = training, samples
    return found


def expected_scores(training, samples, split):
    if (training / "model.keras").exists():
        return predict(load_network(training / "model.keras"), samples[split])
    return load_baseline(training / "model.skops").predict(samples[split])


@pytest.fixture
def events(tables, tmp_path):
    """A copy of the events, to change."""
    return Path(shutil.copy(tables[0] / "events.h5", tmp_path / "mine.h5"))


# The values of EFPs depend in their last digits on which others are computed with them.
@pytest.mark.parametrize(
    ("name", "tolerance"),
    [
        ("hl", 0),
        ("images", 0),
        ("trees", 0),
        ("logistic", 0),
        ("efp", 1e-6),
        ("all", 1e-6),
        ("efp_logistic", 1e-12),
    ],
)
def test_scores_are_those_of_the_training(tables, trainings, name, tolerance):
    training, samples = trainings[name]
    table = score_events(tables[0] / "events.h5", load_classifier(training)).to_pandas()
    assert list(table.columns) == ["event", "split", "y", "score"]
    assert table["score"].std() > 0.001
    for split in SPLITS:
        rows, sample = table[table["split"] == split], samples[split]
        np.testing.assert_array_equal(rows["event"], sample.event)
        np.testing.assert_array_equal(rows["y"], sample.y)
        expected = expected_scores(training, samples, split)
        np.testing.assert_allclose(rows["score"], expected, rtol=0, atol=tolerance)


def test_efps_take_the_coordinates_of_the_training(tables, trainings, tmp_path):
    copy = shutil.copytree(trainings["efp"][0], tmp_path / "efp")
    metrics = json.loads((copy / "metrics.json").read_text())
    write_json({**metrics, "coordinates": "physical"}, copy / "metrics.json")
    found = [
        score_events(tables[0] / "events.h5", load_classifier(folder))["score"].to_numpy()
        for folder in (copy, trainings["efp"][0])
    ]
    assert np.abs(found[0] - found[1]).max() > 1e-4


def test_blocks_of_events_make_the_whole(tables, trainings, monkeypatch):
    classifier = load_classifier(trainings["all"][0])
    whole = score_events(tables[0] / "events.h5", classifier)
    monkeypatch.setattr(published, "BLOCK", 16)
    parts = score_events(tables[0] / "events.h5", classifier)
    assert parts.drop(["score"]).equals(whole.drop(["score"]))
    np.testing.assert_allclose(parts["score"], whole["score"], rtol=0, atol=1e-6)


def test_only_the_groups_and_splits_that_are_there_and_needed_are_read(events, trainings):
    with h5py.File(events, "r+") as file:
        for name in ("et", "ht", "mass", "y", "pt", "eta", "hl/train", "hl/valid"):
            del file[name]
    table = score_events(events, load_classifier(trainings["hl"][0]))
    assert table.column_names == ["event", "split", "score"]
    assert set(table["split"].to_pylist()) == {"test"}
    training, samples = trainings["hl"]
    np.testing.assert_array_equal(table["score"], expected_scores(training, samples, "test"))


def test_a_split_without_events_has_no_scores(events, trainings):
    edit(events, "hl/valid", lambda values: values[:0])
    with h5py.File(events, "r+") as file:
        del file["y"]
    table = score_events(events, load_classifier(trainings["hl"][0]))
    assert len(table) == 120


BAD = {
    "missing split": ("ht/valid", lambda values: None, "ht/valid is missing"),
    "image size": (
        "et/test",
        lambda values: values[:, :30],
        r"et/test has shape \(50, 30, 31, 1\), expected",
    ),
    "integers": ("ht/train", lambda values: values.astype(int), "ht/train has dtype int64"),
    "fewer events": ("ht/test", lambda values: values[:-1], "ht/test has 49 events, et/test has 50"),
    "fewer labels": ("y/test", lambda values: values[:-1], "y/test has 49 events, et/test has 50"),
    "label": ("y/valid", with_value(3, 2), "y/valid: event 3 has label 2"),
    "NaN": ("ht/valid", with_value((5, 1, 2, 0), np.nan), "ht/valid: event 5 has nan"),
    "negative": ("et/test", with_value((9, 3, 0, 0), -2), "et/test: event 9 has a negative pixel"),
}


@pytest.mark.parametrize("case", BAD)
def test_what_cannot_be_scored_is_named(events, trainings, case):
    name, change, message = BAD[case]
    edit(events, name, change)
    with pytest.raises(InputError, match=f"mine.h5: {message}"):
        score_events(events, load_classifier(trainings["images"][0]))


def test_a_negative_pixel_has_no_efps(events, trainings):
    edit(events, "et/test", with_value((9, 0, 0, 0), -0.5))
    with pytest.raises(InputError, match=r"mine.h5: et/test: event 9 has a negative pixel \(-0.5\)"):
        score_events(events, load_classifier(trainings["efp"][0]))


def test_a_missing_group_is_named(events, trainings):
    with h5py.File(events, "r+") as file:
        del file["mass"]
    with pytest.raises(InputError, match=r"mine.h5: group 'mass' is missing \(found: et, eta, hl,"):
        score_events(events, load_classifier(trainings["all"][0]))


def test_events_that_lie_in_another_file_are_refused(events, trainings, tmp_path):
    path = tmp_path / "linked.h5"
    with h5py.File(path, "w") as file:
        file["hl"] = h5py.ExternalLink(str(events), "hl")
    with pytest.raises(InputError, match=r"linked\.h5: 'hl' is a link to hl in the file .*mine\.h5"):
        score_events(path, load_classifier(trainings["hl"][0]))


def test_splits_of_other_names_are_told(events, trainings):
    with h5py.File(events, "r+") as file:
        for split in SPLITS:
            file.move(f"hl/{split}", f"hl/my_{split}")
    with pytest.raises(
        InputError, match=r"hl has none of train, valid, test \(found: my_test, my_train, my_valid"
    ):
        score_events(events, load_classifier(trainings["hl"][0]))


@pytest.mark.parametrize("share", [0, 0.5, 0.999])
def test_a_truncated_file_is_named(events, trainings, share):
    whole = events.read_bytes()
    events.write_bytes(whole[: int(share * len(whole))])
    with pytest.raises(InputError, match=r"mine\.h5: not a readable HDF5 file, or a truncated one"):
        score_events(events, load_classifier(trainings["hl"][0]))


def test_a_folder_that_is_no_training_is_told(tmp_path, trainings):
    with pytest.raises(InputError, match=r"metrics.json: no such file; take the folder of one training"):
        load_classifier(tmp_path)
    (tmp_path / "metrics.json").write_text('{"model": "network", "inputs": ["et"]}')
    with pytest.raises(InputError, match=r"metrics.json: does not say .*'coordinates'.*; train again"):
        load_classifier(tmp_path)
    for name, file in (("hl", "model.keras"), ("trees", "model.skops")):
        shutil.copy(trainings[name][0] / "metrics.json", tmp_path)
        with pytest.raises(InputError, match=f"{file}: no such file"):
            load_classifier(tmp_path)


def run(*arguments):
    return subprocess.run([sys.executable, PROGRAM, *map(str, arguments)], capture_output=True, text=True)


def test_the_program_writes_csv(tables, trainings, tmp_path):
    training, events = trainings["hl"][0], tables[0] / "events.h5"
    result = run("--training", training, "--events", events, "--output", tmp_path / "scores.csv")
    assert result.returncode == 0, result.stderr
    found, expected = pd.read_csv(tmp_path / "scores.csv"), score_events(events, load_classifier(training))
    assert list(found.columns) == expected.column_names
    assert found.drop(columns="score").equals(expected.drop(["score"]).to_pandas().astype(found.dtypes[:3]))
    # Threads decide the order of sums.
    np.testing.assert_allclose(found["score"], expected["score"], rtol=0, atol=1e-6)


def test_the_program_tells_an_error_in_one_line(trainings, tmp_path):
    events, output = tmp_path / "none.h5", tmp_path / "scores.csv"
    result = run("--training", trainings["hl"][0], "--events", events, "--output", output)
    assert result.returncode == 1
    assert result.stderr.splitlines()[-1].startswith(f"error: {events}: no such file")
    assert "Traceback" not in result.stderr


def test_another_format_is_refused_at_once():
    with pytest.raises(InputError, match=r"--output: scores\.txt: expected a name that ends in"):
        program.main(["--training", "none", "--events", "none.h5", "--output", "scores.txt"])


def test_the_example_of_the_documentation_runs(tables, trainings, tmp_path, monkeypatch):
    text = (ROOT / "docs/how-it-works.md").read_text()
    (example,) = (code for code in re.findall(r"```python\n(.*?)```", text, re.S) if "onnxruntime" in code)
    training = tmp_path / "results/train/hl/seed0"
    training.mkdir(parents=True)
    (tmp_path / "resources").mkdir()
    shutil.copy(tables[0] / "events.h5", tmp_path / "resources/electrons.h5")
    facts = json.loads((trainings["hl"][0] / "metrics.json").read_text())
    export_onnx(load_network(trainings["hl"][0] / "model.keras"), training / "model.onnx", facts)
    monkeypatch.chdir(tmp_path)
    names = {}
    exec(compile(example, "docs/how-it-works.md", "exec"), names)
    expected = expected_scores(*trainings["hl"], "test")
    np.testing.assert_allclose(names["scores"][:, 0], expected, rtol=0, atol=1e-5)
    assert names["inputs"] == facts["inputs"]


EVERY_TRAINING = """
import sys
from pathlib import Path
import predict
for training in Path("results/train").glob("*/*/"):
    output = Path(sys.argv[1], training.parent.name, f"{training.name}.feather")
    predict.main(["--training", str(training), "--events", "events.h5", "--output", str(output)])
"""


def test_every_training_of_a_study_scores_its_file_again(finished, tmp_path):
    environment = {**os.environ, "PYTHONPATH": str(PROGRAM.parent)}
    subprocess.run(
        [sys.executable, "-c", EVERY_TRAINING, tmp_path], cwd=finished.folder, env=environment, check=True
    )
    keys = ["split", "event"]
    found = sorted(tmp_path.glob("*/*.feather"))
    assert len(found) > len(finished.config["train"]["features"])
    for path in found:
        training = finished.folder / "results/train" / path.parent.name / path.stem
        scores = pd.read_feather(path).sort_values(keys)
        expected = pd.read_feather(training / "scores.feather").sort_values(keys)
        assert (scores[[*keys, "y"]].to_numpy() == expected[[*keys, "y"]].to_numpy()).all()
        # Another order of events makes other batches.
        tolerance = 0 if training.name.startswith("seed") else 1e-6
        np.testing.assert_allclose(
            scores["score"], expected["score"], rtol=0, atol=tolerance, err_msg=training
        )
