"""Published AUCs, shown beside those of the study."""

import math
from dataclasses import dataclass

from leptonid.figures.csv_files import read_csv
from leptonid.figures.tables import value


@dataclass(frozen=True)
class Published:
    """A published AUC, its uncertainty (NaN if none was given) and its source."""

    auc: float
    uncertainty: float
    source: str

    def __str__(self) -> str:
        if math.isnan(self.uncertainty):
            return f"{self.auc:g}"
        decimals = max(0, -math.floor(math.log10(self.uncertainty)))
        return value(self.auc, self.uncertainty, f".{decimals}f")


def read_published(path: str | None) -> dict[str, Published]:
    """Read published AUCs by classifier, from a CSV file with columns features, auc, uncertainty, source.

    There are none without a file. Errors are those of `read_csv`.
    """
    if path is None:
        return {}
    table = read_csv(path, {"features": str, "auc": float, "uncertainty": float, "source": str})
    return {
        row.features: Published(row.auc, row.uncertainty, row.source) for row in table.itertuples(index=False)
    }
