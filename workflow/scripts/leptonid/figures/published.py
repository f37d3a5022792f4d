"""Published AUCs and passes of searches, shown beside those of the study."""

import math
from collections.abc import Mapping
from dataclasses import dataclass

from leptonid.errors import InputError
from leptonid.figures.csv_files import read_csv
from leptonid.figures.tables import MISSING, value


@dataclass(frozen=True)
class Published:
    """A published AUC and its uncertainty (NaN for what was not given), and its source."""

    auc: float
    uncertainty: float
    source: str

    def __str__(self) -> str:
        if math.isnan(self.auc):
            return MISSING
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


# Numbers of a published pass beside its AUC.
NUMBERS = ("ado_misordered", "auc_alone", "ado_all")


@dataclass(frozen=True)
class PublishedPass:
    """A pass of a published search, or its black box.

    `calorimeter` and `observable` are empty for the base and the black box; `numbers`, by the names of
    `NUMBERS`, are NaN where none were given.
    """

    calorimeter: str
    observable: str
    numbers: Mapping[str, float]
    auc: Published


def read_published_search(path: str, table: str) -> dict[str, PublishedPass]:
    """Read the passes of one published search by their number or `black box`, as text.

    The CSV file has the columns table, pass, calorimeter, observable, those of `NUMBERS`, auc,
    auc_uncertainty and source.

    Raises
    ------
    InputError
        As of `read_csv`, and if the file does not have the table.
    """
    texts = dict.fromkeys(("table", "pass", "calorimeter", "observable", "source"), str)
    numbers = dict.fromkeys((*NUMBERS, "auc", "auc_uncertainty"), float)
    rows = read_csv(path, texts | numbers).fillna(dict.fromkeys(texts, "")).to_dict("records")
    passes = {
        row["pass"]: PublishedPass(
            row["calorimeter"],
            row["observable"],
            {name: row[name] for name in NUMBERS},
            Published(row["auc"], row["auc_uncertainty"], row["source"]),
        )
        for row in rows
        if row["table"] == table
    }
    if not passes:
        known = ", ".join(dict.fromkeys(row["table"] for row in rows))
        raise InputError(f"{path}: has no table {table}, which the layout names; it has: {known}")
    return passes
