"""The program that trains a network: dead trainings, divergence, kills, other splits."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pandas as pd
import pytest

from leptonid.storage import SPLITS, read_feather
from synthetic import write_synthetic_events

PROGRAMS = Path(__file__).parents[2] / "workflow/scripts"
SETTINGS = {
    "inputs": ["hl"], "dense": 2, "units": 8, "dropout": 0.2, "learning_rate": 0.01, "epochs": 5, "batch": 8,
    "patience": 5, "learning_rate_factor": 0.5, "learning_rate_patience": 2, "image_scaling": "log",
    "weights": True, "initialisation": "glorot_uniform", "precision": "float32", "restarts": 0, "seed": 0,
    "repetition": None,
}  # fmt: skip


@pytest.fixture
def tables(tmp_path):
    events_file = tmp_path / "events.h5"
    write_synthetic_events(events_file, train=120, valid=120, test=24)
    for split in SPLITS:
        subprocess.run(
            [
                *(sys.executable, PROGRAMS / "split_events.py", "--events", events_file),
                *("--split", split, "--output", tmp_path / f"{split}.feather"),
            ],
            check=True,
        )
    return [tmp_path / f"{split}.feather" for split in SPLITS]


def command(tables, folder, **settings):
    return [
        *(sys.executable, PROGRAMS / "train_classifier.py", "--events", *tables),
        *("--settings", json.dumps({**SETTINGS, **settings}), "--model", folder / "model.keras"),
        *("--onnx", folder / "model.onnx", "--history", folder / "history.csv"),
        *("--scores", folder / "scores.feather", "--metrics", folder / "metrics.json"),
    ]


def train(tables, folder, check=True, **settings):
    result = subprocess.run(command(tables, folder, **settings), capture_output=True, text=True)
    if check:
        assert result.returncode == 0, result.stderr
    return result


def metrics(folder):
    return json.loads((folder / "metrics.json").read_text())


# A unit after a unit is always 0, and learns nothing, if its one weight begins below 0.
FRAIL = {"dense": 3, "units": 1, "epochs": 8, "dropout": 0.0, "seed": 4}


def test_a_dead_training_is_said_retried_with_another_seed_and_recorded(tables, tmp_path):
    result = train(tables, tmp_path / "a", **FRAIL, restarts=8)
    found = metrics(tmp_path / "a")
    assert 0 < found["restarts"] < 8
    assert not found["dead"]
    assert found["seed"] != 4
    assert result.stderr.count("dead: the validation events") == found["restarts"]


def test_a_training_that_stays_dead_is_kept_and_marked(tables, tmp_path):
    train(tables, tmp_path / "a", **FRAIL, restarts=0)
    assert metrics(tmp_path / "a")["dead"]
    assert metrics(tmp_path / "a")["auc"]["valid"] == 0.5


def test_divergence_ends_in_one_message_that_names_the_epoch(tables, tmp_path):
    result = train(tables, tmp_path / "a", learning_rate=1e38, check=False)
    assert result.returncode == 1
    assert "error: epoch 1: " in result.stderr.splitlines()[-1]
    assert "is nan; take a smaller learning_rate" in result.stderr.splitlines()[-1]
    assert "Traceback" not in result.stderr
    assert not (tmp_path / "a/model.keras").exists()


# Enough epochs for a kill to come in their midst.
LONG = {"epochs": 40, "patience": 40}


def test_a_killed_training_goes_on_and_ends_with_the_same_history_and_scores(tables, tmp_path):
    train(tables, tmp_path / "whole", **LONG)
    folder = tmp_path / "killed"
    state = folder / "model.epochs/0/state.json"
    process = subprocess.Popen(command(tables, folder, **LONG))
    while not state.exists() or len(json.loads(state.read_text())["history"]) < 2:
        assert process.poll() is None
        time.sleep(0.01)
    os.kill(process.pid, signal.SIGKILL)
    process.wait()
    result = train(tables, folder, **LONG)
    assert "epochs were done before" in result.stderr
    for name in ("history.csv", "metrics.json", "model.onnx"):
        assert (folder / name).read_bytes() == (tmp_path / "whole" / name).read_bytes(), name
    scores = [read_feather(path / "scores.feather") for path in (folder, tmp_path / "whole")]
    assert scores[0].equals(scores[1])
    assert sorted(path.name for path in folder.iterdir()) == [
        "history.csv", "metrics.json", "model.keras", "model.onnx", "scores.feather",
    ]  # fmt: skip


def test_a_run_on_another_split_says_what_each_event_was_used_for(tables, tmp_path):
    train(tables, tmp_path / "a", epochs=1, repetition={"shuffle": 1, "held_out": 0.15, "seed": 0})
    scores = read_feather(tmp_path / "a/scores.feather").to_pandas()
    assert scores["role"].value_counts().to_dict() == {"train": 179, "valid": 45, "test": 40}
    assert scores["split"].value_counts().to_dict() == {"train": 120, "valid": 120, "test": 24}
    labels = pd.concat(
        read_feather(path).to_pandas()[["event", "y"]].assign(split=split)
        for path, split in zip(tables, SPLITS, strict=True)
    )
    assert len(scores.merge(labels, on=["event", "split", "y"])) == 264
