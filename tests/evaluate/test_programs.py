"""The programs of the evaluate stage, from files to files."""

import json

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from evaluate import (
    average_images,
    compare_classifiers,
    evaluate_auc,
    evaluate_metrics,
    evaluate_roc,
    evaluate_search,
    histogram_variables,
)
from leptonid.study.layout import Grid
from leptonid.tables.cells import SparseImages, cell_batch, cell_schema
from leptonid.tables.feather import read_feather, read_metadata, write_batches, write_feather
from leptonid.tables.files import write_json
from random_scores import labels

NAMES = ["hl", "hl", "et"]
GRID = Grid("image", "barrel", 2, 3, 0.1, 0.1)
OBSERVABLE = "2_1_0_k_1_b_1"
NEGATIVE = {"negative_weights": "drop"}
UNWEIGHTED = {"weighted": False, "effective_signal": 200, "effective_background": 200, "negative_weights": 0}


def run(program, settings, **options):
    """Run a program with options, and settings as JSON."""
    arguments = ["--settings", json.dumps(settings)]
    for option, values in options.items():
        values = values if isinstance(values, list) else [values]
        arguments += [f"--{option.replace('_', '-')}", *map(str, values)]
    program.main(arguments)


def write_cells(path, split):
    """Write images with energy in every cell; return the path."""
    schema = cell_schema(split, GRID, pa.float32())
    images = SparseImages.from_dense(np.ones((400, *GRID.shape), np.float32))
    write_batches([cell_batch(images, 1000, schema)], schema, path)
    return path


def write_all(write, **columns):
    return [write.scores(f"{number}.feather", seed=number, **columns) for number in range(len(NAMES))]


@pytest.fixture
def scores(write):
    return write_all(write)


def test_every_table_says_whether_it_is_weighted_and_how_many_events_count(write, tmp_path):
    weight = np.random.default_rng(0).normal(1, 0.8, size=1200)
    test, (_, y) = weight[800:], labels(400)
    expected = {
        f"effective_{name}": test[y == value].sum() ** 2 / (test[y == value] ** 2).sum()
        for name, value in (("signal", 1), ("background", 0))
    }
    expected |= {"weighted": True, "negative_weights": np.count_nonzero(test < 0)}
    for columns, weighting in (({"weight": weight}, expected), ({}, UNWEIGHTED)):
        scores = write_all(write, **columns)
        settings = {"scores": NAMES, "bootstraps": 20, "reference": "hl", "threshold": 0.5, **NEGATIVE}
        names = [name.replace("-", "_") for name in evaluate_metrics.TABLES]
        outputs = {name: tmp_path / f"{name}.feather" for name in ("roc", "pairs", *names)}
        run(evaluate_roc, settings, scores=scores, output=outputs["roc"])
        run(compare_classifiers, settings, scores=scores, output=outputs["pairs"])
        run(
            evaluate_metrics,
            {**settings, "recalibration": "isotonic", "grids": []},
            scores=scores,
            events=write.events("test.feather"),
            valid_events=write.events("valid.feather"),
            **{name: outputs[name] for name in names},
        )
        for name in ("roc", "pairs", "metrics", "calibration", "confusion"):
            row = pd.read_feather(outputs[name]).iloc[0]
            assert {key: row[key] for key in weighting} == pytest.approx(weighting), name
            assert row["negative_in_training"] == ("drop" if weighting["weighted"] else ""), name
        for name in ("overtraining", "working_points"):
            assert set(pd.read_feather(outputs[name])["weighted"]) == {weighting["weighted"]}


def test_evaluate_auc(write, scores, tmp_path):
    trainings = [["hl", "seed"], ["hl", "seed"], ["et", "seed"], ["et", "fold"], ["et", "fold"]]
    metrics = [write.metrics(f"{number}.json", auc=0.9 + 0.01 * number) for number in range(5)]
    settings = {"scores": NAMES, "trainings": trainings, **NEGATIVE}
    run(evaluate_auc, settings, scores=scores, metrics=metrics, output=tmp_path / "auc.feather")
    table = pd.read_feather(tmp_path / "auc.feather").set_index("classifier")
    assert table["seeds"].to_dict() == {"hl": 2, "et": 1}
    assert table.loc["et", "folds_mean"] == pytest.approx(0.935)
    assert not table["weighted"].any()


def test_evaluate_metrics(write, scores, tmp_path):
    kinematics = {name: np.linspace(-2, 2, 400) for name in ("pt", "eta")}
    inputs = {
        "events": write.events("test.feather", **kinematics),
        "valid_events": write.events("valid.feather", **kinematics),
        "cells": write_cells(tmp_path / "cells.feather", "test"),
    }
    outputs = {name.replace("-", "_"): tmp_path / f"{name}.feather" for name in evaluate_metrics.TABLES}
    settings = {"scores": NAMES, "threshold": 0.5, "bootstraps": 20, "grids": [vars(GRID)], **NEGATIVE}
    for kind in (None, "temperature"):
        run(evaluate_metrics, {**settings, "recalibration": kind}, scores=scores, **inputs, **outputs)
        tables = {name: pd.read_feather(path) for name, path in outputs.items()}
        for table in tables.values():
            assert set(table["classifier"]) == {"hl", "et"}
        bins = 2 * 10 * (2 if kind else 1)
        lengths = [2, 3 * 5 * (1 + 3 * 5), 2 * 2 * 5, bins, 2 * 4, 3 * 2, 3 * 4 * 25]
        assert [len(table) for table in tables.values()] == lengths
        metrics = tables["metrics"]
        assert set(metrics["recalibration"]) == {kind or ""}
        assert metrics["recalibrated_log_loss"].notna().all() == bool(kind)
        # These scores are no probabilities.
        assert not kind or (metrics["recalibrated_log_loss"] < metrics["log_loss"]).all()


def test_evaluate_roc_and_compare_classifiers(scores, tmp_path):
    settings = {"scores": NAMES, "bootstraps": 20, "reference": "hl", **NEGATIVE}
    run(evaluate_roc, settings, scores=scores, output=tmp_path / "roc.feather")
    roc = pd.read_feather(tmp_path / "roc.feather")
    assert set(roc.loc[roc["classifier"] == "hl", "ratio"].dropna()) == {1}
    run(compare_classifiers, {"scores": NAMES, **NEGATIVE}, scores=scores, output=tmp_path / "pairs.feather")
    assert len(pd.read_feather(tmp_path / "pairs.feather")) == 1


def test_histogram_variables(write, tmp_path):
    names = [f"v{number}" for number in range(9)]
    events = write.events("train.feather", **{name: np.linspace(0, 1, 400) for name in names})
    settings = {"variables": [[name, {"range": None, "bins": None}] for name in names], "optional": []}
    run(histogram_variables, settings, events=events, output=tmp_path / "variables.feather")
    table = pd.read_feather(tmp_path / "variables.feather")
    assert list(table["variable"].unique()) == names


def test_average_images(write, tmp_path):
    cells = write_cells(tmp_path / "cells.feather", "train")
    inputs = {"events": write.events("train.feather"), "cells": cells}
    run(average_images, {"grid": vars(GRID)}, **inputs, output=tmp_path / "images.feather")
    assert read_metadata(tmp_path / "images.feather") == {"calorimeter": "barrel"}
    assert set(pd.read_feather(tmp_path / "images.feather")["mean"]) == {1}


@pytest.fixture
def search(write, scores, tmp_path):
    """Evaluate a search of two passes, of which the second stopped; return its tables."""

    def evaluate(stops=("", "no candidate is left"), base=("shape",)):
        event, y = labels(400)
        write_feather(
            pa.table({"event": event, OBSERVABLE: np.random.default_rng(0).normal(y)}),
            tmp_path / "efps.feather",
            {"split": "test", "calorimeter": "barrel"},
        )
        choices = []
        for number, stopped in enumerate(stops, 1):
            choice = {"pass": number, "stopped": stopped or None, "inputs": [*base, f"barrel/{OBSERVABLE}"]}
            choice |= {"calorimeter": "barrel", "observable": OBSERVABLE}
            choice |= {"ado": 0.7, "reversed": False, "candidates": 3, "best_in": None, "alike_in": None}
            choices.append(tmp_path / f"{number}.json")
            write_json(choice, choices[-1])
        settings = {"search": "mine", "method": "black_box", "black_box": "cnn", "split": "valid"}
        settings |= {"seeds": [0, 3], "bootstraps": 50}
        settings |= {"base": list(base), "variables": ["width"], "optional": [], **NEGATIVE}
        outputs = {
            name: tmp_path / f"{name}.feather"
            for name in ("passes", "test_events", "histograms", "correlations")
        }
        run(
            evaluate_search,
            settings,
            black_box=scores[2],
            choices=choices,
            # Two seeds of each pass.
            networks=[*scores[:2], scores[1], scores[0], *scores[:2]][: 2 * (len(stops) + len(base))],
            events=write.events("test.feather", width=np.linspace(0, 1, 400)),
            efps=tmp_path / "efps.feather",
            **outputs,
        )
        return outputs

    return evaluate


def test_evaluate_search(search):
    outputs = search()
    passes = pd.read_feather(outputs["passes"])
    assert passes["pass"].tolist() == [0, 1]
    metadata = read_metadata(outputs["passes"])
    assert (metadata["search"], metadata["base"]) == ("mine", '["shape"]')
    assert (metadata["seeds"], metadata["bootstraps"]) == ("[0, 3]", "50")
    assert passes["auc_seeds"].notna().all()
    assert {key: passes[key][0] for key in UNWEIGHTED} == UNWEIGHTED
    assert metadata["stopped"] == "no candidate is left"
    assert "label" not in metadata
    assert 0.8 < float(metadata["auc_black_box"]) < 1
    events = read_feather(outputs["test_events"])
    assert events.column_names == ["event", "y", "weight", f"barrel/{OBSERVABLE}", "misordered_1"]
    assert set(pd.read_feather(outputs["histograms"])["pass"]) == {1}
    correlations = pd.read_feather(outputs["correlations"])
    assert correlations["column"].tolist() == ["width", "1"] * 2


def test_evaluate_a_search_that_chose_nothing(search):
    outputs = search(stops=("no candidate is left",))
    assert pd.read_feather(outputs["passes"])["pass"].tolist() == [0]
    assert pd.read_feather(outputs["histograms"]).empty
    assert pd.read_feather(outputs["correlations"]).empty
