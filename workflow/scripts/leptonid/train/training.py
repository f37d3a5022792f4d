"""Training of one network: seeds, callbacks, the best epoch, and the history."""

import importlib
import logging
from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from leptonid.errors import DivergenceError
from leptonid.internals.keras import keras
from leptonid.tables.reader import CELLS, Events
from leptonid.train.batches import Batches
from leptonid.train.epochs import Epochs

logger = logging.getLogger(__name__)

# Events that are scored at once, at most, and bytes that a layer's output may take for them.
PREDICTION_BATCH = 2048
LARGEST_OUTPUT = 2**26
COLUMNS = ["epoch", "loss", "auc", "val_loss", "val_auc", "learning_rate"]


class _Keep(keras.callbacks.Callback):
    """Keep and log every epoch; to be the last callback, so that it sees what others did."""

    def __init__(self, epochs: Epochs):
        super().__init__()
        self.epochs = epochs

    def on_epoch_end(self, epoch: int, logs: Mapping | None = None) -> None:
        row = {"epoch": epoch + 1, **{name: float(logs[name]) for name in COLUMNS if name in logs}}
        logger.info("%s", ", ".join(f"{name} {value:.4g}" for name, value in row.items()))
        broken = [name for name in ("loss", "val_loss") if not np.isfinite(row[name])]
        if broken:
            raise DivergenceError(
                f"epoch {epoch + 1}: {broken[0]} is {row[broken[0]]}; take a smaller learning_rate"
            )
        self.epochs.keep(self.model, row, stopped=self.model.stop_training)


class _SeedDropout(keras.callbacks.Callback):
    """Seed dropout for every epoch, as a saved model does not contain its random state."""

    def __init__(self, seed: int):
        super().__init__()
        self.seed = seed

    def on_epoch_begin(self, epoch: int, logs: Mapping | None = None) -> None:
        dropouts = [layer for layer in self.model.layers if isinstance(layer, keras.layers.Dropout)]
        for number, layer in enumerate(dropouts):
            # Dropout of 0 has no seed generator.
            if layer.rate > 0:
                state = np.random.SeedSequence((self.seed, epoch, number)).generate_state(2)
                layer.seed_generator.state.assign(state)


class _Replay(keras.callbacks.Callback):
    """Replay earlier epochs to other callbacks, to restore their state at the time the job was killed."""

    def __init__(self, callbacks: Sequence[keras.callbacks.Callback], rows: Sequence[Mapping]):
        super().__init__()
        self.callbacks, self.rows = callbacks, rows

    def on_train_begin(self, logs: Mapping | None = None) -> None:
        if self.rows:
            self.model.optimizer.learning_rate = self.rows[0]["learning_rate"]
        for row in self.rows:
            for callback in self.callbacks:
                callback.on_epoch_end(row["epoch"] - 1, dict(row))


def compile_classifier(model: keras.Model, learning_rate: float) -> None:
    """Compile a network with Adam, binary cross-entropy and the AUC."""
    # XLA makes these networks slower on a CPU.
    model.compile(
        optimizer=keras.optimizers.Adam(learning_rate),
        loss="binary_crossentropy",
        weighted_metrics=[keras.metrics.AUC(name="auc")],
        jit_compile=False,
    )
    # TensorFlow traces a step twice if its first trace creates the optimizer's variables.
    model.optimizer.build(model.trainable_variables)


def train(
    model: keras.Model,
    training: Events,
    valid: Events,
    settings: Mapping,
    epochs: Epochs,
    callbacks: Sequence[keras.callbacks.Callback] = (),
    compiled: keras.Model | None = None,
) -> tuple[keras.Model, pd.DataFrame]:
    """Train a network with Adam and binary cross-entropy; return it after its best epoch, and the history.

    The best epoch has the lowest validation loss. The training ends when that has not improved for `patience`
    epochs; the learning rate is multiplied by `learning_rate_factor` when it has not improved for
    `learning_rate_patience` epochs (arXiv:2011.01984's code, EID train/training.py).

    Parameters
    ----------
    model
        An untrained network of `build_classifier`.
    settings
        `epochs`, `batch`, `patience`, `learning_rate`, `learning_rate_factor`, `learning_rate_patience`,
        `weights` (whether the events' weights are used), `seed` (of the order of events; `make_reproducible`
        seeds the weights and dropout).
    epochs
        Where each epoch is kept. Epochs of an earlier training that was cut off are not repeated; model and
        history are those of an uninterrupted training.
    callbacks
        More callbacks, called last.
    compiled
        A compiled network with the same layers, in which it is trained: TensorFlow compiles for a second
        before a first step. Of no use after an error.

    Returns
    -------
    model
        The network after its best epoch.
    history
        One row per epoch: `epoch`, `loss`, `auc`, `val_loss`, `val_auc`, `learning_rate`.

    Raises
    ------
    DivergenceError
        When the loss becomes NaN or infinite; the message names the epoch.
    """
    if compiled is None:
        compile_classifier(model, settings["learning_rate"])
    else:
        model = _renewed(compiled, model, settings["learning_rate"])
    done = len(epochs.rows)
    if done:
        logger.info("resuming after %d epochs", done)
        epochs.restore_last(model)
    if not epochs.stopped:
        schedule = [
            keras.callbacks.EarlyStopping(monitor="val_loss", patience=settings["patience"]),
            keras.callbacks.ReduceLROnPlateau(
                monitor="val_loss",
                factor=settings["learning_rate_factor"],
                patience=settings["learning_rate_patience"],
            ),
        ]
        model.fit(
            Batches(training, settings["batch"], settings["weights"], settings["seed"], first_epoch=done),
            validation_data=Batches(valid, prediction_batch(model, valid.most_cells), settings["weights"]),
            initial_epoch=done,
            epochs=settings["epochs"],
            callbacks=[
                *schedule,
                _SeedDropout(settings["seed"]),
                _Replay(schedule, list(epochs.rows)),
                _Keep(epochs),
                *callbacks,
            ],
            shuffle=False,
            verbose=0,
        )
    epochs.restore_best(model)
    return model, pd.DataFrame(epochs.rows)[COLUMNS]


def _renewed(compiled: keras.Model, untrained: keras.Model, learning_rate: float) -> keras.Model:
    """Return a compiled network with the weights of an untrained one, and as if never trained."""
    compiled.set_weights(untrained.get_weights())
    for variable in compiled.optimizer.variables:
        variable.assign(keras.ops.zeros_like(variable))
    compiled.optimizer.learning_rate = learning_rate
    return compiled


def predict(model: keras.Model, events: Events) -> np.ndarray:
    """Return the score of every event, (N,) float64 in [0, 1], 1 = signal.

    Batch by batch, as TensorFlow never frees a dataset that `model.predict` was given.
    """
    if takes_sets(model):
        events = events.as_sets()
    batches = Batches(events, prediction_batch(model, events.most_cells))
    scores = [model.predict_on_batch(batches[number][0])[:, 0] for number in range(len(batches))]
    return np.concatenate(scores).astype(np.float64)


def takes_sets(model: keras.Model) -> bool:
    """Return whether a network sees the cells of images as a set."""
    return CELLS in [value.name for value in model.inputs]


def prediction_batch(model: keras.Model, cells: int = 0) -> int:
    """Return how many events a network scores at once: fewer with many filters or cells, to fit into memory.

    `cells` is the largest number of cells in a set.
    """
    widest = max(
        np.prod([size or max(1, cells) for size in layer.output.shape[1:]]) for layer in model.layers
    )
    return int(np.clip(LARGEST_OUTPUT // (4 * widest), 1, PREDICTION_BATCH))


def restart_seed(seed: int, restart: int) -> int:
    """Return the seed of a training, or of its n-th restart: unlike any seed that a config names."""
    return int(np.random.SeedSequence((seed, restart)).generate_state(1)[0]) if restart else seed


def use_threads(threads: int) -> None:
    """Set the number of threads and allow float64; to be called before anything else.

    The number of threads decides the order of sums, and so the last digits of all results. JAX has no such
    setting.
    """
    backend = keras.backend.backend()
    library = importlib.import_module(backend)
    if backend == "tensorflow":
        library.config.threading.set_intra_op_parallelism_threads(threads)
        library.config.threading.set_inter_op_parallelism_threads(1)
    elif backend == "jax":
        library.config.update("jax_enable_x64", True)
    elif backend == "torch":
        library.set_num_threads(threads)


def make_reproducible(seed: int) -> None:
    """Seed all random numbers, and make TensorFlow, where it is the backend, deterministic."""
    keras.utils.set_random_seed(seed)
    if keras.backend.backend() == "tensorflow":
        import tensorflow as tf

        tf.config.experimental.enable_op_determinism()
