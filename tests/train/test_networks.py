"""The networks: the published sizes, and the scaling that is part of the model."""

import keras
import numpy as np
import pytest

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


def test_the_published_hl_network_has_90742_parameters():
    assert network({"flat": flat(7)}, dense=5, units=149).count_params() == 90742


def test_the_published_image_network_has_441559_parameters():
    model = network({"et": ET, "ht": HT}, blocks=3, filters=47, dense=2, units=146)
    assert model.count_params() == 441559


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
    np.testing.assert_allclose(np.asarray(IMAGE_SCALINGS[scaling](ET)), expected, rtol=1e-5)


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
