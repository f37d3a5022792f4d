"""The program that trains a network: dead trainings, divergence, kills, other splits."""

import json
import os
import signal
import subprocess
import sys
import time

import numpy as np
import pandas as pd
import pytest

from layouts import PHOTONS, ROOT
from leptonid.errors import DivergenceError
from leptonid.study.features import contents_of
from leptonid.study.layout import Contents
from leptonid.study.paths import SPLITS
from leptonid.tables.feather import read_feather
from leptonid.train import fitting
from leptonid.train.training import restart_seed
from train import train_classifier
from train.made_up import CNN, DENSE, TRAINING, table_options

SETTINGS = {
    **DENSE, **TRAINING, "inputs": ["shape"], "epochs": 5, "batch": 8, "patience": 5, "precision": "float32",
    "restarts": 0, "repetition": None, "layout": contents_of(["shape"], PHOTONS.contents).as_settings(),
}  # fmt: skip


def options(tables, folder, **settings):
    """Return the options of the program."""
    return [
        *table_options(tables),
        *("--settings", json.dumps({**SETTINGS, **settings}), "--model", str(folder / "model.keras")),
        *("--onnx", str(folder / "model.onnx"), "--history", str(folder / "history.csv")),
        *("--scores", str(folder / "scores.feather"), "--metrics", str(folder / "metrics.json")),
    ]


@pytest.fixture
def train(photon_tables, tmp_path, monkeypatch):
    """Return a function that runs the program in this process, and returns folder and metrics."""
    # TensorFlow does not change its threads after its first operation.
    monkeypatch.setattr(train_classifier, "use_threads", lambda threads: None)

    def run(name="training", **settings):
        folder = tmp_path / name
        train_classifier.main(options(photon_tables, folder, **settings))
        return folder, json.loads((folder / "metrics.json").read_text())

    return run


def test_metrics_describe_network_and_inputs(train):
    inputs = ["tower", "height"]
    layout = contents_of(inputs, PHOTONS.contents)
    folder, metrics = train(**CNN, inputs=inputs, layout=layout.as_settings(), epochs=2)
    assert set(metrics) == {
        "model", "kind", "inputs", "coordinates", "image_scaling", "layout", "parameters", "precision",
        "seed", "restarts", "epochs", "best_epoch", "auc", "auc_uncertainty", "dead",
    }  # fmt: skip
    assert (metrics["model"], metrics["kind"], metrics["inputs"]) == ("network", "cnn", inputs)
    assert Contents.from_settings(metrics["layout"]) == layout
    assert sorted(path.name for path in folder.iterdir()) == [
        "history.csv", "metrics.json", "model.keras", "model.onnx", "scores.feather",
    ]  # fmt: skip


@pytest.mark.slow
def test_a_dead_training_is_repeated_with_other_seeds(train, caplog, monkeypatch):
    dead = iter([True, True, False])
    monkeypatch.setattr(fitting, "is_chance", lambda *events: next(dead))
    _, metrics = train(epochs=1, restarts=5)
    assert metrics["restarts"] == 2
    assert metrics["seed"] == restart_seed(0, 2)
    assert caplog.text.count("dead: validation AUC consistent with 0.5") == 2


def test_a_training_that_stays_dead_is_kept_and_marked(train, monkeypatch):
    monkeypatch.setattr(fitting, "is_chance", lambda *events: True)
    monkeypatch.setattr(fitting, "predict", lambda model, events: np.full(len(events), 0.5))
    folder, metrics = train(epochs=1, restarts=1)
    assert metrics["restarts"] == 1
    assert metrics["dead"]
    assert (folder / "model.keras").exists()


def test_divergence_names_the_epoch_and_leaves_no_model(train, tmp_path):
    with pytest.raises(DivergenceError, match=r"epoch 1: \w+ is (nan|inf); take a smaller learning_rate"):
        train("diverging", learning_rate=1e38)
    assert not (tmp_path / "diverging/model.keras").exists()


# Enough epochs for a kill to come between them.
LONG = {"epochs": 12, "patience": 12}


@pytest.mark.slow
def test_a_killed_training_resumes_and_ends_with_the_same_files(
    train, photon_tables, tmp_path, caplog, monkeypatch
):
    whole, _ = train("whole", **LONG)
    state = tmp_path / "killed/model.epochs/0/state.json"
    program = ROOT / "workflow/scripts/train/train_classifier.py"
    process = subprocess.Popen(
        [sys.executable, program, *options(photon_tables, tmp_path / "killed", **LONG)],
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
    )
    while not state.exists() or len(json.loads(state.read_text())["history"]) < 2:
        assert process.poll() is None
        time.sleep(0.01)
    os.kill(process.pid, signal.SIGKILL)
    process.wait()
    # This process has loaded other library files, which would make the epochs void.
    content = json.loads(state.read_text())
    monkeypatch.setattr(fitting, "training_key", lambda *settings: content["key"])
    with caplog.at_level("INFO"):
        killed, _ = train("killed", **LONG)
    assert "resuming after" in caplog.text
    for name in ("history.csv", "metrics.json", "model.onnx"):
        assert (killed / name).read_bytes() == (whole / name).read_bytes(), name
    scores = [read_feather(path / "scores.feather") for path in (killed, whole)]
    assert scores[0].equals(scores[1])
    assert sorted(path.name for path in killed.iterdir()) == sorted(path.name for path in whole.iterdir())


def test_a_run_on_another_split_tells_what_every_event_was_used_for(train, photon_tables):
    folder, _ = train(epochs=1, repetition={"shuffle": 1, "held_out": 0.15, "seed": 0})
    scores = read_feather(folder / "scores.feather").to_pandas()
    assert scores["role"].value_counts().to_dict() == {"train": 204, "valid": 51, "test": 45}
    assert scores["split"].value_counts().to_dict() == {"train": 120, "valid": 120, "test": 60}
    labels = pd.concat(
        read_feather(path).to_pandas()[["event", "y"]].assign(split=split)
        for path, split in zip(photon_tables.events, SPLITS, strict=True)
    )
    assert len(scores.merge(labels, on=["event", "split", "y"])) == 300
