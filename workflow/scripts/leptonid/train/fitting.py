"""From events to the files of a trained network: training with restarts, scores, metrics, export."""

import argparse
import logging
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from pathlib import Path

import numpy as np
import pandas as pd

from leptonid.internals.keras import keras
from leptonid.metrics.auc import is_chance
from leptonid.study.classifiers import NETWORK_KINDS
from leptonid.tables.files import atomic_write, write_json, write_text
from leptonid.tables.reader import FLAT, Events
from leptonid.tables.scores import write_scores
from leptonid.train.epochs import Epochs, training_key
from leptonid.train.export import export_onnx
from leptonid.train.networks.classifier import build_classifier, check_pixels
from leptonid.train.precision import usable_precision
from leptonid.train.results import aucs
from leptonid.train.scaling import fit_image_scaling, fit_scaling, scaled
from leptonid.train.training import compile_classifier, make_reproducible, predict, restart_seed, train
from leptonid.train.weights import with_training_weights

logger = logging.getLogger(__name__)

# It warns for every new network that its functions are traced again.
logging.getLogger("tensorflow").setLevel(logging.ERROR)


@dataclass(frozen=True)
class Files:
    """Paths of a training's results; the folder `{model}.epochs` keeps its epochs until all are written."""

    model: str
    onnx: str
    history: str
    scores: str
    metrics: str

    @staticmethod
    def add_options(parser: argparse.ArgumentParser) -> None:
        """Add the options that name the files: --model, --onnx, --history, --scores, --metrics."""
        parser.add_argument(
            "--model",
            required=True,
            help="trained model (.keras); the folder {name}.epochs beside it keeps finished epochs until the "
            "training is complete",
        )
        parser.add_argument("--onnx", required=True, help="the same model as ONNX")
        parser.add_argument("--history", required=True, help="one row per epoch (CSV)")
        parser.add_argument("--scores", required=True, help="scores of all events (Feather)")
        parser.add_argument("--metrics", required=True, help="AUCs and facts of the training (JSON)")

    @classmethod
    def of(cls, arguments: argparse.Namespace) -> "Files":
        """Return the files of parsed options."""
        return cls(*(getattr(arguments, entry.name) for entry in fields(cls)))


@dataclass(frozen=True)
class Fit:
    """A trained network, its history, its scores per role, its seed, and the number of restarts."""

    model: keras.Model
    history: pd.DataFrame
    scores: Mapping[str, np.ndarray]
    seed: int
    restarts: int


def train_to_files(
    events: Mapping[str, Events],
    data: str,
    description: Mapping,
    settings: Mapping,
    threads: int,
    files: Files,
) -> None:
    """Train a network and write its files; a training that was cut off resumes after its last epoch.

    Parameters
    ----------
    events
        Events per role: `train`, `valid`, and others to score.
    data
        Fingerprint of the files that the events were read from, see `training_key`.
    description
        Of the inputs, for metrics.json: `inputs` and `coordinates` as of `Inputs.describe`, and `layout`.
    settings
        As for `fit_classifier`, and `precision`.
    threads
        Number of threads, which decides the last digits.

    Raises
    ------
    InputError
        If the image scaling cannot take negative pixels.
    DivergenceError
        When the loss becomes NaN or infinite.
    """
    precision = usable_precision(settings["precision"])
    folder = Path(files.model).with_suffix(".epochs")
    key = training_key(data, settings, precision, threads)
    fit = fit_classifier(events, settings, precision, folder, key)
    facts = {name: description[name] for name in ("inputs", "coordinates")}
    facts["image_scaling"] = settings["image_scaling"]
    metrics = {
        "model": "network",
        "kind": settings["kind"],
        **facts,
        "layout": description["layout"],
        "parameters": trained_parameters(fit.model),
        "precision": precision,
        "seed": fit.seed,
        "restarts": fit.restarts,
        "epochs": len(fit.history),
        "best_epoch": int(fit.history["epoch"][fit.history["val_loss"].idxmin()]),
        **aucs(events, fit.scores),
    }
    with atomic_write(files.model) as temporary:
        fit.model.save(temporary)
    export_onnx(fit.model, files.onnx, facts)
    write_text(fit.history.to_csv(index=False), files.history)
    write_scores(events, fit.scores, files.scores)
    write_json(metrics, files.metrics)
    shutil.rmtree(folder)
    logger.info("AUC: %s", metrics["auc"])


def fit_classifier(
    events: Mapping[str, Events],
    settings: Mapping,
    precision: str,
    folder: str | Path,
    key: str,
    compiled: keras.Model | None = None,
) -> Fit:
    """Train a network, with other seeds up to `restarts` times while it learns nothing, and score all events.

    Parameters
    ----------
    settings
        As for `fit_network`, and `restarts`.
    folder, key
        Where the epochs of each start are kept, and what tells this training from others.
    compiled
        As for `fit_network`.
    """
    for restart in range(settings["restarts"] + 1):
        seed = restart_seed(settings["seed"], restart)
        epochs = Epochs(Path(folder) / str(restart), key)
        seeded = {**settings, "seed": seed}
        model, history = fit_network(
            events["train"], events["valid"], seeded, precision, epochs, (), compiled
        )
        scores = {role: predict(model, some) for role, some in events.items()}
        if not is_chance(events["valid"].y, scores["valid"], events["valid"].weight):
            break
        logger.warning("dead: validation AUC consistent with 0.5")
    return Fit(model, history, scores, seed, restart)


def fit_network(
    training: Events,
    valid: Events,
    settings: Mapping,
    precision: str,
    epochs: Epochs,
    callbacks: Sequence[keras.callbacks.Callback] = (),
    compiled: keras.Model | None = None,
) -> tuple[keras.Model, pd.DataFrame]:
    """Train a network from its seed; return it, in float32 and without its optimizer, and the history.

    Parameters
    ----------
    settings
        As for `train` and `build_classifier`; `negative_weights` as for `with_training_weights`; `scaling`,
        the kind of all flat variables, or of each, as for `leptonid.train.scaling`.
    precision
        What it is trained with, as for `build_classifier`.
    epochs, callbacks, compiled
        As for `train`.

    Raises
    ------
    InputError
        If the image scaling cannot take negative pixels, or as of `with_training_weights`.
    """
    check_pixels(training.images, settings["image_scaling"])
    training, valid = (_as_seen(some, settings) for some in (training, valid))
    make_reproducible(settings["seed"])
    shapes = training.shapes
    scaling = fit_scaling(training.flat, training.weight, settings["scaling"]) if FLAT in shapes else ()
    if scaling:
        # Once, rather than in every step.
        training, valid = (some.with_flat(scaled(scaling, some.flat)) for some in (training, valid))
    images = fit_image_scaling(training, settings)
    model = build_classifier(shapes, settings, precision=precision, standardisation=images)
    logger.info(
        "%s; %d parameters; %d training events; %s; seed %d",
        ", ".join(f"{name} {shape}" for name, shape in shapes.items()),
        trained_parameters(model), len(training), precision, settings["seed"],
    )  # fmt: skip
    trained, history = train(model, training, valid, settings, epochs, callbacks, compiled)
    final = build_classifier(shapes, settings, scaling, standardisation=images)
    for layer in trained.layers:
        final.get_layer(layer.name).set_weights(layer.get_weights())
    return final, history


def _as_seen(events: Events, settings: Mapping) -> Events:
    """Return events with the weights of a training, as sets if its network is one of sets."""
    events = with_training_weights(events, settings["weights"], settings["negative_weights"])
    return events.as_sets() if NETWORK_KINDS[settings["kind"]]["sets"] else events


def compiled_network(training: Events, settings: Mapping, precision: str) -> keras.Model:
    """Return a compiled network with the shapes of events, in which `fit_network` can train many times."""
    training = _as_seen(training, settings)
    images = fit_image_scaling(training, settings)
    model = build_classifier(training.shapes, settings, precision=precision, standardisation=images)
    compile_classifier(model, settings["learning_rate"])
    return model


def trained_parameters(model: keras.Model) -> int:
    """Return the number of parameters that the training fits."""
    return sum(int(np.prod(weight.shape)) for weight in model.trainable_weights)
