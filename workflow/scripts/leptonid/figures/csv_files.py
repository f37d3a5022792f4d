"""CSV files that figures are drawn from."""

from collections.abc import Mapping

import pandas as pd

from leptonid.errors import InputError


def read_csv(path: str, columns: Mapping[str, type]) -> pd.DataFrame:
    """Read columns of a CSV file as the given types; an empty number is NaN.

    Raises
    ------
    InputError
        If the file is missing, lacks a column, holds something else, or has no rows.
    """
    try:
        table = pd.read_csv(path, usecols=list(columns), dtype=dict(columns))
    except (OSError, ValueError) as error:
        raise InputError(f"{path}: needs the columns {', '.join(columns)}: {error}") from error
    if table.empty:
        raise InputError(f"{path}: has no rows")
    return table
