"""AUCs that others have published for some feature sets."""

import math
from dataclasses import dataclass

from leptonid.figures.csv_files import read_csv
from leptonid.figures.tables import value

# The events that the published AUCs are of.
SAMPLE = "arXiv:2011.01984"


@dataclass(frozen=True)
class Published:
    """A published AUC, its uncertainty (NaN if none was given) and where it stands."""

    auc: float
    uncertainty: float
    source: str

    def __str__(self) -> str:
        if math.isnan(self.uncertainty):
            return f"{self.auc:g}"
        decimals = max(0, -math.floor(math.log10(self.uncertainty)))
        return value(self.auc, self.uncertainty, f".{decimals}f")


def read_published(path: str) -> dict[str, Published]:
    """Read published AUCs per feature set from a CSV with columns features, auc, uncertainty, source.

    Errors are those of `read_csv`.
    """
    table = read_csv(path, {"features": str, "auc": float, "uncertainty": float, "source": str})
    return {
        row.features: Published(row.auc, row.uncertainty, row.source) for row in table.itertuples(index=False)
    }
