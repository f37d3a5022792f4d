"""The program that fits a baseline, from tables of events and EFPs to a model, scores and metrics."""

import json
import subprocess
import sys
from dataclasses import replace

import numpy as np
import pyarrow as pa
import pytest
from threadpoolctl import threadpool_info

from layouts import PHOTONS
from leptonid.errors import InputError
from leptonid.metrics.auc import auc
from leptonid.study.features import contents_of
from leptonid.study.layout import Contents
from leptonid.study.paths import SPLITS
from leptonid.tables.feather import read_feather, write_feather
from leptonid.train.baselines import fit_baseline, load_baseline
from train import train_baseline
from train.made_up import table_options

OBSERVABLE = "2_1_0_k_1_b_1"
INPUTS = ["shape", "efp_barrel"]
LAYOUT = contents_of(INPUTS, PHOTONS.contents)
SETTINGS = {
    "inputs": INPUTS, "layout": LAYOUT.as_settings(), "seed": 0, "weights": True,
    "negative_weights": "refuse", "repetition": None,
}  # fmt: skip
MODELS = {
    "trees": {"iterations": 5, "learning_rate": 0.1, "leaves": 4, "patience": 2},
    "logistic": {"penalty": 1.0, "iterations": 20},
}
BOTH = pytest.mark.parametrize("model", MODELS)


@pytest.fixture
def tables(photon_tables, tmp_path):
    """Tables of events and EFPs of all splits."""
    efps = []
    for split, path in zip(SPLITS, photon_tables.events, strict=True):
        event = read_feather(path, ["event"])["event"]
        values = pa.table({"event": event, OBSERVABLE: 1e-30 * np.arange(1.0, len(event) + 1)})
        efps.append(tmp_path / f"efp_{split}.feather")
        metadata = {"split": split, "calorimeter": "barrel", "chunk": "0", "coordinates": "physical"}
        write_feather(values, efps[-1], metadata)
    unique = tmp_path / "unique.feather"
    write_feather(pa.table({"calorimeter": ["barrel"], "observable": [OBSERVABLE]}), unique)
    return replace(photon_tables, efps=efps, unique=unique)


def train(tables, folder, model, threads=1, **settings):
    """Run the program in this process."""
    train_baseline.main(
        [
            *(*table_options(tables), "--threads", str(threads)),
            *("--settings", json.dumps({"model": model, **SETTINGS, **MODELS[model], **settings})),
            *("--model", str(folder / "model.skops"), "--scores", str(folder / "scores.feather")),
            *("--metrics", str(folder / "metrics.json")),
        ]
    )
    return json.loads((folder / "metrics.json").read_text())


def test_random_splits_keep_chunks_together(tables, tmp_path):
    """Twelve chunks of 25 events, whose numbers the tables of events hold."""
    chunks = []
    for number, path in enumerate(tables.events):
        table = read_feather(path)
        chunks.append(tmp_path / path.name)
        chunk = 100 * number + np.arange(len(table)) // 25
        write_feather(table.append_column("chunk", pa.array(chunk)), chunks[-1])
    repetition = {"shuffle": 0, "held_out": 0.15, "seed": 0}
    train(replace(tables, events=chunks), tmp_path / "a", "trees", repetition=repetition)
    scores = read_feather(tmp_path / "a/scores.feather").to_pandas()
    roles = scores.groupby(["split", scores["event"] // 25])["role"].nunique()
    assert (roles == 1).all()
    assert set(scores["role"]) == set(SPLITS)


@BOTH
def test_it_writes_scores_metrics_and_a_model_that_gives_the_same_scores(tables, tmp_path, model, caplog):
    folder = tmp_path / "a"
    with caplog.at_level("INFO"):
        metrics = train(tables, folder, model)
    assert f"{model} of 4 variables; 120 training events" in caplog.text
    scores = read_feather(folder / "scores.feather").to_pandas()
    assert scores["role"].value_counts().to_dict() == {"train": 120, "valid": 120, "test": 60}
    assert (scores["role"] == scores["split"]).all()
    assert set(metrics) == {
        "model", "inputs", "coordinates", "layout", "seed", "restarts", "parameters", "epochs", "best_epoch",
        "converged", "auc", "auc_uncertainty", "dead",
    }  # fmt: skip
    assert (metrics["model"], metrics["coordinates"], metrics["restarts"]) == (model, "physical", 0)
    assert metrics["inputs"] == ["width", "length", "height", f"barrel/{OBSERVABLE}"]
    assert Contents.from_settings(metrics["layout"]) == LAYOUT
    loaded = load_baseline(folder / "model.skops")
    assert loaded.names.tolist() == metrics["inputs"]
    for split in SPLITS:
        written = scores[scores["role"] == split]
        assert metrics["auc"][split] == auc(written["y"].to_numpy(), written["score"].to_numpy())
        events = tables.read(split, tables.inputs(INPUTS, SETTINGS["layout"]))
        np.testing.assert_array_equal(loaded.predict(events), written["score"])


@BOTH
def test_it_is_reproducible_to_the_byte(tables, tmp_path, model):
    for folder in ("a", "b"):
        train(tables, tmp_path / folder, model)
    for name in ("scores.feather", "metrics.json"):
        assert (tmp_path / "a" / name).read_bytes() == (tmp_path / "b" / name).read_bytes()


def test_a_run_on_another_split_tells_what_every_event_was_used_for(tables, tmp_path):
    repetition = {"fold": 1, "folds": 4, "seed": 0}
    train(tables, tmp_path / "a", "logistic", repetition=repetition, inputs=["height"])
    scores = read_feather(tmp_path / "a/scores.feather").to_pandas()
    assert scores["role"].value_counts().to_dict() == {"train": 180, "valid": 45, "test": 75}
    assert scores["split"].value_counts().to_dict() == {"train": 120, "valid": 120, "test": 60}


@pytest.mark.parametrize("threads", [1, 3])
def test_it_computes_with_the_given_threads_whatever_the_machine_has(tables, tmp_path, monkeypatch, threads):
    seen = []

    def fit_and_look(*inputs):
        seen.extend(pool["num_threads"] for pool in threadpool_info())
        return fit_baseline(*inputs)

    monkeypatch.setattr(train_baseline, "fit_baseline", fit_and_look)
    train(tables, tmp_path / "a", "logistic", threads)
    assert set(seen) == {threads}


def test_a_value_that_is_not_finite_is_named(tables, tmp_path):
    path = tables.efps[1]
    table = read_feather(path)
    values = table[OBSERVABLE].to_numpy().copy()
    values[3] = np.nan
    write_feather(table.set_column(1, OBSERVABLE, pa.array(values)), path)
    message = f"barrel/{OBSERVABLE}: event 3 of the valid split has the value nan"
    with pytest.raises(InputError, match=message):
        train(tables, tmp_path / "a", "trees")
    assert not (tmp_path / "a").exists()


def test_baselines_need_no_keras():
    code = "import sys, leptonid.train.baselines, train.train_baseline; assert 'keras' not in sys.modules"
    subprocess.run([sys.executable, "-c", code], env={"PYTHONPATH": ":".join(sys.path)}, check=True)
