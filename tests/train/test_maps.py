"""Saliency and occlusion maps: against weights, finite differences and networks that look at one cell."""

import json
import os
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import keras
import numpy as np
import pytest

from leptonid.errors import InputError
from leptonid.storage import read_feather
from leptonid.train.inputs import Sample, load_sample
from leptonid.train.maps import gradients, image_maps, logit_of, occlusions
from leptonid.train.networks import build_classifier

PROGRAMS = Path(__file__).parents[2] / "workflow/scripts"
BACKENDS = [name for name in ("tensorflow", "jax", "torch") if find_spec(name)]
EVENTS = 300  # more than are computed at once


def images(side=8, events=EVENTS, seed=0, dtype="float32"):
    """Images of towers of 4 x 4 equal pixels, most of them empty."""
    rng = np.random.default_rng(seed)
    towers = rng.exponential(1, (events, side // 4, side // 4)) * (rng.random((events, 1, 1)) < 0.7)
    return np.kron(towers, np.ones((1, 4, 4)))[..., None].astype(dtype)


def sample(events=EVENTS, **x):
    rng = np.random.default_rng(1)
    y = np.arange(events) % 2
    return Sample(np.arange(events), np.full(events, "test"), y, rng.uniform(0.5, 2, events), x)


def linear(name, weights, bias=0.0):
    """A network whose logit is the sum of weights times pixels."""
    pixels = keras.Input((*weights.shape, 1), name=name)
    score = keras.layers.Dense(1, activation="sigmoid", name="score")
    model = keras.Model({name: pixels}, score(keras.layers.Flatten()(pixels)))
    score.set_weights([weights.reshape(-1, 1), np.array([bias])])
    return model


def smooth(dtype="float64"):
    """A network without corners, in float64, of an image and a flat variable."""
    keras.utils.set_random_seed(0)
    pixels = keras.Input((8, 8, 1), name="ht", dtype=dtype)
    flat = keras.Input((2,), name="flat", dtype=dtype)
    tower = keras.layers.Conv2D(3, 3, activation="tanh", dtype=dtype)(pixels)
    joined = keras.layers.Concatenate(dtype=dtype)([keras.layers.Flatten(dtype=dtype)(tower), flat])
    hidden = keras.layers.Dense(4, activation="tanh", dtype=dtype)(joined)
    score = keras.layers.Dense(1, activation="sigmoid", name="score", dtype=dtype)(hidden)
    return keras.Model({"ht": pixels, "flat": flat}, score)


def rows(maps, **chosen):
    table = maps.to_pandas()
    for name, value in chosen.items():
        table = table[table[name] == value]
    return table


def test_the_logit_is_that_of_the_score_and_does_not_saturate():
    weights = np.random.default_rng(0).normal(size=(4, 4))
    x = {"et": images(4)}
    expected = (x["et"][..., 0] * weights).sum(axis=(1, 2)) + 300
    model = linear("et", weights, bias=300)
    assert (np.asarray(model(x)) == 1).all()
    np.testing.assert_allclose(np.asarray(logit_of(model)(x))[:, 0], expected, rtol=1e-6)


def test_the_gradient_of_a_linear_network_is_its_weights_even_where_the_score_saturates():
    weights = np.random.default_rng(0).normal(size=(4, 4)).astype("float32")
    slopes = gradients(logit_of(linear("et", weights, bias=300)), {"et": images(4)}, ["et"])
    assert (slopes["et"] == weights).all()
    assert slopes["et"].shape == (EVENTS, 4, 4)


def test_the_gradient_agrees_with_finite_differences():
    logit = logit_of(smooth())
    x = {"ht": images(events=5, dtype="float64"), "flat": np.random.default_rng(2).normal(size=(5, 2))}
    slopes = gradients(logit, x, ["ht"])["ht"]
    assert slopes.shape == (5, 2, 2)
    step = 1e-4
    for row, column in np.ndindex(2, 2):
        change = np.zeros((8, 8, 1))
        # A GeV in a tower is a sixteenth in each of its pixels.
        change[4 * row : 4 * row + 4, 4 * column : 4 * column + 4] = step / 16
        high, low = (np.asarray(logit({**x, "ht": x["ht"] + sign * change}))[:, 0] for sign in (1, -1))
        np.testing.assert_allclose(slopes[:, row, column], (high - low) / (2 * step), rtol=1e-6)


@pytest.mark.parametrize("backend", BACKENDS)
def test_every_backend_gives_the_same_gradients(backend, tmp_path):
    model = build_classifier(
        {"ht": images(32)}, None, {"blocks": 1, "filters": 2, "dense": 1, "units": 4}, "log"
    )
    model.save(tmp_path / "model.keras")
    x = {"ht": images(32, events=10)}
    expected = gradients(logit_of(model), x, ["ht"])["ht"]
    np.save(tmp_path / "x.npy", x["ht"])
    code = """
import keras, numpy as np
from leptonid.train.maps import gradients, logit_of
logit = logit_of(keras.models.load_model("model.keras"))
np.save("slopes.npy", gradients(logit, {"ht": np.load("x.npy")}, ["ht"])["ht"])
"""
    environment = {
        **os.environ,
        "KERAS_BACKEND": backend,
        "PYTHONPATH": f"{PROGRAMS}:{os.getenv('PYTHONPATH', '')}",
    }
    subprocess.run([sys.executable, "-c", code], cwd=tmp_path, env=environment, check=True)
    assert expected.any()
    np.testing.assert_allclose(np.load(tmp_path / "slopes.npy"), expected, rtol=1e-4, atol=1e-7)


def test_occlusion_lights_up_only_where_the_network_looks():
    weights = np.zeros((4, 4))
    weights[1, 2] = -3
    x = {"et": images(4)}
    added = occlusions(logit_of(linear("et", weights)), x, "et")
    looked_at = np.zeros((4, 4), bool)
    looked_at[1, 2] = True
    np.testing.assert_allclose(added[:, 1, 2], -3 * x["et"][:, 1, 2, 0], rtol=1e-5)
    assert (added[:, ~looked_at] == 0).all()
    assert added.any()


def test_occlusion_is_what_zeroing_each_tower_by_hand_gives():
    logit = logit_of(smooth())
    x = {"ht": images(dtype="float64"), "flat": np.random.default_rng(2).normal(size=(EVENTS, 2))}
    added = occlusions(logit, x, "ht")
    before = x["ht"].copy()
    for row, column in np.ndindex(2, 2):
        without = x["ht"].copy()
        without[:, 4 * row : 4 * row + 4, 4 * column : 4 * column + 4] = 0
        difference = np.asarray(logit(x)) - np.asarray(logit({**x, "ht": without}))
        np.testing.assert_allclose(added[:, row, column], difference[:, 0], atol=1e-12)
    assert (x["ht"] == before).all()


def test_the_maps_of_a_linear_network_are_its_weights_times_mean_energies():
    weights = np.random.default_rng(0).normal(size=(8, 8)).astype("float32")
    events = sample(ht=images())
    maps = image_maps(linear("ht", weights), events, seed=0)
    tower_weights = weights.reshape(2, 4, 2, 4).mean(axis=(1, 3))
    energy = events.x["ht"].reshape(EVENTS, 2, 4, 2, 4).sum(axis=(2, 4))
    assert maps.column_names == [
        "image", "y", "row", "column", "saliency", "gradient_x_input", "occlusion"
    ]  # fmt: skip
    for y in (0, 1):
        found = rows(maps, image="ht", y=y)
        assert list(zip(found["row"], found["column"], strict=True)) == list(np.ndindex(2, 2))
        mean = np.average(energy[events.y == y], axis=0, weights=events.weight[events.y == y])
        np.testing.assert_allclose(found["saliency"], np.abs(tower_weights).ravel(), rtol=1e-6)
        np.testing.assert_allclose(found["gradient_x_input"], (tower_weights * mean).ravel(), rtol=1e-5)
        np.testing.assert_allclose(found["occlusion"], (tower_weights * mean).ravel(), rtol=1e-4, atol=1e-5)


def test_maps_of_both_images_beside_flat_variables_that_float32_cannot_hold():
    keras.utils.set_random_seed(0)
    flat = 1e100 * np.random.default_rng(2).normal(size=(6, 2))
    events = sample(6, et=images(32, 6)[:, :31, :31], ht=images(32, 6), flat=flat)
    network = {"blocks": 1, "filters": 2, "dense": 1, "units": 4}
    maps = image_maps(build_classifier(events.x, events.weight, network, "sum"), events, seed=0).to_pandas()
    assert maps.groupby(["image", "y"]).size().to_dict() == {
        ("et", 0): 31**2, ("et", 1): 31**2, ("ht", 0): 64, ("ht", 1): 64
    }  # fmt: skip
    assert np.isfinite(maps[["saliency", "gradient_x_input", "occlusion"]]).all(axis=None)
    assert maps.groupby("image")["occlusion"].any().all()


def test_equal_seeds_draw_equal_events_and_others_others():
    model, events = linear("ht", np.ones((8, 8))), sample(ht=images())
    first, again, other = (image_maps(model, events, seed, count=50) for seed in (3, 3, 4))
    assert first.equals(again)
    assert not first.equals(other)


def test_a_class_without_events_is_refused():
    events = sample(ht=images())
    events.y[:] = 1
    with pytest.raises(InputError, match="all 300 events drawn are of class 1"):
        image_maps(linear("ht", np.ones((8, 8))), events, seed=0)


def test_the_program_writes_the_maps_of_the_test_events(events_file, tmp_path):
    for program, table in (("split_events", "test"), ("extract_cells", "cells")):
        cells = ["--calorimeter", "hcal"] if table == "cells" else []
        arguments = [
            "--events",
            events_file,
            "--split",
            "test",
            *cells,
            "--output",
            tmp_path / f"{table}.feather",
        ]
        subprocess.run([sys.executable, PROGRAMS / f"{program}.py", *arguments], check=True)
    model = linear("ht", np.random.default_rng(0).normal(size=(32, 32)))
    model.save(tmp_path / "model.keras")
    tables = {"events": [tmp_path / "test.feather"], "cells": [tmp_path / "cells.feather"]}
    subprocess.run(
        [
            *(sys.executable, PROGRAMS / "map_images.py", "--model", tmp_path / "model.keras"),
            *("--events", *tables["events"], "--cells", *tables["cells"]),
            *("--settings", json.dumps({"inputs": ["ht"], "seed": 0}), "--maps", tmp_path / "maps.feather"),
        ],
        check=True,
    )
    expected = image_maps(model, load_sample("test", ["ht"], [], **tables, efps=[]), seed=0)
    assert len(expected) == 2 * 64
    assert read_feather(tmp_path / "maps.feather").equals(expected)
