"""What networks of sets of cells share: the input taken apart, and the layers before and after the sum.

Deep sets: F(sum over cells of weight * Phi(cell)), which no order of the cells changes (Zaheer et al.,
arXiv:1703.06114; Komiske, Metodiev, Thaler, arXiv:1810.05165).
"""

from collections.abc import Mapping

from leptonid.internals.keras import keras
from leptonid.tables.reader import CELLS, FLAT
from leptonid.train.networks.dense import dense_layers, join
from leptonid.train.scaling import STANDARD

# Radians: about the spread of a shower's cells. Trainings with units from 0.02 to 0.1 were alike.
ANGLE = 0.1


def energies_and_places(inputs: Mapping, settings: Mapping) -> tuple[keras.KerasTensor, keras.KerasTensor]:
    """Return the energies of the cells, (events, cells, 1), and where they are, (events, cells, F - 1).

    That is eta and phi in units of `ANGLE`, or with mean 0 and deviation 1 where energies are scaled so, and
    the flags of all images but the first.
    """
    cells, scale, offset = inputs[CELLS], 1 / ANGLE, 0.0
    if settings["image_scaling"] == STANDARD:
        scale, offset = settings["standardisation"]["place"]
    angles = keras.layers.Rescaling(scale, offset, name="angles")(cells[:, :, 1:3])
    flags = [cells[:, :, 3:]] if cells.shape[2] > 3 else []
    return cells[:, :, :1], keras.ops.concatenate([angles, *flags], axis=2)


def hidden_of_sum(
    features: keras.KerasTensor,
    weights: keras.KerasTensor,
    inputs: Mapping[str, keras.KerasTensor],
    settings: Mapping,
    options: Mapping,
) -> keras.KerasTensor:
    """Return F of the sum of weights * Phi(features) over the cells, and of the flat variables.

    Phi is `phi_dense` layers of `phi_units` with ReLU, F is `dense` layers of `units`.

    Parameters
    ----------
    features : shape (events, cells, features)
    weights : shape (events, cells, 1)
        0 for the zeros that fill up a set: the biases of Phi would count otherwise.
    """
    for layer in range(1, settings["phi_dense"] + 1):
        dense = keras.layers.Dense(settings["phi_units"], activation="relu", name=f"phi_{layer}", **options)
        features = dense(features)
    # In float32, whatever the precision of the layers: a set can have many cells.
    summed = keras.ops.sum(weights * keras.ops.cast(features, "float32"), axis=1)
    flat = [inputs[FLAT]] if FLAT in inputs else []
    return dense_layers(join([summed, *flat], options), settings, options)
