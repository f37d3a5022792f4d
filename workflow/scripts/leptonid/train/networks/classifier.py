"""Binary classifiers for raw inputs: all scaling is inside the model."""

from collections.abc import Mapping, Sequence

import numpy as np

from leptonid.errors import InputError
from leptonid.internals.keras import keras
from leptonid.study.classifiers import NEEDS_POSITIVE
from leptonid.tables.cells import SparseImages
from leptonid.tables.reader import CELLS, FLAT
from leptonid.train.networks import cnn, dense, efn, pfn
from leptonid.train.networks.scaling import apply_scaling, scaled_image
from leptonid.train.scaling import Part

KINDS = {"dense": dense, "cnn": cnn, "pfn": pfn, "efn": efn}


def build_classifier(
    shapes: Mapping[str, tuple[int, ...]],
    settings: Mapping,
    scaling: Sequence[Part] = (),
    precision: str = "float32",
    standardisation: Mapping[str, tuple[np.ndarray, np.ndarray]] | None = None,
) -> keras.Model:
    """Return an untrained binary classifier with one sigmoid, the layer `score`, at its end.

    Parameters
    ----------
    shapes
        Shape of one event of every input, see `leptonid.tables.reader.Events.shapes`: images (rows, columns,
        1) by name or a set of cells (None, F) as `cells`, and the flat variables (F,) as `flat`.
    settings
        `kind`, a key of `KINDS`, and what that needs; for images and cells, `image_scaling`; for images,
        `image_pixels`: `file`, or `cells` for sums of the pixels of a cell, with the images' `layout`;
        `initialisation`, a Keras initializer: `glorot_uniform` as in the published code, `orthogonal` as in
        the paper's text. Each layer draws its own weights from the seed of `make_reproducible`.
    scaling
        Of the flat variables, see `leptonid.train.scaling`. By default they are scaled already; their type is
        then float32 rather than float64.
    precision
        A Keras dtype policy, `float32` or `mixed_bfloat16`: the numbers that layers compute with. Weights
        stay float32 and the scaling of flat variables float64.
    standardisation
        Of images or cells with `image_scaling` STANDARD, see `leptonid.train.scaling.fit_image_scaling`.
    """
    settings = {**settings, "standardisation": standardisation}
    inputs, prepared = {}, {}
    for name, shape in shapes.items():
        if name == FLAT:
            inputs[name] = keras.Input(shape, name=name, dtype="float64" if scaling else "float32")
            prepared[name] = apply_scaling(scaling, inputs[name]) if scaling else inputs[name]
        elif name == CELLS:
            inputs[name] = prepared[name] = keras.Input(shape, name=name)
        else:
            inputs[name] = keras.Input(shape, name=name)
            cells = _cells(inputs[name], name, settings)
            prepared[name] = scaled_image(cells, name, settings)
    initialisation = settings["initialisation"]
    options = {"kernel_initializer": initialisation, "dtype": precision}
    hidden = KINDS[settings["kind"]].last_hidden(prepared, settings, options)
    score = keras.layers.Dense(1, activation="sigmoid", name="score", **{**options, "dtype": "float32"})
    # A fixed name: Keras would number models, and the files of a resumed training would differ.
    return keras.Model(inputs, score(hidden), name="classifier")


def _cells(image: keras.KerasTensor, name: str, settings: Mapping) -> keras.KerasTensor:
    """Return an image with one number per calorimeter cell, the sum of its pixels, if the settings say so."""
    side = settings["layout"]["images"][name]["pixels_per_cell"] if settings["image_pixels"] == "cells" else 1
    if side == 1:
        return image
    mean = keras.layers.AveragePooling2D(side, name=f"{name}_cells")(image)
    return keras.layers.Rescaling(side**2, name=f"{name}_sums")(mean)


def check_pixels(images: Mapping[str, SparseImages], image_scaling: str) -> None:
    """Check that an image scaling can take the pixels of some images.

    Raises
    ------
    InputError
        If pixels are negative and the scaling is one of `NEEDS_POSITIVE`.
    """
    for name, sparse in images.items():
        if image_scaling in NEEDS_POSITIVE and len(sparse.energy) and sparse.energy.min() < 0:
            raise InputError(
                f"train.image_scaling: {image_scaling} needs pixels >= 0, and {name} has negative ones; "
                "take none"
            )
