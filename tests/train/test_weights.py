"""Weights of trainings and of their AUCs; a factor common to all weights changes no training."""

from types import SimpleNamespace

import numpy as np
import pytest

from leptonid.errors import InputError
from leptonid.metrics.auc import auc, auc_uncertainty
from leptonid.train import fitting, objective
from leptonid.train.baselines import fit_baseline
from leptonid.train.epochs import Epochs
from leptonid.train.fitting import fit_network
from leptonid.train.results import aucs
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


def scored_by_first(count=200):
    """Events that their first variable separates by weight only, half of the weights nearly 0."""
    y, value = np.tile([0, 1], count // 2), np.repeat([0.0, 1.0], count // 2)
    return events_of(y, value[:, None], np.where(y == value, 1, 1e-3))


def test_aucs_of_a_training_are_weighted():
    events = scored_by_first()
    metrics = aucs({"valid": events}, {"valid": events.flat[:, 0]})
    expected = auc(events.y, events.flat[:, 0], events.weight)
    assert metrics["auc"]["valid"] == expected > 0.99
    assert not metrics["dead"]
    ignored = events_of(events.y, events.flat)
    assert aucs({"valid": ignored}, {"valid": events.flat[:, 0]})["dead"]


def test_a_network_that_separates_by_weight_is_not_dead(monkeypatch):
    events = scored_by_first()
    monkeypatch.setattr(fitting, "fit_network", lambda *arguments: (None, None))
    monkeypatch.setattr(fitting, "predict", lambda model, some: some.flat[:, 0])
    for weight, restarts in ((events.weight, 0), (None, 2)):
        valid = events_of(events.y, events.flat, weight)
        settings = {"restarts": 2, "seed": 0}
        fit = fitting.fit_classifier({"train": valid, "valid": valid}, settings, "float32", "none", "")
        assert fit.restarts == restarts


def test_the_objective_of_a_tuning_is_weighted(monkeypatch):
    events, facts = scored_by_first(), {}
    monkeypatch.setattr(objective, "fit_network", lambda *arguments: (None, None))
    monkeypatch.setattr(objective, "predict", lambda model, some: some.flat[:, 0])
    trial = SimpleNamespace(params={}, set_user_attr=facts.__setitem__)
    value = objective.validation_auc(trial, events, events, {}, "float32")
    arguments = events.y, events.flat[:, 0], events.weight
    assert (value, facts["auc_uncertainty"]) == (auc(*arguments), auc_uncertainty(*arguments))


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
