"""Convolutional networks: a tower per image, joined with the flat variables (arXiv:2011.01984, section V)."""

from collections.abc import Mapping

from leptonid.internals.keras import keras
from leptonid.tables.reader import FLAT
from leptonid.train.networks.dense import dense_layers, join

# Of a block, as in both papers' networks by their numbers of parameters (arXiv:2102.02278 has 3 in its text).
CONVOLUTIONS = 2


def last_hidden(inputs: Mapping[str, keras.KerasTensor], settings: Mapping, options: Mapping):
    """Return dense layers after towers of images and flat variables, see `leptonid.train.networks`."""
    features = [
        values if name == FLAT else tower(values, name, settings, options) for name, values in inputs.items()
    ]
    return dense_layers(join(features, options), settings, options)


def tower(image: keras.KerasTensor, name: str, settings: Mapping, options: Mapping) -> keras.KerasTensor:
    """Return the features of one image, (events, F), from `blocks`.

    A block is `convolutions`, by default two, of 3 x 3 with `filters` and ReLU, and a 2 x 2 pooling (padding
    "same").
    """
    dtype = options["dtype"]
    for block in range(1, settings["blocks"] + 1):
        for layer in range(1, settings.get("convolutions", CONVOLUTIONS) + 1):
            convolution = keras.layers.Conv2D(
                settings["filters"],
                3,
                padding="same",
                activation="relu",
                name=f"{name}_conv_{block}_{layer}",
                **options,
            )
            image = convolution(image)
        image = keras.layers.MaxPooling2D(2, padding="same", name=f"{name}_pool_{block}", dtype=dtype)(image)
    return keras.layers.Flatten(name=f"{name}_flat", dtype=dtype)(image)
