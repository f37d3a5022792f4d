"""The programs of the figures stage, from files to files."""

from pathlib import Path

import pytest

import plot_history
import plot_images
import plot_roc
import plot_variables
import tabulate_auc
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


def test_plot_roc(write, both):
    features, scores = training_options(write, "feather", write.scores)
    roc, rejection = both("roc"), both("rejection")
    events = ["--events", write.events("test.feather")]
    plot_roc.main([*features, "--scores", *scores, *events, "--roc", *roc, "--rejection", *rejection])
    assert_written(roc)
    assert_written(rejection)


def test_tabulate_auc(write, tmp_path, label):
    features, scores = training_options(write, "feather", write.scores)
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
    tabulate_auc.main([*features, "--scores", *scores, *events, *outputs])
    for path in names.values():
        text = path.read_text(encoding="utf-8")
        assert label in text
        assert "ECal + HCal images" in text


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
