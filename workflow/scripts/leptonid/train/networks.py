"""The networks of arXiv:2011.01984, section V: convolutional towers for images, dense layers for the rest."""

from collections.abc import Callable, Mapping

import keras
import numpy as np

from leptonid.errors import InputError
from leptonid.train.inputs import FLAT
from leptonid.train.standardisation import standardisation

# How pixels enter the network. The published scaling is not known (the paper does not state it, its code
# is not public), so it is a choice; all keep empty cells at 0, and all are part of the saved model.
IMAGE_SCALINGS: dict[str, Callable] = {
    "none": lambda image: image,
    # Not log1p, which converters to ONNX do not know.
    "log": lambda image: keras.ops.log(1 + image),
    "sum": lambda image: keras.ops.divide_no_nan(image, keras.ops.sum(image, axis=(1, 2, 3), keepdims=True)),
}


# Scalings that make no sense of negative pixels.
NEEDS_POSITIVE = ("log", "sum")


def build_classifier(
    samples: Mapping[str, np.ndarray],
    weight: np.ndarray,
    network: Mapping,
    image_scaling: str,
    initialisation: str = "glorot_uniform",
    precision: str = "float32",
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
    initialisation
        How weights begin, a Keras initializer: `glorot_uniform` as in the published code, `orthogonal` as in
        the paper's text. Each layer draws its own from the seed of `make_reproducible`.
    precision
        A Keras dtype policy, `float32` or `mixed_bfloat16`: numbers that layers compute with. Weights stay
        float32 and the standardisation float64.

    Raises
    ------
    InputError
        If pixels are negative and the scaling is one of `NEEDS_POSITIVE`.
    """
    shared = {"kernel_initializer": initialisation, "dtype": precision}
    inputs, towers = {}, []
    for name, values in samples.items():
        if name == FLAT:
            inputs[name] = keras.Input(values.shape[1:], name=name, dtype="float64")
            scale, offset = standardisation(values, weight)
            # As arrays, which keep float64; from lists Keras would make float32.
            rescaling = keras.layers.Rescaling(scale, offset, dtype="float64", name="standardised")
            towers.append(rescaling(inputs[name]))
        else:
            if image_scaling in NEEDS_POSITIVE and values.min() < 0:
                raise InputError(
                    f"train.image_scaling: {image_scaling} needs pixels >= 0, and {name} has negative ones; "
                    "take none"
                )
            inputs[name] = keras.Input(values.shape[1:], name=name)
            scaled = IMAGE_SCALINGS[image_scaling](inputs[name])
            towers.append(_tower(scaled, name, network["blocks"], network["filters"], shared))
    join = keras.layers.Concatenate(name="features", dtype=precision)
    hidden = join(towers) if len(towers) > 1 else towers[0]
    for layer in range(1, network["dense"] + 1):
        dense = keras.layers.Dense(network["units"], activation="relu", name=f"dense_{layer}", **shared)
        hidden = dense(hidden)
        if layer < network["dense"]:
            dropout = keras.layers.Dropout(network["dropout"], name=f"dropout_{layer}", dtype=precision)
            hidden = dropout(hidden)
    score = keras.layers.Dense(1, activation="sigmoid", name="score", **{**shared, "dtype": "float32"})
    # With a name of its own; Keras would count, and the files of a training that went on would differ.
    return keras.Model(inputs, score(hidden), name="classifier")


def _tower(image, name: str, blocks: int, filters: int, shared: Mapping):
    precision = shared["dtype"]
    for block in range(1, blocks + 1):
        for layer in (1, 2):
            convolution = keras.layers.Conv2D(
                filters, 3, padding="same", activation="relu", name=f"{name}_conv_{block}_{layer}", **shared
            )
            image = convolution(image)
        pool = keras.layers.MaxPooling2D(2, padding="same", name=f"{name}_pool_{block}", dtype=precision)
        image = pool(image)
    return keras.layers.Flatten(name=f"{name}_flat", dtype=precision)(image)
