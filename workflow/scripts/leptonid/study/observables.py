"""Names of EFP observables, used in every table and in the config."""

import math
import re
from dataclasses import dataclass

NUMBER = r"-?\d+(?:\.\d+)?(?:e[+-]?\d+)?"
PATTERN = re.compile(rf"(\d+)_(\d+)_(\d+)_k_({NUMBER})_b_({NUMBER})")


@dataclass(frozen=True)
class Observable:
    """One EFP observable: a graph, by EnergyFlow's (n, d, k), and its exponents kappa and beta.

    `n` vertices, `d` edges, running number `k`; kappa is the power of the energy fractions, beta that of the
    angular distances. Its text is the column name `{n}_{d}_{k}_k_{kappa}_b_{beta}`, from which `parse`
    restores the same exponents.
    """

    n: int
    d: int
    k: int
    kappa: float
    beta: float

    def __str__(self) -> str:
        return f"{self.n}_{self.d}_{self.k}_k_{exponent_text(self.kappa)}_b_{exponent_text(self.beta)}"

    @classmethod
    def parse(cls, name: str) -> "Observable":
        """Read a column name; raises ValueError for anything else."""
        match = PATTERN.fullmatch(name)
        if match is None:
            raise ValueError(f"{name!r} is not an EFP observable; expected a name like 2_1_0_k_1_b_0.5")
        n, d, k, kappa, beta = match.groups()
        if math.inf in (abs(float(kappa)), float(beta)):
            raise ValueError(f"{name!r} has an exponent that is no finite number")
        return cls(int(n), int(d), int(k), float(kappa), float(beta))


def exponent_text(exponent: float) -> str:
    """Return the shortest text that reads back as the same number: -1, 0.5, 1e-05."""
    # Adding 0 takes the sign from -0.
    return repr(float(exponent) + 0.0).removesuffix(".0")
