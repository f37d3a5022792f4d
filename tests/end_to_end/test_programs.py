"""Every program runs by hand, from `--help` to a chain over a tiny file."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PROGRAMS = sorted((ROOT / "workflow/scripts").glob("*.py"))


def run(name, *arguments, check=True):
    result = subprocess.run(
        [sys.executable, ROOT / "workflow/scripts" / name, *map(str, arguments)],
        capture_output=True,
        text=True,
    )
    if check:
        assert result.returncode == 0, result.stderr
    return result


@pytest.mark.parametrize("program", PROGRAMS, ids=lambda path: path.stem)
def test_help_says_what_the_program_does(program):
    result = run(program.name, "--help")
    assert result.stdout.startswith(f"usage: {program.name}")
    described = " ".join(result.stdout.split())
    assert program.read_text().split('"""')[1].split()[0] in described


def test_the_programs_form_a_chain(events_file, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    settings = {"label": None, "efp_calorimeters": ["ecal"]}
    run(
        "check_events.py",
        "--source",
        events_file,
        "--settings",
        json.dumps(settings),
        "--output",
        "checked.h5",
    )
    for split in ("train", "valid", "test"):
        run("split_events.py", "--events", "checked.h5", "--split", split, "--output", f"{split}.feather")
        run(
            "extract_cells.py",
            "--events", "checked.h5", "--calorimeter", "ecal", "--split", split,
            "--output", f"cells_{split}.feather",
        )  # fmt: skip
    graphs = {"calorimeters": {"ecal": {"graphs": [["d<=2"]]}}}
    run("list_graphs.py", "--settings", json.dumps(graphs), "--output", "graphs.feather")
    exponents = {"kappas": [1, 2], "betas": [1]}
    for split in ("train", "valid", "test"):
        run(
            "compute_efps.py",
            "--graphs", "graphs.feather", "--cells", f"cells_{split}.feather", "--chunk", 0,
            "--settings", json.dumps({**exponents, "coordinates": "physical", "chunks": 1}),
            "--output", f"ecal/{split}/0.feather",
        )  # fmt: skip
    settings = {"calorimeters": {"ecal": exponents}, "coordinates": "physical", "tolerance": 1e-9}
    run(
        "find_duplicates.py",
        "--graphs", "graphs.feather", "--tables", "ecal/train/0.feather", "--cells", "cells_train.feather",
        "--settings", json.dumps(settings),
        "--unique", "unique.feather", "--duplicates", "duplicates.feather",
    )  # fmt: skip
    settings = {"calorimeters": {"ecal": exponents}, "chunks": {"train": 1, "valid": 1}}
    checked = run(
        "check_efps.py",
        "--graphs", "graphs.feather", "--tables", "ecal/train/0.feather", "ecal/valid/0.feather",
        "--cells", "cells_train.feather", "cells_valid.feather", "--settings", json.dumps(settings),
    )  # fmt: skip
    assert "all 2 EFP tables are whole" in checked.stderr
    run(
        "draw_graphs.py",
        "--graphs", "graphs.feather", "--drawings", "drawings", "--catalogue", "catalogue.svg",
    )  # fmt: skip
    assert sorted(path.name for path in Path("drawings").glob("*.png")) == [
        "1_0_0.png", "2_1_0.png", "2_2_0.png", "3_2_0.png",
    ]  # fmt: skip
    assert Path("drawings/drawings.txt").read_text().split() == ["1_0_0", "2_1_0", "2_2_0", "3_2_0"]
    settings = {
        "inputs": ["et", "hl", "efp_ecal"], "blocks": 1, "filters": 2, "dense": 1, "units": 3, "dropout": 0.0,
        "learning_rate": 0.01, "epochs": 1, "batch": 16, "patience": 1, "learning_rate_factor": 0.5,
        "learning_rate_patience": 1, "image_scaling": "log", "weights": True,
    }  # fmt: skip
    settings |= {
        "initialisation": "orthogonal", "precision": "float32", "restarts": 0, "seed": 0, "repetition": None,
    }  # fmt: skip
    splits = ("train", "valid", "test")
    tables = [
        "--events", *(f"{split}.feather" for split in splits),
        "--efps", *(f"ecal/{split}/0.feather" for split in splits), "--unique", "unique.feather",
    ]  # fmt: skip
    cells = ["--cells", *(f"cells_{split}.feather" for split in splits)]
    run(
        "train_classifier.py",
        *tables, *cells, "--settings", json.dumps(settings), "--model", "model.keras",
        "--onnx", "model.onnx", "--history", "history.csv", "--scores", "scores.feather",
        "--metrics", "metrics.json",
    )  # fmt: skip
    logistic = {
        "model": "logistic", "inputs": ["hl", "efp_ecal"], "penalty": 1.0, "iterations": 20, "weights": True,
        "seed": 0, "repetition": None,
    }  # fmt: skip
    run(
        "train_baseline.py",
        *tables, "--settings", json.dumps(logistic), "--model", "model.skops",
        "--scores", "baseline.feather", "--metrics", "baseline.json",
    )  # fmt: skip
    explained = json.dumps({"inputs": settings["inputs"], "seed": 0})
    model = ["--model", "model.keras", *tables, *cells, "--settings", explained]
    run("map_images.py", *model, "--maps", "maps.feather")
    run("permute_inputs.py", *model, "--importance", "importance.csv")
    events = ["--events", "test.feather"]
    for program, option, table in (
        ("plot_maps.py", "--maps", "maps.feather"),
        ("plot_importance.py", "--importance", "importance.csv"),
    ):
        run(program, "--features", "mine", option, table, *events, "--output", f"{program}.png")
    both = ["--features", "mine", "mine_logistic", "--scores", "scores.feather", "baseline.feather", *events]
    run(
        "tabulate_comparisons.py",
        *both, "--csv", "pairs.csv", "--markdown", "pairs.md", "--latex", "pairs.tex",
        "--figure", "pairs.png",
    )  # fmt: skip
    run(
        "plot_roc.py",
        "--features", "mine", "--scores", "scores.feather", "--events", "test.feather",
        "--published", ROOT / "resources/published_auc.csv",
        "--settings", '{"bootstraps": 20, "published": true, "reference": null}',
        "--roc", "roc.pdf", "--rejection", "rejection.png",
    )  # fmt: skip
    run(
        "tabulate_auc.py",
        "--features", "mine", "--scores", "scores.feather", "--trainings", "mine/seed0",
        "--metrics", "metrics.json", "--events", "test.feather",
        "--published", ROOT / "resources/published_auc.csv", "--settings", '{"published": true}',
        "--csv", "auc.csv", "--markdown", "auc.md", "--latex", "auc.tex",
    )  # fmt: skip
    run(
        "plot_images.py",
        "--calorimeter", "ecal", "--events", "test.feather", "--cells", "cells_test.feather",
        "--settings", '{"single_events": 2}', "--mean", "mean.png", "--single", "single.png",
    )  # fmt: skip
    run("plot_variables.py", "--events", "test.feather", "--output", "variables.png")
    run("plot_history.py", "--features", "mine", "--histories", "history.csv", "--events", "train.feather",
        "--output", "history.png")  # fmt: skip
    for name in (
        "plot_maps.py.png",
        "plot_importance.py.png",
        "pairs.png",
        "catalogue.svg",
        "roc.pdf",
        "rejection.png",
        "auc.tex",
        "mean.png",
        "single.png",
        "variables.png",
        "history.png",
    ):
        assert Path(name).stat().st_size > 300, name


def test_the_simulation_runs_by_hand(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    settings = json.dumps({"events": 20, "seed": 1, "chunk": 20, "overlay": 5, "pool": 50})
    run("simulate_pool.py", "--settings", settings, "--output", "pool.h5")
    run("simulate_events.py", "--pool", "pool.h5", "--chunk", 0, "--settings", settings, "--output", "0.h5")
    run("merge_events.py", "--chunks", "0.h5", "--settings", settings, "--output", "events.h5")
    run(
        "check_events.py",
        "--source", "events.h5", "--settings", '{"label": null, "efp_calorimeters": ["ecal", "hcal"]}',
        "--output", "checked.h5",
    )  # fmt: skip


def test_a_bad_selection_of_one_calorimeter_names_its_keys(tmp_path):
    graphs = {"calorimeters": {"ecal": {"graphs": [["d<=1"]]}, "hcal": {"graphs": [["d<<3"]]}}}
    result = run(
        "list_graphs.py",
        "--settings",
        json.dumps(graphs),
        "--output",
        tmp_path / "graphs.feather",
        check=False,
    )
    message = "error: efp.graphs or efp.overrides.hcal.graphs: EnergyFlow refuses ['d<<3']"
    assert result.stderr.splitlines()[-1].startswith(message)


def test_bad_input_ends_in_one_line(tmp_path):
    result = run(
        "check_events.py",
        "--source", tmp_path / "none.h5", "--settings", '{"label": null, "efp_calorimeters": []}',
        "--output", tmp_path / "checked.h5",
        check=False,
    )  # fmt: skip
    assert result.returncode == 1
    assert result.stderr.splitlines()[-1].startswith(f"error: {tmp_path}/none.h5: no such file")
    assert "Traceback" not in result.stderr
