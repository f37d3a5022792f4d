"""The training of one classifier: seeds, callbacks, the best weights, and the history."""

import logging
from collections.abc import Mapping
from pathlib import Path

import keras
import numpy as np
import pandas as pd

from leptonid.train.batches import Batches
from leptonid.train.inputs import Sample

logger = logging.getLogger(__name__)

PREDICTION_BATCH = 2048


class _Progress(keras.callbacks.Callback):
    """One log line per epoch."""

    def on_epoch_end(self, epoch: int, logs: Mapping | None = None) -> None:
        values = ", ".join(f"{key} {value:.4g}" for key, value in (logs or {}).items())
        logger.info("epoch %d: %s", epoch + 1, values)


def train(
    model: keras.Model,
    train_sample: Sample,
    valid_sample: Sample,
    settings: Mapping,
    seed: int,
    checkpoint: str | Path,
) -> pd.DataFrame:
    """Train a model with Adam and binary cross-entropy; the best one is left at `checkpoint`.

    Best is the lowest validation loss; the training ends when that has not improved for `patience`
    epochs, and the learning rate is multiplied by `learning_rate_factor` when it has not for
    `learning_rate_patience` (arXiv:2011.01984's code, EID train/training.py).

    Parameters
    ----------
    settings
        `epochs`, `batch`, `patience`, `learning_rate`, `learning_rate_factor`,
        `learning_rate_patience`, `weights` (whether the events' weights are used).
    seed
        Seed of the order of events; `make_reproducible` seeds the weights and dropout.
    checkpoint
        A path that ends in `.keras`.

    Returns
    -------
    pandas.DataFrame
        One row per epoch: `epoch`, `loss`, `auc`, `val_loss`, `val_auc`, `learning_rate`.

    Raises
    ------
    FloatingPointError
        When the loss is not finite; the message names the epoch.
    """
    # XLA makes these networks slower on a CPU.
    model.compile(
        optimizer=keras.optimizers.Adam(settings["learning_rate"]),
        loss="binary_crossentropy",
        weighted_metrics=[keras.metrics.AUC(name="auc")],
        jit_compile=False,
    )
    callbacks = [
        keras.callbacks.TerminateOnNaN(),
        keras.callbacks.ModelCheckpoint(str(checkpoint), monitor="val_loss", save_best_only=True),
        keras.callbacks.EarlyStopping(monitor="val_loss", patience=settings["patience"]),
        keras.callbacks.ReduceLROnPlateau(
            monitor="val_loss",
            factor=settings["learning_rate_factor"],
            patience=settings["learning_rate_patience"],
        ),
        _Progress(),
    ]
    history = model.fit(
        Batches(train_sample, settings["batch"], settings["weights"], np.random.default_rng(seed)),
        validation_data=Batches(valid_sample, PREDICTION_BATCH, settings["weights"]),
        epochs=settings["epochs"],
        callbacks=callbacks,
        shuffle=False,
        verbose=0,
    )
    table = pd.DataFrame(history.history)
    losses = table.reindex(columns=["loss", "val_loss"]).to_numpy(dtype=float)
    broken = ~np.isfinite(losses).all(axis=1)
    if broken.any():
        raise FloatingPointError(f"the loss is not finite in epoch {int(np.argmax(broken)) + 1}")
    table.insert(0, "epoch", np.arange(1, len(table) + 1))
    return table[["epoch", "loss", "auc", "val_loss", "val_auc", "learning_rate"]]


def predict(model: keras.Model, sample: Sample) -> np.ndarray:
    """Return the score of every event, (N,) float64 in [0, 1], 1 = signal."""
    return model.predict(Batches(sample, PREDICTION_BATCH), verbose=0)[:, 0].astype(np.float64)


def use_threads(threads: int) -> None:
    """Compute with so many threads, where TensorFlow is the backend; to be called before anything else.

    The number of threads decides the order of sums, and so the last digits of all results.
    """
    if keras.backend.backend() == "tensorflow":
        import tensorflow as tf

        tf.config.threading.set_intra_op_parallelism_threads(threads)
        tf.config.threading.set_inter_op_parallelism_threads(1)


def make_reproducible(seed: int) -> None:
    """Seed all random numbers, and make TensorFlow, where it is the backend, repeat itself to the bit."""
    keras.utils.set_random_seed(seed)
    if keras.backend.backend() == "tensorflow":
        import tensorflow as tf

        tf.config.experimental.enable_op_determinism()
