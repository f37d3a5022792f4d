"""Energy Flow Polynomials of events: graphs, values, duplicates, drawings.

`leptonid.efp.compute(events, graphs, kappas, betas)` is all that other code needs, or `Polynomials` for
events in blocks. They are looked up when first asked for, so that the drawing of a graph does not depend
on the engine.
"""


def __getattr__(name: str) -> object:
    if name in ("compute", "Polynomials"):
        from leptonid.efp import engine

        return getattr(engine, name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
