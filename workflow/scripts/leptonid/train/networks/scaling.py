"""The scaling of images and flat variables as layers of a network, of operations that ONNX has."""

from collections.abc import Callable, Mapping, Sequence

import numpy as np

from leptonid.internals.keras import keras
from leptonid.train.scaling import KNOTS, STANDARD, Part

# How the energies of pixels, or of the cells of a set, enter the network, unless this is STANDARD, which is
# fitted. That of arXiv:2011.01984 is not known (the paper does not say, its code is not public), so it is
# a choice. All of these keep empty cells at 0, and all are part of the saved model.
IMAGE_SCALINGS: dict[str, Callable] = {
    "none": lambda energy: energy,
    # Not log1p, which converters to ONNX do not know.
    "log": lambda energy: keras.ops.log(1 + energy),
    "sum": lambda energy: keras.ops.divide_no_nan(
        energy, keras.ops.sum(energy, axis=tuple(range(1, len(energy.shape))), keepdims=True)
    ),
}


def scaled_image(image: keras.KerasTensor, name: str, settings: Mapping) -> keras.KerasTensor:
    """Return an image as a network sees it; see `leptonid.train.scaling.fit_image_scaling`."""
    if settings["image_scaling"] == STANDARD:
        return keras.layers.Rescaling(*settings["standardisation"][name], name=f"{name}_standardised")(image)
    return IMAGE_SCALINGS[settings["image_scaling"]](image)


def apply_scaling(parts: Sequence[Part], flat: keras.KerasTensor) -> keras.KerasTensor:
    """Return the scaled variables, (events, F): what `leptonid.train.scaling.scaled` gives, in float64."""
    results = []
    for part in parts:
        values = flat if len(parts) == 1 else keras.ops.take(flat, part.columns, axis=1)
        results.append(_quantiles(part, values) if part.kind == "quantile" else _standardised(part, values))
    if len(parts) == 1:
        return results[0]
    return keras.layers.Concatenate(name="scaled", dtype="float64")(results)


def _standardised(part: Part, values: keras.KerasTensor) -> keras.KerasTensor:
    if part.kind == "log":
        relative = _rescaling(1 / part.unit, -part.centre / part.unit, "relative")(values)
        # Not log1p, which converters to ONNX do not know.
        values = keras.ops.sign(relative) * keras.ops.log(1 + keras.ops.abs(relative))
    name = "standardised" if part.kind == "standard" else "logarithms"
    return _rescaling(part.scale, part.offset, name)(values)


def _rescaling(scale: np.ndarray, offset: np.ndarray, name: str) -> keras.layers.Layer:
    # As arrays, which keep float64; from lists Keras would make float32.
    return keras.layers.Rescaling(scale, offset, dtype="float64", name=name)


def _quantiles(part: Part, values: keras.KerasTensor) -> keras.KerasTensor:
    """Return the normal quantiles: a binary search for the last edge that is not above a value."""
    edge = _table(part.edges, "edges")
    line = _table(np.stack([part.quantiles, slopes(part)], axis=-1), "lines")
    last = part.edges.max(axis=1, where=part.edges < np.inf, initial=-np.inf)
    values = keras.ops.maximum(keras.ops.minimum(values, last), part.edges[:, 0])
    place = keras.ops.zeros_like(values, dtype="int32") + (np.arange(len(last)) * KNOTS).astype(np.int32)
    step = KNOTS // 2
    while step:
        reached = keras.ops.cast(edge(place + step)[..., 0] <= values, "int32")
        place = place + step * reached
        step //= 2
    quantile = line(place)
    return quantile[..., 0] + (values - edge(place)[..., 0]) * quantile[..., 1]


def slopes(part: Part) -> np.ndarray:
    """Return the slopes of a quantile scaling after each of its edges, (C, KNOTS): 0 after the last."""
    rises = np.diff(part.quantiles, axis=1)
    used = part.edges[:, 1:] < np.inf
    widths = np.subtract(part.edges[:, 1:], part.edges[:, :-1], where=used, out=np.ones_like(rises))
    return np.pad(np.where(used, rises / widths, 0), ((0, 0), (0, 1)))


def _table(values: np.ndarray, name: str) -> keras.layers.Layer:
    """Return a layer that looks up the rows of a table, (C, KNOTS) or (C, KNOTS, M), one after the other."""
    table = values.reshape(values.shape[0] * values.shape[1], -1)
    return keras.layers.Embedding(
        *table.shape, weights=table, trainable=False, dtype="float64", name=f"quantile_{name}"
    )
