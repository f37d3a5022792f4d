"""Energy Flow Networks: infrared and collinear safe functions of a set of cells (arXiv:1810.05165)."""

from collections.abc import Mapping

from leptonid.internals.keras import keras
from leptonid.train.networks.scaling import IMAGE_SCALINGS
from leptonid.train.networks.sets import energies_and_places, hidden_of_sum
from leptonid.train.scaling import STANDARD


def last_hidden(inputs: Mapping[str, keras.KerasTensor], settings: Mapping, options: Mapping):
    """Return F of the sum of z Phi(eta, phi) over the cells, see `leptonid.train.networks`.

    z is proportional to the energy of a cell, as safety asks for: the energy itself (`image_scaling`: none),
    its fraction of the sum E of all cells (sum), that fraction times log(1 + E) (log), or the energy over its
    standard deviation (standard).
    """
    energy, place = energies_and_places(inputs, settings)
    scaling = settings["image_scaling"]
    if scaling == STANDARD:
        z = keras.layers.Rescaling(settings["standardisation"]["energy"][0], name="weights")(energy)
    else:
        z = energy if scaling == "none" else IMAGE_SCALINGS["sum"](energy)
    if scaling == "log":
        z = z * IMAGE_SCALINGS["log"](keras.ops.sum(energy, axis=1, keepdims=True))
    return hidden_of_sum(place, z, inputs, settings, options)
