"""Memory and time that jobs request: growing with their inputs, and with every attempt."""

import math
import os
from collections.abc import Callable, Iterable


def scale_with_inputs(amount: float | Callable, **per_mb: float | Callable) -> Callable:
    """Return a resources function: `amount`, plus so much per MB of the named inputs, times the attempt.

    Amount and factors are numbers, or functions of the wildcards that return one. The numbers in the rules
    come from measurements, see docs/scale.md. Where an input does not exist yet, Snakemake asks again when it
    does.
    """

    def at_attempt(wildcards, input, attempt):
        request = amount(wildcards) if callable(amount) else amount
        for name, factor in per_mb.items():
            factor = factor(wildcards) if callable(factor) else factor
            if factor:
                request += factor * megabytes(getattr(input, name))
        return attempt * math.ceil(request)

    return at_attempt


def megabytes(paths: str | Iterable[str]) -> float:
    """Return the size of one or several files in MB."""
    return sum(os.path.getsize(path) for path in ([paths] if isinstance(paths, str) else paths)) / 1e6
