"""Particle Flow Networks: any function of a set of cells (arXiv:1810.05165; arXiv:2102.02278, section IV)."""

from collections.abc import Mapping

from leptonid.internals.keras import keras
from leptonid.train.networks.scaling import scaled_image
from leptonid.train.networks.sets import energies_and_places, hidden_of_sum


def last_hidden(inputs: Mapping[str, keras.KerasTensor], settings: Mapping, options: Mapping):
    """Return F of the sum of Phi(energy, eta, phi) over the cells, see `leptonid.train.networks`."""
    energy, place = energies_and_places(inputs, settings)
    scaled = scaled_image(energy, "energy", settings)
    filled = keras.ops.cast(keras.ops.not_equal(energy, 0), "float32")
    features = keras.ops.concatenate([scaled, place], axis=2)
    return hidden_of_sum(features, filled, inputs, settings, options)
