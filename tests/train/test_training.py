"""Training: it learns, keeps the best epoch, is reproducible, survives kills, stops at a broken loss."""

import gc
import weakref

import keras
import numpy as np
import pytest

from leptonid.errors import DivergenceError
from leptonid.metrics.auc import auc
from leptonid.tables.fingerprints import files_fingerprint
from leptonid.train import training as module
from leptonid.train.batches import Batches
from leptonid.train.epochs import Epochs, training_key
from leptonid.train.networks.classifier import build_classifier
from leptonid.train.scaling import fit_scaling
from leptonid.train.training import make_reproducible, predict, prediction_batch, restart_seed, train
from train.made_up import DENSE, events_of, flat_events, photons

SETTINGS = {
    "epochs": 6, "batch": 32, "patience": 2, "learning_rate": 0.01, "learning_rate_factor": 0.3,
    "learning_rate_patience": 1, "weights": True, "negative_weights": "refuse", "seed": 0,
}  # fmt: skip


def untrained(training, **settings):
    scaling = fit_scaling(training.flat, training.weight)
    return build_classifier(training.shapes, {**DENSE, **settings}, scaling)


def trained(folder, seed=0, valid=None, callbacks=(), key="key", **changes):
    make_reproducible(seed)
    training = flat_events(600, 1)
    settings = {**SETTINGS, "seed": seed, **changes}
    valid = valid or flat_events(200, 2)
    model, history = train(
        untrained(training, **changes), training, valid, settings, Epochs(folder, key), callbacks=callbacks
    )
    return history, model


def test_it_learns_and_writes_the_history_of_every_epoch(tmp_path):
    history, model = trained(tmp_path)
    assert list(history.columns) == ["epoch", "loss", "auc", "val_loss", "val_auc", "learning_rate"]
    assert list(history["epoch"]) == list(range(1, len(history) + 1))
    test = flat_events(500, 3)
    assert auc(test.y, predict(model, test)) > 0.9


def test_the_kept_model_is_that_of_the_lowest_validation_loss(tmp_path):
    """Labels of the validation split that contradict the training make every epoch worse than the first."""
    valid = flat_events(200, 2, shift=-1.5)
    history, model = trained(tmp_path, valid=valid)
    assert history["val_loss"].idxmin() == 0
    assert len(history) == 1 + SETTINGS["patience"]
    scores = np.clip(predict(model, valid), 1e-7, 1 - 1e-7)
    loss = -np.mean(np.where(valid.y == 1, np.log(scores), np.log(1 - scores)))
    assert loss == pytest.approx(history["val_loss"].min(), rel=1e-4)


def test_the_learning_rate_falls_when_the_validation_loss_does_not(tmp_path):
    history, _ = trained(tmp_path, valid=flat_events(200, 2, shift=-1.5), patience=3)
    assert history["learning_rate"].iloc[-1] < history["learning_rate"].iloc[0]


@pytest.mark.slow
def test_the_same_seed_gives_the_same_scores_and_another_seed_others(tmp_path):
    test = flat_events(100, 3)
    results = []
    for number, seed in enumerate((5, 5, 6)):
        history, model = trained(tmp_path / str(number), seed=seed)
        results.append((history.to_csv(), predict(model, test).tolist()))
    assert results[0] == results[1]
    assert results[0] != results[2]


def test_weights_of_zero_take_events_out(tmp_path):
    """Half the events have their labels turned; with weight 0 they do no harm."""
    make_reproducible(0)
    good, bad = flat_events(400, 1), flat_events(400, 4)
    y, flat = np.concatenate([good.y, 1 - bad.y]), np.concatenate([good.flat, bad.flat])
    both = events_of(y, flat, np.repeat([1.0, 0.0], 400))
    test = flat_events(500, 3)
    aucs = {}
    for weights in (True, False):
        settings, epochs = {**SETTINGS, "weights": weights}, Epochs(tmp_path / str(weights), "")
        model, _ = train(untrained(both, dense=1, dropout=0.0), both, flat_events(200, 2), settings, epochs)
        aucs[weights] = auc(test.y, predict(model, test))
    assert aucs[True] > 0.9 > aucs[False] + 0.05


@pytest.mark.parametrize(("broken", "which"), [("train", "loss"), ("valid", "val_loss")])
def test_a_broken_loss_names_its_epoch(tmp_path, broken, which):
    events = {"train": flat_events(100, 1), "valid": flat_events(50, 2)}
    model = untrained(events["train"])
    events[broken].weight[3] = np.nan
    with pytest.raises(DivergenceError, match=f"epoch 1: {which} is nan; take a smaller learning_rate"):
        train(model, events["train"], events["valid"], SETTINGS, Epochs(tmp_path, ""))


def test_variables_reach_the_model_in_float64(tmp_path):
    """A spread of a billionth of the mean, and values that float32 cannot hold."""
    training = flat_events(600, 1)
    training = training.with_flat((1 + 1e-9 * training.flat) * 1e100)
    make_reproducible(0)
    model = untrained(training, dense=1, dropout=0.0)
    model, _ = train(model, training, training, SETTINGS, Epochs(tmp_path, ""))
    assert auc(training.y, predict(model, training)) > 0.9


class Kill(keras.callbacks.Callback):
    """End the training like a kill would, after an epoch is kept."""

    def __init__(self, epoch):
        super().__init__()
        self.epoch = epoch

    def on_epoch_end(self, epoch, logs=None):
        if epoch + 1 == self.epoch:
            raise KeyboardInterrupt


@pytest.mark.parametrize(
    ("valid_shift", "kills"),
    [
        pytest.param(1.5, [2], id="learning on"),
        pytest.param(-1.5, [3], id="stopped early"),
        pytest.param(-1.5, [1, 2, 4], id="stopped early, other epochs", marks=pytest.mark.slow),
    ],
)
def test_a_training_killed_after_any_epoch_ends_as_if_it_had_not_been(tmp_path, valid_shift, kills):
    """With dropout, batch normalisation, falling learning rates and early stopping."""
    valid = flat_events(200, 2, shift=valid_shift)
    changes = {"patience": 3, "epochs": 4, "batch_normalisation": True}
    history, model = trained(tmp_path / "whole", valid=valid, **changes)
    assert history["learning_rate"].nunique() > 1 or valid_shift > 0
    assert len(history) == 4
    for epoch in kills:
        folder = tmp_path / str(epoch)
        with pytest.raises(KeyboardInterrupt):
            trained(folder, valid=valid, callbacks=[Kill(epoch)], **changes)
        again, continued = trained(folder, valid=valid, **changes)
        assert again.equals(history), epoch
        np.testing.assert_array_equal(predict(continued, valid), predict(model, valid))


def test_epochs_of_another_training_are_thrown_away(tmp_path):
    with pytest.raises(KeyboardInterrupt):
        trained(tmp_path, callbacks=[Kill(2)], key="other data")
    seen = []
    watch = keras.callbacks.LambdaCallback(on_epoch_begin=lambda epoch, logs: seen.append(epoch))
    history, _ = trained(tmp_path, callbacks=[watch])
    assert seen == list(range(len(history)))


def test_only_the_last_and_the_best_epoch_are_kept(tmp_path):
    valid = flat_events(200, 2, shift=-1.5)
    history, _ = trained(tmp_path, valid=valid)
    best, last = history["val_loss"].idxmin() + 1, len(history)
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted(
        {f"{best}.npz", f"{last}.npz", "state.json"}
    )


def test_scored_events_do_not_stay_in_memory(tmp_path):
    """TensorFlow keeps what `model.predict` was given for as long as the process lives."""
    model = untrained(flat_events(50, 1))
    events = flat_events(50, 2)
    predict(model, events)
    values = weakref.ref(events.flat)
    del events
    gc.collect()
    assert values() is None


def test_a_restart_has_a_seed_of_its_own():
    seeds = [restart_seed(seed, restart) for seed in range(5) for restart in range(4)]
    assert len(set(seeds)) == 20
    assert restart_seed(3, 0) == 3


def test_every_event_comes_once_an_epoch_in_another_order():
    events = photons(70, 1)
    batches = Batches(events, 32, weights=True, seed=0)
    orders = []
    for _ in range(2):
        parts = [batches[index] for index in range(len(batches))]
        rows = np.concatenate([x["flat"] for x, _, _ in parts])
        order = np.argsort(rows[:, 0])[np.argsort(np.argsort(events.flat[:, 0]))]
        np.testing.assert_array_equal(rows[order], events.flat)
        images = np.concatenate([x["tower"] for x, _, _ in parts])
        np.testing.assert_array_equal(images[order], events.batch()["tower"])
        np.testing.assert_array_equal(np.concatenate([y for _, y, _ in parts])[order], events.y)
        orders.append(order.tolist())
        batches.on_epoch_end()
    assert orders[0] != orders[1]


def test_an_unfinished_training_is_recognised_by_its_files_and_settings(tmp_path):
    path = tmp_path / "events.h5"
    path.write_bytes(b"events")
    key = training_key(files_fingerprint([path]), {"units": 4}, 1)
    path.touch()
    assert training_key(files_fingerprint([path]), {"units": 4}, 1) == key
    assert training_key(files_fingerprint([path]), {"units": 5}, 1) != key
    path.write_bytes(b"others")
    assert training_key(files_fingerprint([path]), {"units": 4}, 1) != key


def test_wide_networks_score_fewer_events_at_once_and_the_same(monkeypatch):
    training = flat_events(100, 1)
    model = untrained(training)
    assert prediction_batch(model) == module.PREDICTION_BATCH
    scores = predict(model, training)
    widest = max(layer.output.shape[-1] for layer in model.layers)
    monkeypatch.setattr(module, "LARGEST_OUTPUT", 4 * widest * 7)
    assert prediction_batch(model) == 7
    np.testing.assert_allclose(predict(model, training), scores, atol=1e-6)
    monkeypatch.setattr(module, "LARGEST_OUTPUT", 1)
    assert prediction_batch(model) == 1
