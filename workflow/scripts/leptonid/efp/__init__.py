"""Energy Flow Polynomials (EFPs): graphs, values, duplicates, drawings.

Other code needs `compute(events, graphs, kappas, betas)`, `Polynomials` for events in blocks, or
`SelectedEfps` for observables selected by name. These are imported on first use: drawing a graph then does
not depend on the engine, and classifiers without EFPs run without EnergyFlow installed.
"""

from importlib import import_module

MODULES = {"compute": "engine", "Polynomials": "engine", "SelectedEfps": "selection"}


def __getattr__(name: str) -> object:
    if name in MODULES:
        return getattr(import_module(f"{__name__}.{MODULES[name]}"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
