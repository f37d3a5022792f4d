"""A network from its samples to its files: trained, begun again where it dies, scored and measured."""

import logging
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import keras
import numpy as np
import pandas as pd

from leptonid.storage import replacing, write_feather, write_json, write_text
from leptonid.train.epochs import Epochs, training_key
from leptonid.train.export import export_onnx
from leptonid.train.inputs import Sample
from leptonid.train.metrics import is_chance
from leptonid.train.networks import build_classifier
from leptonid.train.precision import usable_precision
from leptonid.train.results import aucs, score_table
from leptonid.train.training import make_reproducible, predict, restart_seed, train

logger = logging.getLogger(__name__)

# It warns of every new network that its functions are traced again.
logging.getLogger("tensorflow").setLevel(logging.ERROR)


@dataclass(frozen=True)
class Files:
    """The paths of what a training leaves; a folder `{model}.epochs` keeps what is done until all is."""

    model: str
    onnx: str
    history: str
    scores: str
    metrics: str


@dataclass(frozen=True)
class Fit:
    """A trained network, its history, its scores per role, its seed, and how often it was begun again."""

    model: keras.Model
    history: pd.DataFrame
    scores: Mapping[str, np.ndarray]
    seed: int
    restarts: int


def train_to_files(
    samples: Mapping[str, Sample],
    description: Mapping,
    settings: Mapping,
    threads: int,
    files: Files,
) -> None:
    """Train a network and write its files; a training that was cut off goes on after its last epoch.

    Parameters
    ----------
    samples
        Events per role: `train`, `valid`, and others to score.
    description
        Of the inputs, as from `leptonid.train.inputs.described`; to be written down.
    settings
        As for `fit_classifier`, and `precision`.
    threads
        How many there are, as they decide the last digits.

    Raises
    ------
    DivergenceError
        When the loss is not finite.
    """
    precision = usable_precision(settings["precision"])
    folder = Path(files.model).with_suffix(".epochs")
    key = training_key(samples.values(), settings, precision, threads)
    fit = fit_classifier(samples, settings, precision, folder, key)
    facts = {**description, "image_scaling": settings["image_scaling"]}
    metrics = {
        "model": "network",
        **facts,
        "parameters": fit.model.count_params(),
        "precision": precision,
        "seed": fit.seed,
        "restarts": fit.restarts,
        "epochs": len(fit.history),
        "best_epoch": int(fit.history["epoch"][fit.history["val_loss"].idxmin()]),
        **aucs(samples, fit.scores),
    }
    with replacing(files.model) as temporary:
        fit.model.save(temporary)
    export_onnx(fit.model, files.onnx, facts)
    write_text(fit.history.to_csv(index=False), files.history)
    write_feather(score_table(samples, fit.scores), files.scores)
    write_json(metrics, files.metrics)
    shutil.rmtree(folder)
    logger.info("AUC: %s", metrics["auc"])


def fit_classifier(
    samples: Mapping[str, Sample], settings: Mapping, precision: str, folder: str | Path, key: str
) -> Fit:
    """Train a network, with other seeds up to `restarts` times where it dies, and score all samples.

    Parameters
    ----------
    settings
        As for `fit_network`, and `restarts`.
    folder, key
        Where the epochs of each beginning are kept, and what tells this training from others.
    """
    for restart in range(settings["restarts"] + 1):
        seed = restart_seed(settings["seed"], restart)
        epochs = Epochs(Path(folder) / str(restart), key)
        seeded = {**settings, "seed": seed}
        model, history = fit_network(samples["train"], samples["valid"], seeded, precision, epochs)
        scores = {role: predict(model, sample) for role, sample in samples.items()}
        if not is_chance(samples["valid"].y, scores["valid"]):
            break
        logger.warning("dead: the validation events are told apart no better than by chance")
    return Fit(model, history, scores, seed, restart)


def fit_network(
    training: Sample,
    valid: Sample,
    settings: Mapping,
    precision: str,
    epochs: Epochs,
    callbacks: Sequence[keras.callbacks.Callback] = (),
) -> tuple[keras.Model, pd.DataFrame]:
    """Train a network from its seed; return it, in float32 and without its optimizer, and the history.

    Parameters
    ----------
    settings
        As for `train` and the network of `build_classifier`, with `image_scaling` and `initialisation`.
    precision
        What it is trained with, as for `build_classifier`.
    epochs, callbacks
        As for `train`.
    """
    make_reproducible(settings["seed"])

    def network(precision: str) -> keras.Model:
        scaling, initialisation = settings["image_scaling"], settings["initialisation"]
        return build_classifier(training.x, training.weight, settings, scaling, initialisation, precision)

    model = network(precision)
    logger.info(
        "%s; %d parameters; %d training events; %s; seed %d",
        ", ".join(f"{name} {values.shape[1:]}" for name, values in training.x.items()),
        model.count_params(), len(training.y), precision, settings["seed"],
    )  # fmt: skip
    trained, history = train(model, training, valid, settings, epochs, callbacks)
    final = network("float32")
    final.set_weights(trained.get_weights())
    return final, history


def forget_networks() -> None:
    """Free the memory of earlier networks, where one after another is trained.

    For each of them TensorFlow registers the gradient of a sum over devices, which it never takes off again
    and which holds on to the graph and to all weights.
    """
    if keras.backend.backend() == "tensorflow":
        from tensorflow.python.framework import ops

        registered = ops.gradient_registry._registry
        for name in [name for name in registered if name.startswith("CustomGradient-")]:
            del registered[name]
    keras.utils.clear_session()
