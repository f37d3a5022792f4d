"""Tables of numbers that figures and printed tables show."""

from collections.abc import Sequence
from pathlib import Path

import pandas as pd

from leptonid.errors import InputError
from leptonid.tables.feather import read_feather


def read_frame(path: str | Path, columns: Sequence[str], may_be_empty: bool = False) -> pd.DataFrame:
    """Read columns of a Feather table; a missing number is NaN.

    Raises
    ------
    InputError
        If the file is missing or damaged, lacks a column, or has no rows although it must.
    """
    table = read_feather(path, list(columns)).to_pandas()
    if table.empty and not may_be_empty:
        raise InputError(f"{path}: has no rows")
    return table
