"""The networks: their published sizes, their layers, and the scaling that is part of the model."""

from dataclasses import replace

import keras
import numpy as np
import pytest
import yaml

from layouts import ELECTRONS, PHOTONS, ROOT
from leptonid.errors import InputError
from leptonid.study.classifiers import NETWORK_KINDS
from leptonid.tables.cells import SparseImages
from leptonid.tables.reader import Inputs
from leptonid.train.networks.classifier import KINDS, build_classifier, check_pixels
from leptonid.train.networks.scaling import IMAGE_SCALINGS
from leptonid.train.scaling import FITS, STANDARD, fit_image_scaling, fit_scaling, scaled
from train.made_up import CNN, DENSE, SETS, events_of, photons

RNG = np.random.default_rng(0)
TOWER = RNG.exponential(1, (8, 20, 24, 1)).astype("float32") * (RNG.random((8, 20, 24, 1)) < 0.05)
FLAT = np.random.default_rng(1).normal(3, 2, (8, 3))
BOTH = {"tower": (20, 24, 1), "flat": (3,)}

PAPER = yaml.safe_load((ROOT / "config/paper.yaml").read_text())["train"]
PUBLISHED = {
    "hl": 90742, "et_and_ht": 441559, "et": 943361, "ht": 172495, "et_and_ht_and_hl": 297869, "mass": 251,
    "hl_and_mass": 25071,
}  # fmt: skip


def parameters_by_hand(shapes, network):
    """Return the number of weights and biases, layer by layer."""
    total, features = 0, 0
    for shape in shapes.values():
        if len(shape) == 1:
            features += shape[0]
            continue
        rows, columns, channels = shape
        filters = network["filters"]
        for _ in range(network["blocks"]):
            total += (9 * channels + 1) * filters + (9 * filters + 1) * filters
            channels, rows, columns = filters, (rows + 1) // 2, (columns + 1) // 2
        features += channels * rows * columns
    for _ in range(network["dense"]):
        total += (features + 1) * network["units"]
        features = network["units"]
    return total + features + 1


@pytest.mark.parametrize("name", PUBLISHED)
def test_the_published_networks_have_their_numbers_of_parameters(name):
    network = PAPER["features"][name]
    shapes = Inputs.of(network["inputs"], ELECTRONS.contents).shapes
    kind = "cnn" if "blocks" in network else "dense"
    model = build_classifier(shapes, {**DENSE, **network, "kind": kind})
    assert model.count_params() == parameters_by_hand(shapes, network) == PUBLISHED[name]


def test_a_block_has_as_many_convolutions_as_asked_for():
    """The networks of the muons, arXiv:2102.02278: 167,000 parameters, and what its text says."""
    network = {**CNN, "blocks": 3, "filters": 48, "dense": 2, "units": 74, "image_scaling": "none"}
    shapes = {"image": (32, 32, 1)}
    counts = [
        build_classifier(shapes, {**network, **more}).count_params()
        for more in ({}, {"convolutions": 2}, {"convolutions": 3})
    ]
    assert counts == [166_931, 166_931, 229_283]


@pytest.mark.parametrize(
    ("inputs", "count"), [(1, 39_598), (10, 41_371), (11, 41_568), (15, 42_356), (16, 42_553)]
)
def test_the_dense_networks_of_the_muons_have_their_numbers_of_parameters(inputs, count):
    assert build_classifier({"flat": (inputs,)}, {**DENSE, "units": 197}).count_params() == count


def test_the_published_networks_are_those_of_table_v():
    """Convolutional blocks, filters, dense layers, units, learning rate, dropout."""
    keys = ("blocks", "filters", "dense", "units", "learning_rate", "dropout")
    table = {
        "et": (3, 117, 2, 160, 0.0001, 0.0),
        "ht": (2, 27, 2, 84, 0.01, 0.5),
        "et_and_ht": (3, 47, 2, 146, 0.0001, 0.0),
        "hl": (None, None, 5, 149, 0.001, 0.0019),
        "et_and_ht_and_hl": (3, 34, 2, 154, 0.0001, 0.0),
        "mass": (None, None, 3, 10, 0.01, 0.0),
        "hl_and_mass": (None, None, 3, 109, 0.0013, 0.0),
    }
    assert {name: tuple(PAPER["features"][name].get(key) for key in keys) for name in table} == table
    shared = {
        key: PAPER[key]
        for key in ("batch", "epochs", "patience", "learning_rate_factor", "learning_rate_patience")
    }
    assert shared == {
        "batch": 128, "epochs": 100, "patience": 10, "learning_rate_factor": 0.3, "learning_rate_patience": 5,
    }  # fmt: skip


def test_a_network_of_rectangular_images_of_any_names_needs_no_data():
    shapes = {"front": (12, 6, 1), "back": (5, 7, 1), "flat": (9,)}
    model = build_classifier(shapes, CNN)
    assert {value.name: value.shape[1:] for value in model.inputs} == shapes
    assert model.count_params() == parameters_by_hand(shapes, CNN)
    scores = model({name: np.zeros((4, *shape)) for name, shape in shapes.items()})
    assert scores.shape == (4, 1)


def test_every_kind_of_the_config_has_its_module():
    assert list(KINDS) == list(NETWORK_KINDS)


def test_orthogonal_weights_are_orthogonal_and_glorots_are_not():
    for initialisation, orthogonal in (("orthogonal", True), ("glorot_uniform", False)):
        settings = {**DENSE, "dense": 3, "units": 20, "initialisation": initialisation}
        model = build_classifier({"flat": (20,)}, settings)
        for layer in ("dense_1", "dense_3"):
            kernel = model.get_layer(layer).get_weights()[0]
            assert np.allclose(kernel @ kernel.T, np.eye(20), atol=1e-5) == orthogonal


def test_mixed_precision_keeps_weights_and_score_in_float32_and_the_standardisation_in_float64():
    scaling = fit_scaling(FLAT, np.ones(len(FLAT)))
    mixed, full = (build_classifier(BOTH, CNN, scaling, name) for name in ("mixed_bfloat16", "float32"))
    assert {weight.dtype for weight in mixed.weights} == {"float32"}
    types = {layer.name: layer.compute_dtype for layer in mixed.layers}
    assert types["standardised"] == "float64"
    assert types["score"] == "float32"
    assert types["tower_conv_1_1"] == types["dense_1"] == "bfloat16"
    full.set_weights(mixed.get_weights())
    x = {"tower": TOWER, "flat": FLAT}
    np.testing.assert_allclose(mixed.predict(x, verbose=0), full.predict(x, verbose=0), atol=0.02)


def test_a_block_is_two_convolutions_and_a_pooling():
    model = build_classifier(
        {"tower": (20, 24, 1)}, {**CNN, "blocks": 2, "dense": 1, "image_scaling": "none"}
    )
    names = [type(layer).__name__ for layer in model.layers]
    assert names == ["InputLayer", *["Conv2D", "Conv2D", "MaxPooling2D"] * 2, "Flatten", "Dense", "Dense"]
    assert all(
        layer.kernel_size == (3, 3) for layer in model.layers if isinstance(layer, keras.layers.Conv2D)
    )


def test_dropout_follows_all_hidden_layers_but_the_last():
    model = build_classifier({"flat": (2,)}, {**DENSE, "dense": 3, "dropout": 0.25})
    names = [type(layer).__name__ for layer in model.layers[1:]]
    assert names == ["Dense", "Dropout", "Dense", "Dropout", "Dense", "Dense"]


def test_batch_normalisation_comes_before_every_relu():
    model = build_classifier({"flat": (3,)}, {**DENSE, "batch_normalisation": True})
    names = [type(layer).__name__ for layer in model.layers[1:]]
    block = ["Dense", "BatchNormalization", "ReLU"]
    assert names == [*block, "Dropout", *block, "Dense"]
    rng = np.random.default_rng(2)
    model.set_weights([rng.uniform(0.1, 0.3, weight.shape) for weight in model.weights])
    hidden = FLAT
    for number in (1, 2):
        kernel, bias = model.get_layer(f"dense_{number}").get_weights()
        scale, offset, mean, variance = model.get_layer(f"normalised_{number}").get_weights()
        normalised = scale * (hidden @ kernel + bias - mean) / np.sqrt(variance + 1e-3) + offset
        hidden = np.maximum(normalised, 0)
    kernel, bias = model.get_layer("score").get_weights()
    expected = 1 / (1 + np.exp(-(hidden @ kernel + bias)))
    np.testing.assert_allclose(model.predict_on_batch({"flat": FLAT}), expected, rtol=1e-5)


def scaled_by_a_model(values, scaling):
    model = build_classifier({"flat": values.shape[1:]}, DENSE, scaling)
    hidden = keras.Model(model.inputs, model.get_layer("dense_1").input)
    return np.asarray(hidden({"flat": values}))


@pytest.mark.parametrize("kinds", [*FITS, ["quantile", "standard", "log", "quantile"]])
def test_the_model_scales_flat_inputs_as_the_training_does(kinds):
    """Magnitudes beyond float32, a spread of a billionth of the mean, and values that no event had."""
    values = np.tile(FLAT, (1, 2))[:, :4] * [1, 1e36, 1e-300, 1e-9] + [0, 0, 0, 1]
    values[:3, 1] = 0
    scaling = fit_scaling(values, np.ones(8), kinds)
    others = np.concatenate([values, 2 * values, -values, values[::-1]])
    result = scaled_by_a_model(others, scaling)
    assert result.dtype == np.float64
    np.testing.assert_allclose(result, scaled(scaling, others), rtol=1e-6, atol=1e-7)


@pytest.mark.parametrize(
    ("scaling", "expected"),
    [("none", TOWER), ("log", np.log1p(TOWER)), ("sum", TOWER / TOWER.sum(axis=(1, 2, 3), keepdims=True))],
)
def test_image_scalings(scaling, expected):
    np.testing.assert_allclose(np.asarray(IMAGE_SCALINGS[scaling](TOWER)), expected, rtol=1e-5, atol=1e-7)


@pytest.mark.parametrize("pixels", ["file", "cells"])
def test_standard_images_have_mean_0_and_deviation_1_over_all_pixels(pixels):
    """With weights, and empty pixels; two events of another brightness count a tenth."""
    images = TOWER * np.linspace(1, 3, len(TOWER), dtype=np.float32)[:, None, None, None]
    weight = np.ones(len(images))
    weight[:2] = 0.1
    layout = PHOTONS.contents.as_settings()
    settings = {**CNN, "image_pixels": pixels, "layout": layout, "image_scaling": STANDARD}
    events = replace(
        events_of(np.arange(len(images)) % 2, weight=weight, tower=images), grids=PHOTONS.contents.images
    )
    model = build_classifier(
        {"tower": (20, 24, 1)}, settings, standardisation=fit_image_scaling(events, settings)
    )
    seen = keras.Model(model.inputs, model.get_layer("tower_conv_1_1").input)
    found = np.asarray(seen({"tower": images}))[..., 0]
    cells = images[..., 0] if pixels == "file" else images.reshape(-1, 10, 2, 12, 2).sum(axis=(2, 4))
    mean = np.average(cells.mean(axis=(1, 2)), weights=weight)
    variance = np.average(((cells - mean) ** 2).mean(axis=(1, 2)), weights=weight)
    np.testing.assert_allclose(found, (cells - mean) / np.sqrt(variance), rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("kind", SETS)
def test_standard_cells_have_mean_0_and_deviation_1(kind):
    """ET, eta and phi of non-empty cells; an EFN sees ET without the shift, in proportion."""
    events = replace(photons(50, 3), weight=np.linspace(0.5, 2, 50)).as_sets()
    settings = {**SETS[kind], "image_scaling": STANDARD}
    standardisation = fit_image_scaling(events, settings)
    model = build_classifier(events.shapes, settings, standardisation=standardisation)
    cells = events.batch()["cells"]
    filled = cells[..., 0] > 0
    weight = np.broadcast_to(events.weight[:, None], filled.shape)[filled]
    mean = np.average(cells[filled], axis=0, weights=weight)
    deviation = np.sqrt(np.average((cells[filled] - mean) ** 2, axis=0, weights=weight))
    mean[0] *= kind == "pfn"
    names = [{"pfn": "energy_standardised", "efn": "weights"}[kind], "angles"]
    layers = keras.Model(model.inputs, [model.get_layer(name).output for name in names])
    found = np.concatenate(layers(events.batch()), axis=2)
    np.testing.assert_allclose(found[filled], (cells[filled] - mean) / deviation, rtol=1e-4, atol=1e-5)


def test_networks_can_see_the_sums_of_cells():
    layout = PHOTONS.contents.as_settings()
    assert layout["images"]["tower"]["pixels_per_cell"] == 2
    settings = {**CNN, "image_pixels": "cells", "layout": layout, "image_scaling": "none"}
    model = build_classifier({"tower": (20, 24, 1)}, settings)
    cells = keras.Model(model.inputs, model.get_layer("tower_conv_1_1").input)
    found = np.asarray(cells({"tower": TOWER}))[..., 0]
    expected = TOWER.reshape(-1, 10, 2, 12, 2).sum(axis=(2, 4))
    np.testing.assert_allclose(found, expected, rtol=1e-5)


def test_an_empty_image_stays_empty():
    for scaling in IMAGE_SCALINGS.values():
        assert (np.asarray(scaling(np.zeros((1, 20, 24, 1), "float32"))) == 0).all()


@pytest.mark.parametrize("scaling", ["log", "sum"])
def test_negative_pixels_need_another_scaling(scaling):
    images = TOWER.copy()
    check_pixels({"tower": SparseImages.from_dense(images)}, scaling)
    images[3, 4, 5] = -1
    with pytest.raises(InputError, match=f"{scaling} needs pixels >= 0, and tower has negative ones"):
        check_pixels({"tower": SparseImages.from_dense(images)}, scaling)
    check_pixels({"tower": SparseImages.from_dense(images)}, "none")
    check_pixels({"tower": SparseImages.from_dense(0 * images)}, scaling)
