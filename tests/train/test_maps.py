"""Saliency and occlusion maps: against weights, finite differences and networks that look at one cell."""

import json

import keras
import numpy as np
import pytest

from layouts import JETS, PHOTONS
from leptonid.errors import InputError
from leptonid.study.features import contents_of
from leptonid.study.layout import Grid
from leptonid.tables.feather import read_feather
from leptonid.train.export import load_network
from leptonid.train.maps import gradients, image_maps, logit_of, occlusions
from leptonid.train.networks.classifier import build_classifier
from leptonid.train.scaling import fit_scaling
from train import map_images
from train.made_up import CNN, events_of, table_options

EVENTS = 300  # more than are computed at once

# Cells of 4 x 4 pixels, in 2 rows and 3 columns.
GRID = Grid("tower", "barrel", 8, 12, 0.1, 0.1, 4)
SHAPE = (2, 3)


def images(rows=8, columns=12, events=EVENTS, seed=0, dtype="float32"):
    """Return images of cells of 4 x 4 equal pixels, some of them empty."""
    rng = np.random.default_rng(seed)
    cells = rng.exponential(1, (events, rows // 4, columns // 4)) * (rng.random((events, 1, 1)) < 0.7)
    return np.kron(cells, np.ones((1, 4, 4)))[..., None].astype(dtype)


def some_events(count=EVENTS, flat=None, **images):
    weight = np.random.default_rng(1).uniform(0.5, 2, count)
    return events_of(np.arange(count) % 2, flat, weight, "test", **images)


def linear(name, weights, bias=0.0):
    """Return a network whose logit is the sum of weights times pixels."""
    pixels = keras.Input((*weights.shape, 1), name=name)
    score = keras.layers.Dense(1, activation="sigmoid", name="score")
    model = keras.Model({name: pixels}, score(keras.layers.Flatten()(pixels)))
    score.set_weights([weights.reshape(-1, 1), np.array([bias])])
    return model


def smooth(dtype="float64"):
    """Return a network without kinks, in float64, of an image and flat variables."""
    keras.utils.set_random_seed(0)
    pixels = keras.Input((8, 12, 1), name="tower", dtype=dtype)
    flat = keras.Input((2,), name="flat", dtype=dtype)
    tower = keras.layers.Conv2D(3, 3, activation="tanh", dtype=dtype)(pixels)
    joined = keras.layers.Concatenate(dtype=dtype)([keras.layers.Flatten(dtype=dtype)(tower), flat])
    hidden = keras.layers.Dense(4, activation="tanh", dtype=dtype)(joined)
    score = keras.layers.Dense(1, activation="sigmoid", name="score", dtype=dtype)(hidden)
    return keras.Model({"tower": pixels, "flat": flat}, score)


def cell(row, column):
    """Return where the pixels of a cell are in images."""
    return np.s_[:, 4 * row : 4 * row + 4, 4 * column : 4 * column + 4]


def test_the_logit_is_that_of_the_score_and_does_not_saturate():
    weights = np.random.default_rng(0).normal(size=(8, 12))
    x = {"tower": images()}
    expected = (x["tower"][..., 0] * weights).sum(axis=(1, 2)) + 300
    model = linear("tower", weights, bias=300)
    assert (np.asarray(model(x)) == 1).all()
    np.testing.assert_allclose(np.asarray(logit_of(model)(x))[:, 0], expected, rtol=1e-6)


def test_the_gradient_of_a_linear_network_is_its_weights_even_where_the_score_saturates():
    weights = np.random.default_rng(0).normal(size=(8, 12)).astype("float32")
    slopes = gradients(logit_of(linear("tower", weights, bias=300)), {"tower": images()}, {"tower": 1})
    assert (slopes["tower"] == weights).all()
    assert slopes["tower"].shape == (EVENTS, 8, 12)


def test_the_gradient_agrees_with_finite_differences():
    logit = logit_of(smooth())
    x = {"tower": images(events=5, dtype="float64"), "flat": np.random.default_rng(2).normal(size=(5, 2))}
    slopes = gradients(logit, x, {"tower": 4})["tower"]
    assert slopes.shape == (5, *SHAPE)
    step = 1e-4
    for row, column in np.ndindex(SHAPE):
        change = np.zeros((1, 8, 12, 1))
        # A GeV in a cell is a sixteenth in each of its pixels.
        change[cell(row, column)] = step / 16
        high, low = (np.asarray(logit({**x, "tower": x["tower"] + sign * change}))[:, 0] for sign in (1, -1))
        np.testing.assert_allclose(slopes[:, row, column], (high - low) / (2 * step), rtol=1e-6)


def test_occlusion_is_not_0_only_where_the_network_looks():
    weights = np.zeros((8, 12))
    weights[1, 10] = -3
    x = {"tower": images()}
    added = occlusions(logit_of(linear("tower", weights)), x, "tower", 1)
    looked_at = weights != 0
    np.testing.assert_allclose(added[:, 1, 10], -3 * x["tower"][:, 1, 10, 0], rtol=1e-5)
    assert (added[:, ~looked_at] == 0).all()
    assert added.any()


def test_occlusion_is_what_zeroing_each_cell_by_hand_gives():
    logit = logit_of(smooth())
    x = {"tower": images(dtype="float64"), "flat": np.random.default_rng(2).normal(size=(EVENTS, 2))}
    added = occlusions(logit, x, "tower", 4)
    before = x["tower"].copy()
    for row, column in np.ndindex(SHAPE):
        without = x["tower"].copy()
        without[cell(row, column)] = 0
        difference = np.asarray(logit(x)) - np.asarray(logit({**x, "tower": without}))
        np.testing.assert_allclose(added[:, row, column], difference[:, 0], atol=1e-12)
    assert (x["tower"] == before).all()


def test_the_maps_of_a_linear_network_are_its_weights_times_mean_energies():
    weights = np.random.default_rng(0).normal(size=(8, 12)).astype("float32")
    pixels = images()
    events = some_events(tower=pixels)
    maps = image_maps(linear("tower", weights), events, {"tower": GRID}, seed=0)
    cell_weights = weights.reshape(2, 4, 3, 4).mean(axis=(1, 3))
    energy = pixels.reshape(EVENTS, 2, 4, 3, 4).sum(axis=(2, 4))
    assert maps.column_names == [
        "image", "y", "row", "column", "saliency", "gradient_x_input", "occlusion"
    ]  # fmt: skip
    for y in (0, 1):
        rows = maps.to_pandas().query(f"image == 'tower' and y == {y}")
        assert list(zip(rows["row"], rows["column"], strict=True)) == list(np.ndindex(SHAPE))
        mean = np.average(energy[events.y == y], axis=0, weights=events.weight[events.y == y])
        np.testing.assert_allclose(rows["saliency"], np.abs(cell_weights).ravel(), rtol=1e-6)
        np.testing.assert_allclose(rows["gradient_x_input"], (cell_weights * mean).ravel(), rtol=1e-5)
        np.testing.assert_allclose(rows["occlusion"], (cell_weights * mean).ravel(), rtol=1e-4, atol=1e-5)


def test_maps_of_several_images_beside_flat_variables_that_float32_cannot_hold():
    keras.utils.set_random_seed(0)
    rng = np.random.default_rng(2)
    grids = JETS.contents.images
    pixels = {name: rng.exponential(1, (6, *grid.shape)) for name, grid in grids.items()}
    events = some_events(6, 1e100 * rng.normal(size=(6, 2)), **pixels)
    scaling = fit_scaling(events.flat, events.weight)
    model = build_classifier(events.shapes, {**CNN, "image_scaling": "sum"}, scaling)
    maps = image_maps(model, events, grids, seed=0).to_pandas()
    assert maps.groupby(["image", "y"]).size().to_dict() == {
        (name, y): grid.pixels for name, grid in grids.items() for y in (0, 1)
    }
    assert np.isfinite(maps[["saliency", "gradient_x_input", "occlusion"]]).all(axis=None)
    assert maps.groupby("image")["occlusion"].any().all()


def test_equal_seeds_draw_equal_events_and_others_others():
    model, events, grids = linear("tower", np.ones((8, 12))), some_events(tower=images()), {"tower": GRID}
    first, again, other = (image_maps(model, events, grids, seed, count=50) for seed in (3, 3, 4))
    assert first.equals(again)
    assert not first.equals(other)


def test_a_rare_class_is_drawn_and_events_without_weight_are_not():
    events = some_events(tower=images())
    events.y[:] = np.arange(300) == 7
    events.weight[:] = np.arange(300) % 2
    maps = image_maps(linear("tower", np.ones((8, 12))), events, {"tower": GRID}, seed=0, count=50)
    assert np.isfinite(maps["occlusion"]).all()
    assert set(maps["y"].to_pylist()) == {0, 1}


def test_a_class_without_events_is_refused():
    events = some_events(tower=images())
    events.y[:] = 1
    with pytest.raises(InputError, match="need events of both with a weight above 0"):
        image_maps(linear("tower", np.ones((8, 12))), events, {"tower": GRID}, seed=0)


def test_the_program_writes_the_maps_of_the_test_events(photon_tables, tmp_path, monkeypatch):
    # TensorFlow does not change its threads after its first operation.
    monkeypatch.setattr(map_images, "use_threads", lambda threads: None)
    linear("tower", np.random.default_rng(0).normal(size=(20, 24))).save(tmp_path / "model.keras")
    layout = contents_of(["tower"], PHOTONS.contents).as_settings()
    settings = {"inputs": ["tower"], "layout": layout, "seed": 0}
    map_images.main(
        [
            *("--model", str(tmp_path / "model.keras"), "--settings", json.dumps(settings)),
            *(*table_options(photon_tables), "--maps", str(tmp_path / "maps.feather")),
        ]
    )
    inputs = photon_tables.inputs(["tower"], layout)
    model, events = load_network(tmp_path / "model.keras"), photon_tables.read("test", inputs)
    expected = image_maps(model, events, PHOTONS.contents.images, seed=0)
    assert len(expected) == 2 * 10 * 12
    assert read_feather(tmp_path / "maps.feather").equals(expected)
