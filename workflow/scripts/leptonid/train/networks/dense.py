"""Dense networks of flat variables (arXiv:2011.01984, section V and table V)."""

from collections.abc import Mapping

from leptonid.internals.keras import keras


def last_hidden(inputs: Mapping[str, keras.KerasTensor], settings: Mapping, options: Mapping):
    """Return `dense` layers of `units` after the joined inputs, see `leptonid.train.networks`."""
    return dense_layers(join(list(inputs.values()), options), settings, options)


def join(features: list[keras.KerasTensor], options: Mapping) -> keras.KerasTensor:
    """Return tensors (events, ...) side by side."""
    if len(features) == 1:
        return features[0]
    return keras.layers.Concatenate(name="features", dtype=options["dtype"])(features)


def dense_layers(hidden: keras.KerasTensor, settings: Mapping, options: Mapping) -> keras.KerasTensor:
    """Return the output of `dense` layers of `units` with ReLU, with `dropout` after all but the last.

    Dropout as in the published code (EID train/utils.py). With `batch_normalisation`, that comes before each
    ReLU (Ioffe, Szegedy, arXiv:1502.03167).
    """
    normalised, dtype = settings.get("batch_normalisation", False), options["dtype"]
    for layer in range(1, settings["dense"] + 1):
        activation = None if normalised else "relu"
        dense = keras.layers.Dense(settings["units"], activation=activation, name=f"dense_{layer}", **options)
        hidden = dense(hidden)
        if normalised:
            hidden = keras.layers.BatchNormalization(name=f"normalised_{layer}", dtype=dtype)(hidden)
            hidden = keras.layers.ReLU(name=f"relu_{layer}", dtype=dtype)(hidden)
        if layer < settings["dense"]:
            name = f"dropout_{layer}"
            hidden = keras.layers.Dropout(settings["dropout"], name=name, dtype=dtype)(hidden)
    return hidden
