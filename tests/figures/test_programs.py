"""Programs of the figures stage, from tables to files."""

import csv
import io
import json
from importlib import import_module

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from figures import made_up
from figures.made_up import CLASSES, CLASSIFIERS, GRID, TITLES, entry
from layouts import PHOTONS
from leptonid import plotting
from leptonid.errors import InputError
from leptonid.evaluate import (
    auc_table,
    binned_auc,
    binned_points,
    chosen_observables,
    comparisons,
    histograms,
    metric_tables,
    overtraining,
    roc_points,
)
from leptonid.evaluate.frames import with_weighting, write_frame
from leptonid.tables.cells import SparseImages, cell_batch, cell_schema
from leptonid.tables.feather import write_batches, write_feather

PUBLISHED = "features,auc,uncertainty,source\nshape,0.945,0.001,paper\n"


@pytest.fixture
def run(sample, tmp_path, monkeypatch):
    """Run a program with figures and texts to write, by option; return the texts."""
    monkeypatch.setitem(plotting.STYLE, "savefig.dpi", 20)

    def run(program, settings, inputs, figures=(), texts=()):
        argv = ["--settings", json.dumps(settings), "--sample", sample]
        for option, paths in inputs.items():
            argv += [f"--{option}", *([paths] if isinstance(paths, str) else paths)]
        outputs = [tmp_path / f"{program}_{name}.png" for name in figures]
        outputs += [tmp_path / f"{program}_{name}.txt" for name in texts]
        for option, path in zip((*figures, *texts), outputs, strict=True):
            argv += [f"--{option}", str(path)]
        import_module(f"figures.{program}").main(argv)
        for path in outputs[: len(figures)]:
            assert path.read_bytes().startswith(b"\x89PNG")
        return [path.read_text(encoding="utf-8") for path in outputs[len(figures) :]]

    return run


@pytest.fixture
def published(tmp_path):
    path = tmp_path / "published.csv"
    path.write_text(PUBLISHED)
    return str(path)


PRINTED = ("csv", "markdown", "latex")


def test_plot_roc(run, written, published):
    inputs = {"curves": written("roc"), "auc": written("auc"), "published": published}
    settings = {"classifiers": CLASSIFIERS, "reference": "shape", "published_events": "theirs"}
    (text,) = run("plot_roc", settings, inputs, ["roc", "rejection", "precision"], ["csv"])
    lines = list(csv.DictReader(io.StringIO(text)))
    assert len(lines) == 101 * len(CLASSIFIERS)
    assert [line["signal_efficiency"] for line in lines[:3]] == ["0", "0.01", "0.02"]
    assert {line["signal_share"] for line in lines} == {"0.5"}


def test_tabulate_auc(run, written, published, label):
    settings = {"classifiers": CLASSIFIERS, "published_events": "theirs"}
    for shown in (published, []):
        inputs = {"auc": written("auc"), "published": shown}
        for text in run("tabulate_auc", settings, inputs, texts=PRINTED):
            assert label in text
            assert "Barrel image" in text
            assert ("theirs" in text) == bool(shown)


def test_tabulate_metrics(run, written, tables, label):
    names = ("auc-bins", "working-points", "calibration", "confusion", "overtraining")
    inputs = {f"{name}-table": written(name.replace("-", "_")) for name in ("metrics", *names)}
    texts = run("tabulate_metrics", {"classifiers": CLASSIFIERS}, inputs, texts=(*PRINTED, *names))
    assert all(label in text for text in texts[:3])
    for name, text in zip(names, texts[3:], strict=True):
        columns = ["features", *list(tables[name.replace("-", "_")])[1:]]
        assert text.splitlines()[0] == ",".join(columns)
        assert len(text.splitlines()) == 1 + len(tables[name.replace("-", "_")])


def test_plot_metrics(run, written):
    names = ("auc-bins", "working-points", "calibration", "confusion", "overtraining")
    tables = ("metrics", *names, "score-histograms")
    inputs = {f"{name}-table": written(name.replace("-", "_")) for name in tables}
    settings = {"classifiers": CLASSIFIERS, "classes": CLASSES, "curves": ["shape"]}
    run("plot_metrics", settings, inputs, names)


def test_tabulate_comparisons(run, written, label):
    inputs = {"comparisons": written("comparisons")}
    texts = run("tabulate_comparisons", {"classifiers": CLASSIFIERS}, inputs, ["figure", "ado"], PRINTED)
    assert len(texts[0].splitlines()) == 1 + 6
    assert all(label in text for text in texts[1:])


def test_plot_baselines(run, written):
    run("plot_baselines", {"classifiers": CLASSIFIERS[1:]}, {"auc": written("auc")}, ["output"])


def test_plot_history(run, history):
    settings = {"classifiers": [entry("a"), entry("b")], "trainings": ["a", "b", "a"]}
    paths = [history(f"{seed}.csv", seed=seed) for seed in range(3)]
    run("plot_history", settings, {"histories": paths}, ["output"])


def test_plot_images(run, tmp_path):
    events, cells, means = (tmp_path / f"{name}.feather" for name in ("events", "cells", "means"))
    images = np.random.default_rng(0).poisson(0.1, (6, *GRID.shape)).astype(np.float32)
    write_feather(pa.table({"event": np.arange(6), "y": [0, 1] * 3}), events)
    schema = cell_schema("train", GRID, pa.float32())
    write_batches([cell_batch(SparseImages.from_dense(images), 0, schema)], schema, cells)
    row, column = np.indices(GRID.shape[:2]).reshape(2, -1)
    parts = [
        pd.DataFrame({"class": name, "row": row, "column": column, "mean": 1.0, "events": 20})
        for name in CLASSES
    ]
    write_frame(pd.concat(parts), means)
    settings = {"grid": vars(GRID), "title": "Barrel", "energy_unit": None, "classes": CLASSES}
    inputs = {"means": str(means), "events": str(events), "cells": str(cells)}
    run("plot_images", {**settings, "single_events": 2}, inputs, ["mean", "single"])


def test_plot_variables(run, tmp_path):
    path = tmp_path / "variables.feather"
    write_frame(made_up.histograms(PHOTONS.variables), path)
    variables = [
        {key: getattr(variable, key) for key in ("name", "title", "unit", "log")}
        for variable in PHOTONS.variables.values()
    ]
    run("plot_variables", {"variables": variables, "classes": CLASSES}, {"histograms": str(path)}, ["output"])


def test_plot_maps(run, tmp_path):
    path = tmp_path / "maps.feather"
    write_frame(made_up.maps(), path)
    image = {"grid": vars(GRID), "title": "Barrel", "energy_unit": "a.u."}
    settings = {"title": "all", "images": {"tower": image}, "classes": CLASSES}
    run("plot_maps", settings, {"maps": str(path)}, ["output"])


def test_plot_filters(run, tmp_path):
    path = tmp_path / "filters.feather"
    write_feather(made_up.filters(), path)
    settings = {"title": "all", "images": {"tower": {"grid": vars(GRID), "title": "Barrel"}}}
    run("plot_filters", settings, {"filters": str(path)}, ["output"])


IMPORTANCE = "variable,columns,auc,drop,uncertainty\nwidth,1,0.9,0.1,0.01\nbarrel/k_1_b_2,7,0.9,0.2,0.01\n"


def test_plot_importance(run, tmp_path):
    path = tmp_path / "importance.csv"
    path.write_text(IMPORTANCE)
    settings = {"title": "all", "titles": {"width": "$w$"}, "calorimeters": {"barrel": "Barrel"}}
    run("plot_importance", settings, {"importance": str(path)}, ["output"])
    path.write_text("variable,drop\nwidth,0.1\n")
    with pytest.raises(InputError, match=r"importance\.csv.*uncertainty"):
        run("plot_importance", settings, {"importance": str(path)}, ["output"])


def test_plot_tuning(run, tmp_path):
    trials, parameters = tmp_path / "trials.csv", tmp_path / "parameters.csv"
    trials.write_text("state,auc,auc_uncertainty,dense\ncomplete,0.9,0.01,2\ndiverged,,,3\n")
    parameters.write_text("parameter,low,high,importance\ndense,1,4,\n")
    run("plot_tuning", {"title": "all"}, {"trials": str(trials), "parameters": str(parameters)}, ["output"])


@pytest.mark.parametrize(("passes", "base"), [(2, ["shape"]), (0, [])])
def test_programs_of_a_search(run, tmp_path, label, passes, base):
    path, graphs, drawings = made_up.write_search(tmp_path / "search", passes, base=base)
    inputs = {"passes": path, "graphs": graphs, "drawings": f"{drawings}/drawings.txt"}
    texts = run("tabulate_search", {"titles": TITLES}, inputs, ["figure"], PRINTED)
    assert len(texts[0].splitlines()) == 1 + passes + len(base)
    assert all(label in text for text in texts if "\n1," in text)
    for name, table in zip(("histograms", "correlations"), made_up.search_tables(passes), strict=True):
        write_frame(table, tmp_path / f"{name}.feather")
    inputs = {"passes": path, "graphs": graphs, "histograms": str(tmp_path / "histograms.feather")}
    inputs["correlation-table"] = str(tmp_path / "correlations.feather")
    variables = [{"name": name, "title": name} for name in ("width", "length", "height")]
    settings = {"titles": TITLES, "variables": variables, "classes": CLASSES}
    run("plot_search", settings, inputs, ["passes-figure", "distributions", "correlations"])


def test_tabulate_published_search(run, tmp_path, label):
    path, *_ = made_up.write_search(tmp_path / "search", 2)
    published = tmp_path / "published.csv"
    published.write_text(
        "table,pass,calorimeter,observable,ado_misordered,auc_alone,ado_all,auc,auc_uncertainty,source\n"
        "mine,1,barrel,2_1_0_k_1_b_0.5,0.8,0.7,0.9,0.97,0.001,paper\n"
    )
    settings = {"titles": TITLES, "table": "mine", "published_events": "theirs"}
    inputs = {"passes": path, "published": str(published)}
    for text in run("tabulate_published_search", settings, inputs, texts=PRINTED):
        assert label in text
        assert "theirs" in text
        assert "0.97" in text


def test_a_table_without_rows_is_refused(run, tables, written, tmp_path):
    path = tmp_path / "empty.feather"
    write_frame(tables["auc"].iloc[:0], path)
    with pytest.raises(InputError, match=r"empty\.feather: has no rows"):
        run("plot_baselines", {"classifiers": CLASSIFIERS}, {"auc": str(path)}, ["output"])


def test_columns_are_those_that_the_evaluation_writes():
    """Tables that are printed whole need all columns, figures some of them."""
    ones = np.ones(2)
    weighting = list(with_weighting(pd.DataFrame(index=[0]), ones, ones, "drop"))
    for name in ("binned_auc", "binned_points", "calibration", "confusion", "overtraining"):
        own = import_module(f"leptonid.figures.{name}").COLUMNS
        evaluated = {
            "binned_auc": binned_auc.COLUMNS,
            "binned_points": binned_points.COLUMNS,
            "calibration": [*metric_tables.CALIBRATION_COLUMNS, *weighting],
            "confusion": [*metric_tables.CONFUSION_COLUMNS, *weighting],
            "overtraining": overtraining.COLUMNS,
        }
        assert list(own) == list(evaluated[name])
    for name, evaluated in (
        ("auc_table", [*auc_table.COLUMNS, *weighting]),
        ("comparisons", [*comparisons.COLUMNS, *weighting]),
        ("roc", [*roc_points.COLUMNS, *weighting]),
        ("variables", histograms.COLUMNS),
        ("search_distributions", chosen_observables.HISTOGRAM_COLUMNS),
        ("search_correlations", chosen_observables.CORRELATION_COLUMNS),
    ):
        assert set(import_module(f"leptonid.figures.{name}").COLUMNS) <= set(evaluated)
