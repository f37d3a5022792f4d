"""Training: it learns, keeps the best weights, repeats itself to the bit, and stops at a broken loss."""

import keras
import numpy as np
import pytest

from leptonid.train.batches import Batches
from leptonid.train.inputs import Sample
from leptonid.train.metrics import auc
from leptonid.train.networks import build_classifier
from leptonid.train.training import make_reproducible, predict, train

SETTINGS = {
    "epochs": 6, "batch": 32, "patience": 2, "learning_rate": 0.01, "learning_rate_factor": 0.3,
    "learning_rate_patience": 1, "weights": True,
}  # fmt: skip


def sample(events, seed, shift=1.5):
    rng = np.random.default_rng(seed)
    y = rng.integers(0, 2, events)
    x = {"flat": rng.normal(0, 1, (events, 2)) + shift * y[:, None]}
    return Sample(np.arange(events), y, np.ones(events), x)


def trained(path, seed=0, valid=None, **changes):
    make_reproducible(seed)
    training = sample(600, 1)
    network = {"dense": 2, "units": 8, "dropout": 0.1}
    model = build_classifier(training.x, training.weight, network, "none")
    history = train(model, training, valid or sample(200, 2), {**SETTINGS, **changes}, seed, path)
    return history, keras.models.load_model(path)


def test_it_learns_and_writes_the_history_of_every_epoch(tmp_path):
    history, model = trained(tmp_path / "model.keras")
    assert list(history.columns) == ["epoch", "loss", "auc", "val_loss", "val_auc", "learning_rate"]
    assert list(history["epoch"]) == list(range(1, len(history) + 1))
    test = sample(500, 3)
    assert auc(test.y, predict(model, test)) > 0.9


def test_the_kept_model_is_that_of_the_lowest_validation_loss(tmp_path):
    """Labels of the validation split that contradict the training make every epoch worse than the first."""
    valid = sample(200, 2, shift=-1.5)
    history, model = trained(tmp_path / "model.keras", valid=valid)
    assert history["val_loss"].idxmin() == 0
    assert len(history) == 1 + SETTINGS["patience"]
    scores = np.clip(predict(model, valid), 1e-7, 1 - 1e-7)
    loss = -np.mean(np.where(valid.y == 1, np.log(scores), np.log(1 - scores)))
    assert loss == pytest.approx(history["val_loss"].min(), rel=1e-4)


def test_the_learning_rate_falls_when_the_validation_loss_does_not(tmp_path):
    history, _ = trained(tmp_path / "model.keras", valid=sample(200, 2, shift=-1.5), patience=3)
    assert history["learning_rate"].iloc[-1] < history["learning_rate"].iloc[0]


def test_the_same_seed_gives_the_same_scores_and_another_seed_others(tmp_path):
    test = sample(100, 3)
    results = []
    for number, seed in enumerate((5, 5, 6)):
        history, model = trained(tmp_path / f"{number}.keras", seed=seed)
        results.append((history.to_csv(), predict(model, test).tolist()))
    assert results[0] == results[1]
    assert results[0] != results[2]


def test_weights_of_zero_take_events_out(tmp_path):
    """Half the events have their labels turned; with weight 0 they do no harm."""
    make_reproducible(0)
    good, bad = sample(400, 1), sample(400, 4)
    both = Sample(
        np.arange(800),
        np.concatenate([good.y, 1 - bad.y]),
        np.repeat([1.0, 0.0], 400),
        {"flat": np.concatenate([good.x["flat"], bad.x["flat"]])},
    )
    test = sample(500, 3)
    found = {}
    for weights in (True, False):
        model = build_classifier(both.x, both.weight, {"dense": 1, "units": 8, "dropout": 0.0}, "none")
        train(model, both, sample(200, 2), {**SETTINGS, "weights": weights}, 0, tmp_path / "model.keras")
        found[weights] = auc(test.y, predict(model, test))
    assert found[True] > 0.9 > found[False] + 0.05


def test_a_broken_loss_names_its_epoch(tmp_path):
    training = sample(100, 1)
    model = build_classifier(training.x, training.weight, {"dense": 1, "units": 4, "dropout": 0.0}, "none")
    training.weight[3] = np.nan
    with pytest.raises(FloatingPointError, match="not finite in epoch 1"):
        train(model, training, sample(50, 2), SETTINGS, 0, tmp_path / "model.keras")


def test_variables_reach_the_model_in_float64(tmp_path):
    """A spread of a billionth of the mean, and values that float32 cannot hold."""
    training = sample(600, 1)
    training.x["flat"][:] = (1 + 1e-9 * training.x["flat"]) * 1e100
    make_reproducible(0)
    model = build_classifier(training.x, training.weight, {"dense": 1, "units": 8, "dropout": 0.0}, "none")
    train(model, training, training, SETTINGS, 0, tmp_path / "model.keras")
    assert auc(training.y, predict(keras.models.load_model(tmp_path / "model.keras"), training)) > 0.9


def test_every_event_comes_once_an_epoch():
    batches = Batches(sample(70, 1), 32, weights=True, rng=np.random.default_rng(0))
    orders = []
    for _ in range(2):
        rows = np.concatenate([batches[index][0]["flat"] for index in range(len(batches))])
        np.testing.assert_array_equal(np.sort(rows[:, 0]), np.sort(sample(70, 1).x["flat"][:, 0]))
        orders.append(rows[:, 0].tolist())
        batches.on_epoch_end()
    assert orders[0] != orders[1]
