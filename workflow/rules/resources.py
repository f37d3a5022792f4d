"""What jobs ask for: memory and time that grow with their inputs, and with every attempt."""

import math
import os
from collections.abc import Callable, Iterable


def scaled(amount: float, **per_mb: float | Callable) -> Callable:
    """Return a resources function: the amount, and so much per MB of these inputs, more with every attempt.

    So much is a number, or a function of the wildcards that returns one. The numbers in the rules come from
    measurements, see docs/scale.md. Where an input does not exist yet, Snakemake asks again when it does.
    """

    def at_attempt(wildcards, input, attempt):
        wanted = amount
        for name, factor in per_mb.items():
            factor = factor(wildcards) if callable(factor) else factor
            if factor:
                wanted += factor * megabytes(getattr(input, name))
        return attempt * math.ceil(wanted)

    return at_attempt


def megabytes(paths: str | Iterable[str]) -> float:
    """Return the size of one or several files in MB."""
    return sum(os.path.getsize(path) for path in ([paths] if isinstance(paths, str) else paths)) / 1e6
