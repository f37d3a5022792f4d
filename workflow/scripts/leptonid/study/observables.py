"""Names of EFP observables, used in every table and in the config."""

import re
from dataclasses import dataclass

NUMBER = r"-?\d+(?:\.\d+)?(?:e[+-]?\d+)?"
PATTERN = re.compile(rf"(\d+)_(\d+)_(\d+)_k_({NUMBER})_b_({NUMBER})")


@dataclass(frozen=True)
class Observable:
    """One EFP observable: a graph, by EnergyFlow's (n, d, k), and its exponents kappa and beta.

    `n` vertices, `d` edges, running number `k`; kappa is the power of the energy fractions, beta that of the
    angular distances. Its text is the column name `{n}_{d}_{k}_k_{kappa}_b_{beta}`.
    """

    n: int
    d: int
    k: int
    kappa: float
    beta: float

    def __str__(self) -> str:
        return f"{self.n}_{self.d}_{self.k}_k_{self.kappa:g}_b_{self.beta:g}"

    @classmethod
    def parse(cls, name: str) -> "Observable":
        """Read a column name; raises ValueError for anything else."""
        match = PATTERN.fullmatch(name)
        if match is None:
            raise ValueError(f"{name!r} is not an EFP observable; expected a name like 2_1_0_k_1_b_0.5")
        n, d, k, kappa, beta = match.groups()
        return cls(int(n), int(d), int(k), float(kappa), float(beta))
