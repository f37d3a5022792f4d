"""The programs of the figures stage, from files to files."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import plot_history
import plot_images
import plot_metrics
import plot_roc
import plot_variables
import tabulate_auc
import tabulate_comparisons
import tabulate_metrics
from leptonid.errors import InputError

PUBLISHED = str(Path(__file__).parents[2] / "resources" / "published_auc.csv")


@pytest.fixture
def both(tmp_path):
    """Return the PDF's and the PNG's path of a figure's name."""
    return lambda name: [str(tmp_path / f"{name}.pdf"), str(tmp_path / f"{name}.png")]


def assert_written(paths):
    pdf, png = map(Path, paths)
    assert pdf.read_bytes().startswith(b"%PDF")
    assert png.read_bytes().startswith(b"\x89PNG")


def training_options(write, suffix, writer):
    names = ["hl", "hl", "et_and_ht", "my_set"]
    return ["--features", *names], [writer(f"{i}.{suffix}", seed=i) for i in range(len(names))]


def roc_options(write, reference, *outputs):
    features, scores = training_options(write, "feather", write.scores)
    roc, rejection = outputs
    settings = json.dumps({"bootstraps": 20, "published": True, "reference": reference})
    return [
        *(*features, "--scores", *scores, "--events", write.events("test.feather")),
        *("--published", PUBLISHED, "--settings", settings, "--roc", *roc, "--rejection", *rejection),
    ]


def test_plot_roc(write, both):
    roc, rejection = both("roc"), both("rejection")
    plot_roc.main(roc_options(write, "hl", roc, rejection))
    assert_written(roc)
    assert_written(rejection)


def test_a_reference_without_scores_is_refused(write, both):
    with pytest.raises(InputError, match="no scores of mass, only of et_and_ht, hl, my_set"):
        plot_roc.main(roc_options(write, "mass", both("roc"), both("rejection")))


def test_tabulate_auc(write, tmp_path, label):
    features, scores = training_options(write, "feather", write.scores)
    runs = ["hl/seed0", "hl/seed1", "et_and_ht/seed0", "my_set/seed0", "hl/shuffle0", "hl/fold0"]
    metrics = [write.metrics(f"{i}.json") for i in range(len(runs))]
    names = {form: tmp_path / f"auc.{form}" for form in ("csv", "markdown", "latex")}
    outputs = [text for form, path in names.items() for text in (f"--{form}", str(path))]
    events = [
        "--events",
        write.events("test.feather"),
        "--published",
        PUBLISHED,
        "--settings",
        '{"published": true}',
    ]
    trainings = ["--trainings", *runs, "--metrics", *metrics]
    tabulate_auc.main([*features, "--scores", *scores, *trainings, *events, *outputs])
    for path in names.values():
        text = path.read_text(encoding="utf-8")
        assert label in text
        assert "ECal + HCal images" in text


@pytest.fixture
def metrics_tables(write, tmp_path):
    """Run tabulate_metrics; return the options that its sister shares, and the paths of all tables."""
    features, scores = training_options(write, "feather", write.scores)
    kinematics = {name: np.linspace(-2, 2, 400) for name in ("pt", "eta")}
    options = [*features, "--scores", *scores, "--events", write.events("test.feather", **kinematics)]
    names = ("csv", "markdown", "latex", "auc-bins", "calibration", "confusion", "overtraining")
    tables = {name: str(tmp_path / f"{name}.table") for name in names}
    outputs = [text for name, path in tables.items() for text in (f"--{name}", path)]
    tabulate_metrics.main([*options, "--settings", '{"threshold": 0.5, "bootstraps": 20}', *outputs])
    return options, tables


def test_tabulate_metrics(metrics_tables, label):
    _, tables = metrics_tables
    rows = {name: pd.read_csv(path) for name, path in tables.items() if name not in ("markdown", "latex")}
    for table in rows.values():
        assert set(table["features"]) == {"hl", "et_and_ht", "my_set"}
    assert [len(table) for table in rows.values()] == [3, 3 * 2 * 5, 3 * 10, 3 * 4, 4 * 2]
    for name in ("csv", "markdown", "latex"):
        assert label in Path(tables[name]).read_text(encoding="utf-8")


def test_plot_metrics(metrics_tables, both):
    options, tables = metrics_tables
    inputs = ["--metrics-table", tables["csv"]]
    outputs = []
    for name in ("auc-bins", "calibration", "confusion", "overtraining"):
        inputs += [f"--{name}-table", tables[name]]
        outputs += [f"--{name}", *both(name)]
    plot_metrics.main([*options, "--curves", "hl", "my_set", *inputs, *outputs])
    for name in ("auc-bins", "calibration", "confusion", "overtraining"):
        assert_written(both(name))


def test_tabulate_comparisons(write, both, tmp_path, label):
    features, scores = training_options(write, "feather", write.scores)
    names = {form: tmp_path / f"comparisons.{form}" for form in ("csv", "markdown", "latex")}
    outputs = [text for form, path in names.items() for text in (f"--{form}", str(path))]
    events = ["--events", write.events("test.feather")]
    tabulate_comparisons.main(
        [*features, "--scores", *scores, *events, *outputs, "--figure", *both("comparisons")]
    )
    assert len(pd.read_csv(names["csv"])) == 3
    for form in ("markdown", "latex"):
        assert label in names[form].read_text(encoding="utf-8")
    assert_written(both("comparisons"))


@pytest.mark.parametrize("calorimeter", ["ecal", "hcal"])
def test_plot_images(write, both, calorimeter):
    mean, single = both("mean"), both("single")
    inputs = ["--events", write.events("test.feather"), "--cells", write.cells("cells.feather", calorimeter)]
    settings = ["--settings", '{"single_events": 2}']
    plot_images.main(["--calorimeter", calorimeter, *inputs, *settings, "--mean", *mean, "--single", *single])
    assert_written(mean)
    assert_written(single)


def test_plot_variables(write, both):
    output = both("variables")
    plot_variables.main(["--events", write.events("test.feather"), "--output", *output])
    assert_written(output)


def test_plot_history(write, both):
    features, histories = training_options(write, "csv", write.history)
    events = ["--events", write.events("train.feather")]
    output = both("learning_curves")
    plot_history.main([*features, "--histories", *histories, *events, "--output", *output])
    assert_written(output)


def test_events_that_do_not_say_where_they_come_from_are_refused(write, both):
    events = write.events("test.feather", label=None)
    with pytest.raises(InputError, match=r"test\.feather: .*where the events come from"):
        plot_variables.main(["--events", events, "--output", *both("variables")])
