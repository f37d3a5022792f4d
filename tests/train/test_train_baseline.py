"""The program that fits a baseline, from tables of events and EFPs to a model, scores and metrics."""

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
from threadpoolctl import threadpool_info

import train_baseline
from leptonid.data.published import check_events, copy_events
from leptonid.data.splits import event_table
from leptonid.storage import HL, SPLITS, read_feather, write_feather
from leptonid.train.baselines import fit_baseline, load_baseline
from leptonid.train.inputs import flat_columns, load_sample
from leptonid.train.metrics import auc
from synthetic import write_synthetic_events

PROGRAM = Path(__file__).parents[2] / "workflow/scripts/train_baseline.py"
SETTINGS = {"inputs": ["hl", "efp_ecal"], "seed": 0, "weights": True, "repetition": None}
MODELS = {
    "trees": {"iterations": 5, "learning_rate": 0.1, "leaves": 4, "patience": 2},
    "logistic": {"penalty": 1.0, "iterations": 20},
}
OBSERVABLE = "2_1_0_k_1_b_1"
BOTH = pytest.mark.parametrize("model", MODELS)


@pytest.fixture
def tables(tmp_path):
    """Tables of events and EFPs of all splits: 120, 60 and 60 events."""
    source, checked = tmp_path / "events.h5", tmp_path / "checked.h5"
    write_synthetic_events(source, train=120, valid=60, test=60)
    copy_events(source, checked, check_events(source))
    for split in SPLITS:
        table = event_table(checked, split)
        write_feather(table, tmp_path / f"{split}.feather")
        efps = pa.table({"event": table["event"], OBSERVABLE: 1e-30 * np.arange(1.0, len(table) + 1)})
        metadata = {"split": split, "calorimeter": "ecal", "chunk": "0", "coordinates": "physical"}
        write_feather(efps, tmp_path / f"efp_{split}.feather", metadata)
    write_feather(
        pa.table({"calorimeter": ["ecal"], "observable": [OBSERVABLE]}), tmp_path / "unique.feather"
    )
    return tmp_path


def arguments(tables, folder, model, threads=1, **settings):
    options = [
        *("--events", *(tables / f"{split}.feather" for split in SPLITS)),
        *("--efps", *(tables / f"efp_{split}.feather" for split in SPLITS)),
        *("--unique", tables / "unique.feather", "--threads", threads),
        *("--settings", json.dumps({"model": model, **SETTINGS, **MODELS[model], **settings})),
        *("--model", folder / "model.skops", "--scores", folder / "scores.feather"),
        *("--metrics", folder / "metrics.json"),
    ]
    return list(map(str, options))


def train(tables, folder, model, check=True, **settings):
    command = [sys.executable, PROGRAM, *arguments(tables, folder, model, **settings)]
    result = subprocess.run(command, capture_output=True, text=True)
    if check:
        assert result.returncode == 0, result.stderr
    return result


@BOTH
def test_it_writes_scores_metrics_and_a_model_that_gives_the_same_scores(tables, tmp_path, model):
    folder = tmp_path / "a"
    result = train(tables, folder, model)
    assert f"{model} of 8 variables; 120 training events" in result.stderr
    scores = read_feather(folder / "scores.feather").to_pandas()
    assert scores["role"].value_counts().to_dict() == {"train": 120, "valid": 60, "test": 60}
    assert (scores["role"] == scores["split"]).all()
    metrics = json.loads((folder / "metrics.json").read_text())
    assert set(metrics) == {
        "model", "inputs", "coordinates", "seed", "restarts", "parameters", "epochs", "best_epoch",
        "converged", "auc", "auc_uncertainty", "dead",
    }  # fmt: skip
    assert (metrics["model"], metrics["coordinates"], metrics["restarts"]) == (model, "physical", 0)
    assert metrics["inputs"] == [*HL, f"ecal/{OBSERVABLE}"]
    columns = flat_columns(SETTINGS["inputs"], {"ecal": [OBSERVABLE]})
    loaded = load_baseline(folder / "model.skops")
    assert loaded.names.tolist() == metrics["inputs"]
    for split in SPLITS:
        written = scores[scores["role"] == split]
        assert metrics["auc"][split] == auc(written["y"].to_numpy(), written["score"].to_numpy())
        sample = load_sample(
            split, [], columns, tables.glob("[tv]*.feather"), [], tables.glob("efp_*.feather")
        )
        np.testing.assert_array_equal(loaded.predict(sample), written["score"])


@BOTH
def test_it_repeats_itself_to_the_byte(tables, tmp_path, model):
    for folder in ("a", "b"):
        train(tables, tmp_path / folder, model)
    for name in ("scores.feather", "metrics.json"):
        assert (tmp_path / "a" / name).read_bytes() == (tmp_path / "b" / name).read_bytes()


@BOTH
def test_a_run_on_another_split_says_what_each_event_was_used_for(tables, tmp_path, model):
    train(tables, tmp_path / "a", model, repetition={"fold": 1, "folds": 4, "seed": 0}, inputs=["mass"])
    scores = read_feather(tmp_path / "a/scores.feather").to_pandas()
    assert scores["role"].value_counts().to_dict() == {"train": 144, "valid": 36, "test": 60}
    assert scores["split"].value_counts().to_dict() == {"train": 120, "valid": 60, "test": 60}


@pytest.mark.parametrize("threads", [1, 3])
def test_it_computes_with_the_threads_asked_for_whatever_the_machine_has(
    tables, tmp_path, monkeypatch, threads
):
    found = []

    def fit_and_look(*inputs):
        found.extend(pool["num_threads"] for pool in threadpool_info())
        return fit_baseline(*inputs)

    monkeypatch.setattr(train_baseline, "fit_baseline", fit_and_look)
    train_baseline.main(arguments(tables, tmp_path / "a", "logistic", threads))
    assert set(found) == {threads}


def test_a_value_that_is_not_finite_ends_in_one_line(tables, tmp_path):
    path = tables / "efp_valid.feather"
    table = read_feather(path)
    values = table[OBSERVABLE].to_numpy().copy()
    values[3] = np.nan
    write_feather(table.set_column(1, OBSERVABLE, pa.array(values)), path)
    result = train(tables, tmp_path / "a", "trees", check=False)
    assert result.returncode == 1
    message = f"error: ecal/{OBSERVABLE}: event 3 of the valid split has the value nan"
    assert result.stderr.splitlines()[-1].startswith(message)
    assert not (tmp_path / "a").exists()
