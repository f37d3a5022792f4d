"""The networks of arXiv:2011.01984, section V: convolutional towers for images, dense layers for the rest."""

from collections.abc import Callable, Mapping

import keras
import numpy as np

from leptonid.errors import InputError
from leptonid.train.inputs import FLAT

# How pixels enter the network. The published scaling is not known (the paper does not state it, its code
# is not public), so it is a choice; all keep empty cells at 0, and all are part of the saved model.
IMAGE_SCALINGS: dict[str, Callable] = {
    "none": lambda image: image,
    "log": lambda image: keras.ops.log1p(image),
    "sum": lambda image: keras.ops.divide_no_nan(image, keras.ops.sum(image, axis=(1, 2, 3), keepdims=True)),
}


# Scalings that make no sense of negative pixels.
NEEDS_POSITIVE = ("log", "sum")


def build_classifier(
    samples: Mapping[str, np.ndarray],
    weight: np.ndarray,
    network: Mapping,
    image_scaling: str,
) -> keras.Model:
    """Return an untrained binary classifier for raw inputs: all scaling is inside the model.

    Each image has a tower of `blocks`: two 3x3 convolutions with `filters` and ReLU, and a 2x2 pooling
    (padding "same"). The towers are flattened and joined with the standardised flat inputs; then come
    `dense` layers of `units` with ReLU, dropout after all but the last, and one sigmoid
    (arXiv:2011.01984, section V and table V; dropout as in its code, EID train/utils.py).

    Parameters
    ----------
    samples
        The training split: `et`, `ht` images (N, size, size, 1) and `flat` variables (N, F), those that
        there are. The mean and spread of `flat`, weighted, are stored in the model.
    weight
        Weights of the training events, (N,).
    network
        `dense`, `units`, `dropout`, and for images `blocks`, `filters`.
    image_scaling
        A key of `IMAGE_SCALINGS`.

    Raises
    ------
    InputError
        If pixels are negative and the scaling is one of `NEEDS_POSITIVE`.
    """
    inputs, towers = {}, []
    for name, values in samples.items():
        if name == FLAT:
            inputs[name] = keras.Input(values.shape[1:], name=name, dtype="float64")
            towers.append(_standardisation(values, weight)(inputs[name]))
        else:
            if image_scaling in NEEDS_POSITIVE and values.min() < 0:
                raise InputError(
                    f"train.image_scaling: {image_scaling} needs pixels >= 0, and {name} has negative ones; "
                    "take none"
                )
            inputs[name] = keras.Input(values.shape[1:], name=name)
            scaled = IMAGE_SCALINGS[image_scaling](inputs[name])
            towers.append(_tower(scaled, name, network["blocks"], network["filters"]))
    hidden = keras.layers.Concatenate(name="features")(towers) if len(towers) > 1 else towers[0]
    for layer in range(1, network["dense"] + 1):
        hidden = keras.layers.Dense(network["units"], activation="relu", name=f"dense_{layer}")(hidden)
        if layer < network["dense"]:
            hidden = keras.layers.Dropout(network["dropout"], name=f"dropout_{layer}")(hidden)
    score = keras.layers.Dense(1, activation="sigmoid", name="score")(hidden)
    return keras.Model(inputs, score)


def _tower(image, name: str, blocks: int, filters: int):
    for block in range(1, blocks + 1):
        for layer in (1, 2):
            image = keras.layers.Conv2D(
                filters, 3, padding="same", activation="relu", name=f"{name}_conv_{block}_{layer}"
            )(image)
        image = keras.layers.MaxPooling2D(2, padding="same", name=f"{name}_pool_{block}")(image)
    return keras.layers.Flatten(name=f"{name}_flat")(image)


def _standardisation(values: np.ndarray, weight: np.ndarray) -> keras.layers.Layer:
    """Return a layer that takes the mean from each variable and divides by its spread, in float64.

    EFPs range over 40 orders of magnitude, which `keras.layers.Normalization` (float32, spreads below
    1e-7 cut off) cannot hold. A constant variable becomes 0.
    """
    magnitude = np.abs(values).max(axis=0)
    magnitude[magnitude == 0] = 1
    scaled = values / magnitude
    mean = np.average(scaled, axis=0, weights=weight)
    spread = np.sqrt(np.average((scaled - mean) ** 2, axis=0, weights=weight))
    constant = spread <= 1e-12 * np.abs(mean)
    scale = np.where(constant, 0, 1 / np.where(constant, 1, spread))
    # As arrays, which keep float64; from lists Keras would make float32.
    return keras.layers.Rescaling(scale / magnitude, -mean * scale, dtype="float64", name="standardised")
