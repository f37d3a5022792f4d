"""Whole runs: what they leave, that they repeat themselves, and that a kill loses nothing."""

import json
import os
import re
import signal
import subprocess
import sys
import time

import h5py
import numpy as np
import pandas as pd
import pytest

from layouts import ELECTRONS
from leptonid.metrics.auc import auc
from leptonid.study.paths import SPLITS
from leptonid.tables.feather import metadata_of, read_feather
from leptonid.tables.sample import read_sample
from tiny_study import Study


def test_a_run_leaves_the_files_of_the_contract(finished):
    results = finished.folder / "results"
    for split in SPLITS:
        table = read_feather(results / f"data/{split}.feather")
        assert set(table.column_names) == {"event", "y", "weight", *ELECTRONS.variables, "pt", "eta"}
        for calorimeter in ("ecal", "hcal"):
            cells = read_feather(results / f"data/cells/{calorimeter}/{split}.feather")
            assert cells.column_names == ["event", "cell", "et"]
            efp = read_feather(results / f"efp/{calorimeter}/{split}/0.feather")
            assert efp.column_names == [
                "event", "1_0_0_k_1_b_1", "2_1_0_k_1_b_1", "2_1_0_k_1_b_2",
            ]  # fmt: skip
    graphs = read_feather(results / "efp/graphs.feather")
    assert graphs.column_names == ["n", "d", "k", "chromatic", "edges", "calorimeters"]
    assert set(map(tuple, graphs["calorimeters"].to_pylist())) == {("ecal", "hcal")}
    sample = {"tolerance": 1e-9, "sample": "20 events of train, chunk 0"}
    for row in (
        {"observable": "1_0_0_k_1_b_2", "equals": "1_0_0_k_1_b_1", "reason": "algebraic", **sample},
        {"observable": "1_0_0_k_1_b_1", "equals": "", "reason": "constant", **sample},
    ):
        duplicates = read_feather(results / "efp/duplicates.feather").to_pylist()
        assert {"calorimeter": "ecal", **row} in duplicates
    for suffix in ("pdf", "png", "svg"):
        for drawing in ("drawings/2_1_0", "catalogue"):
            assert (results / f"efp/{drawing}.{suffix}").stat().st_size > 500
    for features in ("hl", "et_and_ht", "hl_and_efp"):
        folder = results / f"train/{features}/seed0"
        scores = read_feather(folder / "scores.feather").to_pandas()
        assert list(scores.columns) == ["event", "split", "y", "weight", "score", "role"]
        assert scores["split"].value_counts().to_dict() == {"train": 40, "valid": 16, "test": 24}
        assert scores["score"].between(0, 1).all()
        assert len(pd.read_csv(folder / "history.csv")) == 1
        assert set(json.loads((folder / "metrics.json").read_text())["auc"]) == set(SPLITS)
        assert (folder / "model.keras").exists()
    for name in ("roc", "rejection", "ecal_mean", "hcal_single", "variables", "learning_curves"):
        for suffix in ("pdf", "png"):
            assert (results / f"figures/{name}.{suffix}").stat().st_size > 1000
    for suffix in ("csv", "md", "tex"):
        assert "random test events" in (results / f"tables/auc.{suffix}").read_text()


def test_all_numbers_are_of_weighted_events(finished):
    results = finished.folder / "results"
    scores = read_feather(results / "train/hl_logistic/seed0/scores.feather").to_pandas()
    test = scores[scores["role"] == "test"]
    assert (test["weight"] < 0).sum() == 2
    weighted = auc(test["y"], test["score"], test["weight"])
    metrics = json.loads((results / "train/hl_logistic/seed0/metrics.json").read_text())
    table = read_feather(results / "evaluate/auc.feather").to_pandas().set_index("classifier")
    assert metrics["auc"]["test"] == table.loc["hl_logistic", "auc"] == weighted
    assert weighted != auc(test["y"], test["score"])
    signal = test["weight"][test["y"] == 1]
    assert table.loc["hl_logistic", "effective_signal"] == pytest.approx(
        signal.sum() ** 2 / (signal**2).sum()
    )
    for name in ("auc", "metrics", "comparisons", "search_hl"):
        text = (results / f"tables/{name}.md").read_text()
        assert "2 weights are negative, which trainings left out" in text, name
    for path in (results / "evaluate").glob("*.feather"):
        if path.stem not in ("score_histograms", "variables", "sampled_events"):
            assert read_feather(path)["weighted"].unique().to_pylist() == [True], path


def test_the_label_is_in_no_table_that_models_depend_on(finished):
    results = finished.folder / "results"
    assert read_sample(results / "data/sample.json").label == "random test events"
    tables = [
        path
        for stage in ("data", "efp", "train", "search", "evaluate")
        for path in (results / stage).rglob("*")
    ]
    for path in tables:
        if path.suffix == ".feather":
            assert "label" not in metadata_of(read_feather(path)), path


def test_the_report_holds_every_figure_with_its_caption(finished):
    report = (finished.folder / "results/report.html").read_text()
    names = [
        "ROC curves",
        "Background rejection",
        "Table of AUCs",
        "Mean images, ecal",
        "Single events, hcal",
        "Catalogue of graphs",
        "All figures",
        "Chosen observables, hl",
    ]
    for name in (*names, "Variables", "Learning curves", "What separates signal from background?"):
        assert name in report, name
    # Of docutils, in place of a text that it cannot read.
    assert "System Message" not in report
    for category in (
        "Comparison",
        "Data",
        "Training",
        "Search",
        "Energy Flow Polynomials",
        "Gallery",
        "Explorer",
    ):
        assert category in report, category


def test_the_explorer_opens_in_the_report(finished, browser):
    """The report holds it as a data URI, of which Chromium opens none of more than 2 MiB."""
    page = browser.new_page()
    page.set_default_timeout(20_000)
    page.goto((finished.folder / "results/report.html").as_uri())
    page.get_by_text("Results").click()
    page.get_by_role("link", name="Explorer").click()
    page.locator("td a").first.click()
    shown = page.frame_locator("iframe")
    for plot in ("candidates", "scores", "ecal-single", "hcal-signal"):
        shown.locator(f"#{plot}-plot canvas").first.wait_for()
    assert re.fullmatch(r"(\d+) of \1 candidates", shown.locator("#shown").inner_text())
    page.close()


def test_the_gallery_holds_every_figure(finished):
    figures = finished.folder / "results/figures"
    drawn = {path.name for path in figures.glob("*.png")}
    for name in ("gallery.html", "gallery_small.html"):
        page = (figures / name).read_text()
        assert set(re.findall(r'class="file">([^<]+)<', page)) == {*drawn, "catalogue.png", "resources.png"}


def test_no_temporary_file_is_left(finished):
    hidden = [
        path for path in (finished.folder / "results").rglob(".*") if path.name != ".snakemake_timestamp"
    ]
    assert not hidden


@pytest.mark.slow
def test_a_damaged_efp_table_is_named_and_made_anew_alone(finished, tmp_path):
    study = finished.copy(tmp_path / "study")
    study.snakemake("--cores", "1", "check_efps")
    table = study.folder / "results/efp/hcal/train/1.feather"
    before = read_feather(table)
    content = bytearray(table.read_bytes())
    content[content.rindex(b"\x04\x22\x4d\x18") + 20] ^= 1  # among the values of the last column (lz4)
    table.write_bytes(content)
    truncated = study.folder / "results/efp/ecal/test/0.feather"
    truncated.write_bytes(truncated.read_bytes()[:500])

    result = study.snakemake("--cores", "1", "check_efps", check=False)
    printed = result.stdout
    assert result.returncode == 1
    assert "2 of 8 EFP tables are damaged:" in printed
    assert "  results/efp/hcal/train/1.feather: " in printed
    assert "  results/efp/ecal/test/0.feather: cannot be read: " in printed
    command = "rm results/efp/ecal/test/0.feather results/efp/hcal/train/1.feather"
    assert f"  {command}\n" in printed

    subprocess.run(command.split(), cwd=study.folder, check=True)
    assert study.jobs("check_efps") == {"compute_efps": 2, "check_efps": 1}
    study.snakemake("--cores", "1", "check_efps")
    assert "all 8 EFP tables are intact" in (study.folder / "results/logs/efp/check_efps.log").read_text()
    assert read_feather(table).equals(before, check_metadata=True)


# A Python that kills the first training, like a machine out of memory, as soon as two epochs are kept.
KILLER = """#!{python}
import glob, json, os, signal, subprocess, sys, time
command = [{python!r}, *sys.argv[1:]]
if "train_classifier.py" not in " ".join(sys.argv) or os.path.exists("killed"):
    os.execv(command[0], command)
process = subprocess.Popen(command)
while process.poll() is None:
    for state in glob.glob("results/train/hl/seed0/model.epochs/0/state.json"):
        if len(json.load(open(state))["history"]) >= 2:
            open("killed", "w").close()
            process.send_signal(signal.SIGKILL)
            process.wait()
            os.kill(os.getpid(), signal.SIGKILL)
    time.sleep(0.005)
sys.exit(process.returncode)
"""


@pytest.mark.slow
def test_a_training_that_is_killed_is_tried_again_with_more_memory_and_goes_on(fresh, tmp_path, monkeypatch):
    study = fresh.copy(tmp_path / "study")
    config = study.config
    config["train"] |= {"epochs": 40, "patience": 40, "baselines": {"trees": None, "logistic": None}}
    study.configure(config)
    target = "results/train/hl/seed0/scores.feather"
    study.run(target)
    undisturbed = (study.folder / "results/train/hl/seed0/history.csv").read_text()
    for name in ("scores.feather", "history.csv"):
        (study.folder / f"results/train/hl/seed0/{name}").unlink()

    python = tmp_path / "bin/python"
    python.parent.mkdir()
    python.write_text(KILLER.format(python=sys.executable))
    python.chmod(0o755)
    monkeypatch.setattr(
        Study, "warm_environment", {**os.environ, "PATH": f"{python.parent}{os.pathsep}{os.environ['PATH']}"}
    )
    study.run(target)
    assert (study.folder / "killed").exists()
    # The terminal shows the progress of stages only.
    last = max((study.folder / ".snakemake/log").glob("*.log"))
    first, second = map(int, re.findall(r"mem_mb=(\d+)", last.read_text()))
    assert second == 2 * first
    log = (study.folder / "results/logs/train/hl/seed0.log").read_text()
    assert re.search(r"resuming after \d+ epochs", log)
    assert (study.folder / "results/train/hl/seed0/history.csv").read_text() == undisturbed


@pytest.mark.slow
def test_a_second_run_in_the_same_folder_is_refused_while_the_first_lives(fresh, tmp_path):
    study = fresh.copy(tmp_path / "study")
    first = study.start("--cores", "1", "data")
    try:
        while not (study.folder / ".snakemake/lepton-id.lock").exists():
            assert first.poll() is None
            time.sleep(0.05)
        second = study.snakemake("--cores", "1", "data", check=False)
    finally:
        os.killpg(first.pid, signal.SIGKILL)
        first.wait()
    assert second.returncode == 1
    assert "Another run is using this folder" in second.stdout
    study.run("data")


def test_a_bad_file_ends_the_run_before_anything_is_written(fresh, tmp_path):
    study = fresh.copy(tmp_path / "study")
    with h5py.File(study.folder / "events.h5", "r+") as file:
        file["hl/valid"][5, 2] = np.nan
    result = study.snakemake("--cores", "2", check=False)
    assert result.returncode == 1
    assert "events.h5: hl/valid: event 5 has nan at (2,)" in result.stdout
    written = [path for path in (study.folder / "results").rglob("*") if path.is_file()]
    assert {path.relative_to(study.folder / "results").parts[0] for path in written} <= {
        "logs",
        "config.yaml",
        "manifest.json",
        "manifests",
    }


@pytest.mark.slow
def test_simulated_events_do_not_depend_on_the_number_of_cores(fresh, tmp_path):
    """A pool and a chunk of every split."""
    events = []
    for cores in ("1", "2"):
        study = fresh.copy(tmp_path / f"study{cores}")
        simulation = {"events": 20, "chunk": 20, "pool": 10, "seed": 3}
        study.configure({**study.config, "data": {"source": "simulation", "simulation": simulation}})
        study.snakemake("--cores", cores, "results/data/simulation/events.h5")
        events.append(study.folder / "results/data/simulation/events.h5")
    assert events[0].read_bytes() == events[1].read_bytes()
    with h5py.File(events[0]) as file:
        assert {split: len(file["y"][split]) for split in SPLITS} == {"train": 12, "valid": 4, "test": 4}
