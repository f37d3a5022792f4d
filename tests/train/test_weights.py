"""A factor common to all weights changes no training."""

import numpy as np
import pytest

from leptonid.errors import InputError
from leptonid.train.baselines import fit_baseline
from leptonid.train.epochs import Epochs
from leptonid.train.fitting import fit_network
from leptonid.train.training import predict
from leptonid.train.weights import with_training_weights
from train.made_up import DENSE, TRAINING, events_of, flat_events


def weighted(events, weight):
    return events_of(events.y, events.flat, weight)


@pytest.mark.parametrize("factor", [1e-90, 1e-9, 1, 3.7, 1e90])
def test_weights_have_mean_1_and_keep_their_ratios(factor):
    events = flat_events(50, 0)
    own = np.random.default_rng(1).uniform(0, 3, 50)
    weight = with_training_weights(weighted(events, factor * own), True).weight
    np.testing.assert_allclose(weight, own / own.mean(), rtol=1e-14)


def test_equal_weights_are_exactly_1():
    events = weighted(flat_events(50, 0), np.full(50, 1e-3, np.float32))
    np.testing.assert_array_equal(with_training_weights(events, True).weight, np.ones(50))


def test_weights_can_be_ignored():
    events = weighted(flat_events(50, 0), np.linspace(-1, 1, 50))
    np.testing.assert_array_equal(with_training_weights(events, False).weight, np.ones(50))


def test_negative_weights_are_refused_absolute_or_dropped():
    own = np.linspace(-1, 3, 50)
    events = weighted(flat_events(50, 0), own)
    with pytest.raises(InputError, match=r"event 0 of the train split has the weight -1; .*negative_weights"):
        with_training_weights(events, True)
    for negative, expected in (("absolute", np.abs(own)), ("drop", np.maximum(own, 0))):
        weight = with_training_weights(events, True, negative).weight
        np.testing.assert_allclose(weight, expected / expected.mean(), rtol=1e-14)


@pytest.mark.parametrize("label", [0, 1])
def test_a_class_without_weight_is_refused(label):
    events = flat_events(50, 0)
    with pytest.raises(InputError, match="both classes with a weight above 0; given: train events"):
        with_training_weights(weighted(events, np.where(events.y == label, 0.0, 1.0)), True)


@pytest.mark.parametrize("factor", [1e-9, 1e80])
def test_a_common_factor_changes_no_network_and_no_baseline(tmp_path, factor):
    own = np.random.default_rng(2).uniform(0.5, 2, (2, 200))
    settings = {**DENSE, **TRAINING, "learning_rate_patience": 0}
    baseline = {"model": "trees", "seed": 0, "weights": True, "negative_weights": "refuse",
                "iterations": 5, "learning_rate": 0.1, "leaves": 5, "patience": 2}  # fmt: skip
    networks, trees = [], []
    for number, scale in enumerate((1, factor)):
        train, valid = (weighted(flat_events(200, seed), scale * own[seed]) for seed in range(2))
        model, _ = fit_network(train, valid, settings, "float32", Epochs(tmp_path / str(number), ""))
        networks.append(predict(model, valid))
        trees.append(fit_baseline({"train": train, "valid": valid}, ["a", "b"], baseline)[0].predict(valid))
    np.testing.assert_allclose(networks[1], networks[0], rtol=1e-5)
    np.testing.assert_allclose(trees[1], trees[0], rtol=1e-10)
