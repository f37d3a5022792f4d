"""The built-in simulations, one for each layout that `leptonid.study.simulations` names."""

from collections.abc import Mapping

from leptonid.data.simulation.chunks import Settings, Simulation
from leptonid.data.simulation.electrons.chunks import SIMULATION as ELECTRONS
from leptonid.data.simulation.muons.chunks import SIMULATION as MUONS

SIMULATIONS = {"electrons": ELECTRONS, "muons": MUONS}


def simulation_of(settings: Mapping) -> tuple[Simulation, Settings]:
    """Return the simulation that the `layout` among the settings of a program names, and its own settings.

    Raises
    ------
    InputError
        As of `Settings.from_settings`.
    """
    simulation = SIMULATIONS[settings["layout"]]
    own = {key: value for key, value in settings.items() if key != "layout"}
    return simulation, simulation.settings.from_settings(own)
