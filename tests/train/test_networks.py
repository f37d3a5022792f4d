"""The networks: the published sizes, and the scaling that is part of the model."""

from pathlib import Path

import keras
import numpy as np
import pytest
import yaml

from leptonid.errors import InputError
from leptonid.train.networks import IMAGE_SCALINGS, build_classifier

RNG = np.random.default_rng(0)
ET = RNG.exponential(1, (8, 31, 31, 1)).astype("float32") * (RNG.random((8, 31, 31, 1)) < 0.05)
HT = RNG.exponential(1, (8, 32, 32, 1)).astype("float32")


def network(samples, scaling="none", **values):
    values = {"dropout": 0.0, **values}
    count = len(next(iter(samples.values())))
    return build_classifier(samples, np.ones(count), values, scaling)


def flat(columns, events=50):
    return np.random.default_rng(1).normal(3, 2, (events, columns))


PAPER = yaml.safe_load((Path(__file__).parents[2] / "config/paper.yaml").read_text())["train"]
FLAT = {"hl": 7, "mass": 1}
SIZES = {"et": 31, "ht": 32}


def parameters_by_hand(entry):
    """Weights and biases, layer by layer."""
    total, features = 0, 0
    for name in entry["inputs"]:
        if name not in SIZES:
            features += FLAT.get(name, 1)  # what is no group is one EFP
            continue
        channels, size = 1, SIZES[name]
        for _ in range(entry["blocks"]):
            total += (9 * channels + 1) * entry["filters"] + (9 * entry["filters"] + 1) * entry["filters"]
            channels, size = entry["filters"], (size + 1) // 2
        features += channels * size**2
    for _ in range(entry["dense"]):
        total += (features + 1) * entry["units"]
        features = entry["units"]
    return total + features + 1


def built(entry):
    samples = {name: {"et": ET, "ht": HT}[name] for name in entry["inputs"] if name in SIZES}
    columns = sum(FLAT.get(name, 1) for name in entry["inputs"] if name not in SIZES)
    return network(samples | ({"flat": flat(columns, 8)} if columns else {}), **{**entry, "dropout": 0.0})


@pytest.mark.parametrize(
    ("name", "parameters"),
    [("hl", 90742), ("et_and_ht", 441559), ("et", 943361), ("ht", 172495), ("et_and_ht_and_hl", 297869),
     ("mass", 251), ("hl_and_mass", 25071)],
)  # fmt: skip
def test_the_published_networks_have_their_numbers_of_parameters(name, parameters):
    entry = PAPER["features"][name]
    assert built(entry).count_params() == parameters_by_hand(entry) == parameters


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


def test_orthogonal_weights_are_orthogonal_and_glorots_are_not():
    for initialisation, orthogonal in (("orthogonal", True), ("glorot_uniform", False)):
        values = {"dense": 3, "units": 20, "dropout": 0.0}
        model = build_classifier({"flat": flat(20)}, np.ones(50), values, "none", initialisation)
        for layer in ("dense_1", "dense_3"):
            kernel = model.get_layer(layer).get_weights()[0]
            assert np.allclose(kernel @ kernel.T, np.eye(20), atol=1e-5) == orthogonal


def test_mixed_precision_keeps_weights_and_score_in_float32_and_the_standardisation_in_float64():
    samples = {"et": ET, "flat": flat(3, 8)}
    values = {"blocks": 1, "filters": 2, "dense": 1, "units": 4, "dropout": 0.1}
    model = build_classifier(samples, np.ones(8), values, "log", precision="mixed_bfloat16")
    assert {weight.dtype for weight in model.weights} == {"float32"}
    found = {layer.name: layer.compute_dtype for layer in model.layers}
    assert found["standardised"] == "float64"
    assert found["score"] == "float32"
    assert found["et_conv_1_1"] == found["dense_1"] == "bfloat16"


def test_a_mixed_network_scores_almost_like_its_float32_twin():
    samples = {"et": ET, "flat": flat(3, 8)}
    values = {"blocks": 1, "filters": 2, "dense": 1, "units": 4, "dropout": 0.1}
    mixed, full = (
        build_classifier(samples, np.ones(8), values, "log", precision=precision)
        for precision in ("mixed_bfloat16", "float32")
    )
    full.set_weights(mixed.get_weights())
    np.testing.assert_allclose(mixed.predict(samples, verbose=0), full.predict(samples, verbose=0), atol=0.02)


def test_a_block_is_two_convolutions_and_a_pooling():
    model = network({"et": ET}, blocks=2, filters=3, dense=1, units=4)
    names = [type(layer).__name__ for layer in model.layers]
    assert names == ["InputLayer", *["Conv2D", "Conv2D", "MaxPooling2D"] * 2, "Flatten", "Dense", "Dense"]
    assert all(
        layer.kernel_size == (3, 3) for layer in model.layers if isinstance(layer, keras.layers.Conv2D)
    )


def test_dropout_follows_all_hidden_layers_but_the_last():
    model = network({"flat": flat(2)}, dense=3, units=4, dropout=0.25)
    names = [type(layer).__name__ for layer in model.layers[2:]]
    assert names == ["Dense", "Dropout", "Dense", "Dropout", "Dense", "Dense"]


def standardised(values, weight=None):
    weight = np.ones(len(values)) if weight is None else weight
    model = build_classifier({"flat": values}, weight, {"dense": 1, "units": 2, "dropout": 0.0}, "none")
    layer = keras.Model(model.inputs, model.get_layer("standardised").output)
    return np.asarray(layer({"flat": values}))


def test_flat_inputs_get_mean_0_and_spread_1_whatever_their_magnitude():
    values = flat(4) * [1, 1e36, 1e-30, 1e-9] + [0, 0, 0, 1]
    result = standardised(values)
    np.testing.assert_allclose(result.mean(axis=0), 0, atol=1e-6)
    np.testing.assert_allclose(result.std(axis=0), 1, rtol=1e-6)


def test_a_constant_input_becomes_0():
    values = np.column_stack([flat(1)[:, 0], np.full(50, 7.0), np.zeros(50)])
    assert (standardised(values)[:, 1:] == 0).all()


def test_weights_count_in_the_mean_and_spread():
    values = flat(1, 40)
    weight = np.repeat([1.0, 0.0], 20)
    result = standardised(values, weight)[:20]
    np.testing.assert_allclose([result.mean(), result.std()], [0, 1], atol=1e-6)


@pytest.mark.parametrize(
    ("scaling", "expected"),
    [("none", ET), ("log", np.log1p(ET)), ("sum", ET / ET.sum(axis=(1, 2, 3), keepdims=True))],
)
def test_image_scalings(scaling, expected):
    np.testing.assert_allclose(np.asarray(IMAGE_SCALINGS[scaling](ET)), expected, rtol=1e-5, atol=1e-7)


def test_an_empty_image_stays_empty():
    for scaling in IMAGE_SCALINGS.values():
        assert (np.asarray(scaling(np.zeros((1, 31, 31, 1), "float32"))) == 0).all()


@pytest.mark.parametrize("scaling", ["log", "sum"])
def test_negative_pixels_need_another_scaling(scaling):
    with pytest.raises(InputError, match=f"{scaling} needs pixels >= 0, and et has negative ones"):
        network({"et": -ET}, scaling, blocks=1, filters=2, dense=1, units=4)
    network({"et": -ET}, "none", blocks=1, filters=2, dense=1, units=4)


@pytest.mark.parametrize("scaling", IMAGE_SCALINGS)
def test_a_saved_model_scores_as_before_and_loads_in_safe_mode(tmp_path, scaling):
    samples = {"et": ET, "flat": flat(3, 8) * 1e30}
    model = network(samples, scaling, blocks=1, filters=2, dense=1, units=4)
    model.save(tmp_path / "model.keras")
    loaded = keras.models.load_model(tmp_path / "model.keras", safe_mode=True)
    np.testing.assert_array_equal(loaded.predict(samples, verbose=0), model.predict(samples, verbose=0))
