"""Any file in the layout of a training is scored as its events were in the training."""

import json
import os
import re
import shutil
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import h5py
import keras
import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pytest

from layouts import ELECTRONS, JETS, PHOTONS, ROOT, write_events_of
from leptonid.data import event_files
from leptonid.data.scalars import image_scalars
from leptonid.efp.catalogue import select_graphs
from leptonid.efp.engine import Polynomials
from leptonid.errors import InputError
from leptonid.study.features import contents_of
from leptonid.study.paths import SPLITS
from leptonid.tables.cells import pixel_positions
from leptonid.tables.feather import write_feather
from leptonid.tables.files import write_json
from leptonid.train.baselines import fit_baseline, load_baseline, save_baseline
from leptonid.train.export import export_onnx, load_network
from leptonid.train.networks.classifier import build_classifier
from leptonid.train.prediction import load_classifier, score_file
from leptonid.train.scaling import fit_scaling
from leptonid.train.training import predict
from synthetic import edit, with_value
from train import score_events
from train.made_up import CNN, DENSE, SETS, write_tables

ELECTRON_INPUTS = {
    "sets": ["et", "ht", "mass"],
    "hl": ["hl"],
    "images": ["et", "ht"],
    "efp": ["efp_ecal", "hcal/2_1_0_k_-1_b_0.5"],
    "all": ["ht", "R_eta", "mass", "ecal/3_2_0_k_2_b_0.5"],
    "trees": ["hl", "mass"],
    "logistic": ["hl"],
    "efp_logistic": ["efp_hcal"],
}
LOGISTIC = {
    "model": "logistic",
    "penalty": 1.0,
    "iterations": 50,
    "weights": True,
    "negative_weights": "refuse",
    "seed": 0,
}
TREES = {
    "model": "trees", "iterations": 5, "learning_rate": 0.1, "leaves": 5, "patience": 5, "seed": 0,
    "weights": True, "negative_weights": "refuse",
}  # fmt: skip
BASELINES = {"trees": TREES, "logistic": LOGISTIC, "efp_logistic": LOGISTIC}


def tables_of(layout, folder):
    """Write events, and their tables of all kinds, EFPs in published coordinates if the layout has them."""
    write_events_of(layout, folder / "events.h5", train=70, valid=30, test=50)
    tables = write_tables(folder / "events.h5", layout, folder)
    grids = layout.grids.values()
    coordinates = "published" if all(grid.published_half_eta for grid in grids) else "physical"
    polynomials = Polynomials(select_graphs([["d<=2"]]), [-1, 2], [0.5, 2])
    efps = []
    for split in SPLITS:
        images = tables.read(split, tables.inputs(list(layout.images), layout.contents.as_settings())).images
        for grid in grids:
            values = polynomials.values(images[grid.name].point_clouds(pixel_positions(grid, coordinates)))
            names = ["event", *polynomials.observables]
            efps.append(folder / f"efp_{grid.calorimeter}_{split}.feather")
            metadata = {"split": split, "calorimeter": grid.calorimeter, "coordinates": coordinates}
            write_feather(pa.table([np.arange(len(values)), *values.T], names=names), efps[-1], metadata)
    pairs = [(calorimeter, name) for calorimeter in layout.grids for name in polynomials.observables]
    calorimeters, names = zip(*pairs, strict=True)
    unique = folder / "unique.feather"
    write_feather(pa.table({"calorimeter": calorimeters, "observable": names}), unique)
    scalars = scalars_of(tables, layout, folder)
    return replace(tables, events=[*tables.events, *scalars], efps=efps, unique=unique)


def scalars_of(tables, layout, folder):
    """Write the tables of scalars of all images; return their paths."""
    inputs, paths = tables.inputs(list(layout.images), layout.contents.as_settings()), []
    for split in SPLITS:
        events = tables.read(split, inputs)
        columns = {
            f"{grid.calorimeter}/{name}": values
            for grid in layout.grids.values()
            for name, values in image_scalars(events.images[grid.name], grid).items()
        }
        paths.append(folder / f"scalars_{split}.feather")
        metadata = {"split": split, "table": "scalars"}
        write_feather(pa.table({"event": events.event, **columns}), paths[-1], metadata)
    return paths


def train(name, names, layout, tables, folder):
    """Write a training's files, with random weights of networks; return its events by split."""
    settings = contents_of(names, layout.contents).as_settings()
    inputs = tables.inputs(names, settings)
    events = {split: tables.read(split, inputs) for split in SPLITS}
    folder.mkdir()
    if name in BASELINES:
        baseline, _ = fit_baseline(events, inputs.names, BASELINES[name])
        save_baseline(baseline, folder / "model.skops")
    else:
        keras.utils.set_random_seed(1)
        training = events["train"]
        scaling = () if training.flat is None else fit_scaling(training.flat, training.weight)
        network = CNN if training.images else DENSE
        if name == "sets":
            network, training = SETS["pfn"], training.as_sets()
        build_classifier(training.shapes, {**network, "units": 6}, scaling).save(folder / "model.keras")
    facts = {"model": BASELINES.get(name, {"model": "network"})["model"], **inputs.describe(tables.efps)}
    write_json({**facts, "image_scaling": "log", "layout": settings}, folder / "metrics.json")
    return events


@pytest.fixture(scope="module")
def tables(tmp_path_factory):
    """A folder with events, and their tables."""
    folder = tmp_path_factory.mktemp("tables")
    return folder, tables_of(ELECTRONS, folder)


@pytest.fixture(scope="module")
def trainings(tables):
    """The folder of each training, and its events by split."""
    folder, paths = tables
    return {
        name: (folder / name, train(name, names, ELECTRONS, paths, folder / name))
        for name, names in ELECTRON_INPUTS.items()
    }


def expected_scores(training, events, split):
    if (training / "model.keras").exists():
        return predict(load_network(training / "model.keras"), events[split])
    return load_baseline(training / "model.skops").predict(events[split])


def check_scores(path, training, events, tolerance):
    table = score_file(path, load_classifier(training)).to_pandas()
    assert list(table.columns) == ["event", "split", "y", "score"]
    assert table["score"].std() > 0.001
    for split in SPLITS:
        rows = table[table["split"] == split]
        np.testing.assert_array_equal(rows["event"], events[split].event)
        np.testing.assert_array_equal(rows["y"], events[split].y)
        expected = expected_scores(training, events, split)
        np.testing.assert_allclose(rows["score"], expected, rtol=0, atol=tolerance)


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
        ("sets", 1e-6),
        ("trees", 0),
        ("logistic", 0),
        ("efp", 1e-6),
        ("all", 1e-6),
        ("efp_logistic", 1e-12),
    ],
)
def test_scores_are_those_of_the_training(tables, trainings, name, tolerance):
    check_scores(tables[0] / "events.h5", *trainings[name], tolerance)


@pytest.mark.parametrize(
    ("layout", "names"),
    [
        (PHOTONS, ["height", "tower", "barrel/2_1_0_k_2_b_0.5"]),
        (PHOTONS, ["barrel/cells", "barrel/2_1_0_k_2_b_0.5", "scalars_barrel", "width"]),
        (JETS, ["back", "front", "moment_7", "layer2/1_0_0_k_2_b_0.5", "pt"]),
        (ELECTRONS, ["eta", "iso_rel", "R_had"]),
    ],
    ids=["photons", "scalars", "jets", "kinematics"],
)
def test_other_layouts_are_scored_by_the_description_in_the_metrics(layout, names, tmp_path):
    tables = tables_of(layout, tmp_path)
    events = train("network", names, layout, tables, tmp_path / "training")
    check_scores(tmp_path / "events.h5", tmp_path / "training", events, 1e-6)


def test_columns_of_a_users_table_are_in_no_file(trainings, tmp_path):
    folder = shutil.copytree(trainings["hl"][0], tmp_path / "own")
    metrics = json.loads((folder / "metrics.json").read_text())
    metrics["inputs"].append("mine/depth")
    metrics["layout"]["tables"] = ["mine"]
    write_json(metrics, folder / "metrics.json")
    with pytest.raises(
        InputError, match=r"takes columns of a table of your own \(mine\); files of events do not"
    ):
        load_classifier(folder)


def test_efps_take_the_coordinates_of_the_training(tables, trainings, tmp_path):
    copy = shutil.copytree(trainings["efp"][0], tmp_path / "efp")
    metrics = json.loads((copy / "metrics.json").read_text())
    write_json({**metrics, "coordinates": "physical"}, copy / "metrics.json")
    scores = [
        score_file(tables[0] / "events.h5", load_classifier(folder))["score"].to_numpy()
        for folder in (copy, trainings["efp"][0])
    ]
    assert np.abs(scores[0] - scores[1]).max() > 1e-4


def test_blocks_of_events_make_the_whole(tables, trainings, monkeypatch):
    classifier = load_classifier(trainings["all"][0])
    whole = score_file(tables[0] / "events.h5", classifier)
    monkeypatch.setattr(event_files, "block_size", lambda datasets, limit=16: 16)
    parts = score_file(tables[0] / "events.h5", classifier)
    assert parts.drop(["score"]).equals(whole.drop(["score"]))
    np.testing.assert_allclose(parts["score"], whole["score"], rtol=0, atol=1e-6)


def test_only_the_groups_and_splits_that_are_there_and_needed_are_read(events, trainings):
    with h5py.File(events, "r+") as file:
        for name in ("et", "ht", "mass", "y", "pt", "eta", "hl/train", "hl/valid"):
            del file[name]
    table = score_file(events, load_classifier(trainings["hl"][0]))
    assert table.column_names == ["event", "split", "score"]
    assert set(table["split"].to_pylist()) == {"test"}
    training, expected = trainings["hl"]
    np.testing.assert_array_equal(table["score"], expected_scores(training, expected, "test"))


def test_a_split_without_events_has_no_scores(events, trainings):
    edit(events, "hl/valid", lambda values: values[:0])
    with h5py.File(events, "r+") as file:
        del file["y"]
    table = score_file(events, load_classifier(trainings["hl"][0]))
    assert len(table) == 120


BAD = {
    "missing split": ("ht/valid", lambda values: None, "ht/valid is missing"),
    "image size": (
        "et/test",
        lambda values: values[:, :30],
        r"et/test has shape \(50, 30, 31, 1\), expected",
    ),
    "texts": ("ht/train", lambda values: values.astype("S3"), "ht/train has dtype"),
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
        score_file(events, load_classifier(trainings["images"][0]))


def test_a_negative_pixel_has_no_efps(events, trainings):
    edit(events, "et/test", with_value((9, 0, 0, 0), -0.5))
    with pytest.raises(InputError, match=r"mine.h5: et/test: event 9 has a negative pixel \(-0.5\)"):
        score_file(events, load_classifier(trainings["efp"][0]))


def test_a_missing_group_is_named(events, trainings):
    with h5py.File(events, "r+") as file:
        del file["mass"]
    with pytest.raises(InputError, match=r"mine.h5: group 'mass' is missing \(found: et, eta, hl,"):
        score_file(events, load_classifier(trainings["all"][0]))


def test_events_that_lie_in_another_file_are_refused(events, trainings, tmp_path):
    path = tmp_path / "linked.h5"
    with h5py.File(path, "w") as file:
        file["hl"] = h5py.ExternalLink(str(events), "hl")
    with pytest.raises(InputError, match=r"linked\.h5: 'hl' is a link to hl in the file .*mine\.h5"):
        score_file(path, load_classifier(trainings["hl"][0]))


def test_splits_of_other_names_are_scored_too(events, trainings):
    training, expected = trainings["hl"]
    with h5py.File(events, "r+") as file:
        for name in ("hl", "y"):
            file[name].move("test", "holdout")
    table = score_file(events, load_classifier(training))
    assert table["split"].unique().to_pylist() == ["train", "valid", "holdout"]
    holdout = table.filter(pc.equal(table["split"], "holdout"))["score"]
    np.testing.assert_array_equal(holdout, expected_scores(training, expected, "test"))
    assert score_file(events, load_classifier(training), splits=["holdout"])["score"].equals(holdout)
    with pytest.raises(InputError, match=r"has no split test, only train, valid, holdout"):
        score_file(events, load_classifier(training), splits=["holdout", "test"])


def test_groups_with_different_splits_are_refused(events, trainings):
    with h5py.File(events, "r+") as file:
        file["hl"].move("test", "holdout")
    with pytest.raises(InputError, match=r"hl/test is missing \(group 'hl' has: holdout, train, valid\)"):
        score_file(events, load_classifier(trainings["hl"][0]))


@pytest.mark.parametrize("share", [0, 0.5, 0.999])
def test_a_truncated_file_is_named(events, trainings, share):
    whole = events.read_bytes()
    events.write_bytes(whole[: int(share * len(whole))])
    with pytest.raises(InputError, match=r"mine\.h5: (is empty|a truncated or damaged HDF5 file)"):
        score_file(events, load_classifier(trainings["hl"][0]))


def test_a_folder_without_a_training_is_refused(tmp_path, trainings):
    with pytest.raises(InputError, match=r"metrics.json: no such file; give the folder of one training"):
        load_classifier(tmp_path)
    (tmp_path / "metrics.json").write_text('{"model": "network", "inputs": ["et"]}')
    with pytest.raises(InputError, match=r"metrics.json: does not describe .*'coordinates'.*; train again"):
        load_classifier(tmp_path)
    for name, file in (("hl", "model.keras"), ("trees", "model.skops")):
        shutil.copy(trainings[name][0] / "metrics.json", tmp_path)
        with pytest.raises(InputError, match=f"{file}: no such file"):
            load_classifier(tmp_path)


def test_the_program_writes_csv(tables, trainings, tmp_path, monkeypatch):
    # TensorFlow does not change its threads after its first operation.
    monkeypatch.setattr(score_events, "use_threads", lambda threads: None)
    training, events, output = trainings["hl"][0], tables[0] / "events.h5", tmp_path / "scores.csv"
    score_events.main(["--training", str(training), "--events", str(events), "--output", str(output)])
    scores, expected = pd.read_csv(output), score_file(events, load_classifier(training))
    assert list(scores.columns) == expected.column_names
    assert scores.equals(expected.to_pandas().astype(scores.dtypes))


def test_another_format_is_refused_at_once():
    with pytest.raises(InputError, match=r"--output: scores\.txt: expected a name that ends in"):
        score_events.main(["--training", "none", "--events", "none.h5", "--output", "scores.txt"])


def test_the_example_of_the_documentation_runs(tables, trainings, tmp_path, monkeypatch):
    text = (ROOT / "docs/how-it-works.md").read_text()
    (example,) = (code for code in re.findall(r"```python\n(.*?)```", text, re.S) if "onnxruntime" in code)
    training = tmp_path / "results/train/hl/seed0"
    training.mkdir(parents=True)
    (tmp_path / "resources/electrons").mkdir(parents=True)
    shutil.copy(tables[0] / "events.h5", tmp_path / "resources/electrons/sample.h5")
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
from train import score_events
for training in Path("results/train").glob("*/*/"):
    output = Path(sys.argv[1], training.parent.name, f"{training.name}.feather")
    score_events.main(["--training", str(training), "--events", "events.h5", "--output", str(output)])
"""


@pytest.mark.slow
def test_every_training_of_a_study_scores_its_file_again(finished, tmp_path):
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    subprocess.run(
        [sys.executable, "-c", EVERY_TRAINING, tmp_path], cwd=finished.folder, env=environment, check=True
    )
    keys = ["split", "event"]
    paths = sorted(tmp_path.glob("*/*.feather"))
    assert len(paths) == len(list(finished.folder.glob("results/train/*/*/scores.feather"))) > 0
    for path in paths:
        training = finished.folder / "results/train" / path.parent.name / path.stem
        scores = pd.read_feather(path).sort_values(keys)
        expected = pd.read_feather(training / "scores.feather").sort_values(keys)
        assert (scores[[*keys, "y"]].to_numpy() == expected[[*keys, "y"]].to_numpy()).all()
        # Another order of events makes other batches.
        tolerance = 0 if training.name.startswith("seed") else 1e-6
        np.testing.assert_allclose(
            scores["score"], expected["score"], rtol=0, atol=tolerance, err_msg=training
        )
