"""What is printed about files before a study: it names what fits, what does not, and what can be trained."""

import json

import h5py
import numpy as np

from data import describe_events
from data.test_forms import CONFIG, by_class
from leptonid.study.sources import Reading
from synthetic import edit, with_value

FEATURES = {"front": ["front"], "flat": ["shapes", "pt"], "all": ["back", "m"], "efp": ["efp_tiles"]}


def described(path, layout, capsys):
    settings = {
        "path": str(path),
        "layout": layout.contents.as_settings(),
        "reading": Reading.of({**CONFIG, "path": str(path)}, layout).as_settings(),
        "features": FEATURES,
    }
    describe_events.main(["--settings", json.dumps(settings)])
    return capsys.readouterr().out


def test_a_file_in_the_layout(events_file, layout, capsys):
    with h5py.File(events_file, "r+") as file:
        file["front/test"][4:6] = 0
        file["tracks"] = np.ones(3)
        file["w/train"], file["w/valid"], file["w/test"] = np.full(40, -2.0), np.ones(16), np.ones(24)
        width = file["shapes/valid"][:, 0]
    text = described(events_file, layout, capsys)
    for line in (
        f"{events_file}: HDF5, ",
        "energy_unit: GeV",
        "train: 40 events: 20 signal, 20 background, weighted",
        "front/test: (12, 10, 1), float32, 0 to ",
        ", 2 images empty, ",
        f"shapes/valid: (3,), float32, width {width.min():.4g} to {width.max():.4g}, length ",
        "w/train: one number, float64, -2 to -2, 40 negative",
        "not read: tracks",
        "front: can be trained",
        "flat: can be trained",
    ):
        assert line in text, text


def test_what_does_not_fit_is_said_with_the_feature_sets_that_need_it(events_file, layout, capsys):
    with h5py.File(events_file, "r+") as file:
        del file["m"], file["pt_tau"]
    edit(events_file, "back/train", lambda values: values[:, :5])
    edit(events_file, "shapes/train", with_value((3, 1), np.nan))
    text = described(events_file, layout, capsys)
    for line in (
        "does not fit: back/train has shape (40, 5, 4, 1), expected (N, 6, 4, 1)",
        "does not fit: group 'm' is missing",
        "length -",
        " and 1 not finite",
        "front: can be trained",
        "flat: no: pt_tau missing",
        "all: no: back does not fit, m missing",
        "efp: no: back does not fit",
    ):
        assert line in text, text


def test_another_form_and_a_file_that_cannot_be_read(events_file, layout, capsys, tmp_path):
    by_class(events_file, "{group}_{word}")
    text = described(events_file, layout, capsys)
    assert "read in another form: front_signal/train: read as for front/train, label 1" in text
    assert "train: 40 events: 20 signal, 20 background" in text
    assert "nowhere.h5: no such file" in described(tmp_path / "nowhere.h5", layout, capsys)
