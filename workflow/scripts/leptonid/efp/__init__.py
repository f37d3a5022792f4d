"""Energy Flow Polynomials of events: graphs, values, duplicates, drawings.

`leptonid.efp.compute(events, graphs, kappas, betas)` is all that other code needs, or `Polynomials` for
events in blocks, or `SelectedEfps` for observables picked by name. They are looked up when first asked for,
so that the drawing of a graph does not depend on the engine, and scores without EFPs do without EnergyFlow.
"""

from importlib import import_module

MODULES = {"compute": "engine", "Polynomials": "engine", "SelectedEfps": "selection"}


def __getattr__(name: str) -> object:
    if name in MODULES:
        return getattr(import_module(f"{__name__}.{MODULES[name]}"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
