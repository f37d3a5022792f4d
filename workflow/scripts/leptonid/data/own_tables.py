"""Tables of the user: columns of numbers that searches choose from beside the observables of the study."""

from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute
import pyarrow.csv

from leptonid.data.hdf5 import check_finite
from leptonid.errors import InputError
from leptonid.study.observables import PATTERN
from leptonid.study.titles import printable
from leptonid.tables.feather import read_feather

# Columns that say which event a row is, and are no variables.
KEYS = ("event", "split", "y", "weight")


def read_own_table(path: str | Path, split: str, y: np.ndarray) -> pa.Table:
    """Return the variables that a user's table has for a split, one row per event, in order, float64.

    Parameters
    ----------
    path
        CSV or Feather. Rows are those of all splits, with columns `split` and `event` (row in the split), or
        those of this split in the order of the file of events, or with a column `event`. Labels, if there is
        a column `y`, must be those of the events; `weight` is passed over.
    y : shape (N,)
        The labels of the split's events.

    Raises
    ------
    InputError
        Naming the file, the column and the event.
    """
    table = _read(path)
    if "split" in table.column_names:
        if "event" not in table.column_names:
            raise InputError(f"{path}: has a column split, but no column event (row in the split)")
        table = table.filter(pa.compute.equal(table["split"].cast(pa.string()), split))
    if len(table) != len(y):
        raise InputError(f"{path}: {split}: has {len(table)} rows, expected one for each of {len(y)} events")
    if "event" in table.column_names:
        event = _numbers(table, "event", path, split)
        order = np.argsort(event, kind="stable")
        wrong = np.flatnonzero(event[order] != np.arange(len(y)))
        if len(wrong):
            raise InputError(
                f"{path}: {split}: event {wrong[0]} is missing or there twice; expected 0 to {len(y) - 1}"
            )
        table = table.take(order)
    if "y" in table.column_names:
        wrong = np.flatnonzero(_numbers(table, "y", path, split) != y)
        if len(wrong):
            raise InputError(
                f"{path}: {split}: event {wrong[0]} has another y than in the file of events, {y[wrong[0]]}; "
                "rows must be in the order of that file"
            )
    names = [name for name in table.column_names if name not in KEYS]
    if not names:
        raise InputError(f"{path}: has no column beside {', '.join(KEYS)}")
    return pa.table({name: _variable(table, name, path, split) for name in names})


def _read(path: str | Path) -> pa.Table:
    if not Path(path).is_file():
        raise InputError(f"{path}: no such file; search.candidates of the config names it")
    if Path(path).suffix == ".csv":
        try:
            table = pyarrow.csv.read_csv(path)
        except (pa.ArrowException, OSError) as error:
            raise InputError(f"{path}: cannot be read as CSV ({error})") from error
    else:
        table = read_feather(path)
    repeated = sorted({name for name in table.column_names if table.column_names.count(name) > 1})
    if repeated:
        raise InputError(f"{path}: column {printable(repeated[0])!r} is there twice")
    return table


def _variable(table: pa.Table, name: str, path: str | Path, split: str) -> np.ndarray:
    if not name or name != printable(name) or "/" in name or PATTERN.fullmatch(name):
        raise InputError(
            f"{path}: column {printable(name)!r} cannot be a variable: it is empty, has a / or what cannot "
            "be printed, or is the name of an EFP; rename it"
        )
    values = _numbers(table, name, path, split)
    check_finite(values, 0, f"{path}: {split}: {name}")
    return values


def _numbers(table: pa.Table, name: str, path: str | Path, split: str) -> np.ndarray:
    """Return a column as float64, null as NaN."""
    column = table[name]
    if not (
        pa.types.is_integer(column.type) or pa.types.is_floating(column.type) or pa.types.is_null(column.type)
    ):
        raise InputError(f"{path}: {split}: column {printable(name)!r} holds {column.type}, expected numbers")
    return column.cast(pa.float64()).to_numpy()
