"""Flat variables of a split by name, from several tables: of events, of scalars of images, of the user."""

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

import numpy as np

from leptonid.errors import InputError
from leptonid.study.features import Column
from leptonid.tables.feather import read_feather, read_metadata, read_rows_of, read_schema, tables_with

# The key of the metadata that names a table beside that of events.
TABLE = "table"


def events_table(paths: Iterable[str | Path], split: str) -> str | Path:
    """Return the table of events of a split among others; raises InputError if there is none."""
    own = [path for path in tables_with(paths, split=split) if TABLE not in read_metadata(path)]
    if not own:
        raise InputError(f"no table of events given for split {split}")
    return own[0]


def columns_of(paths: Iterable[str | Path], split: str) -> dict[str, str | Path]:
    """Return the table that holds each flat variable of a split, by the name of the column."""
    return {name: path for path in tables_with(paths, split=split) for name in read_schema(path).names}


def values_of_columns(
    paths: Iterable[str | Path], split: str, columns: Sequence[Column], event: np.ndarray, some: bool = False
) -> Iterator[tuple[int, np.ndarray]]:
    """Yield (place among the columns, values (N,)) of flat variables that are no EFPs, a table at a time.

    Parameters
    ----------
    event : shape (N,)
        The events that the tables must hold.
    some
        These are only some events of the tables, in rising order; the others are not read.

    Raises
    ------
    InputError
        If a table is missing or damaged, has other events, or no table has a column.
    """
    holders = columns_of(paths, split)
    for column in columns:
        if str(column) not in holders:
            raise InputError(
                f"no table of split {split} has the column {column}; delete the tables in data and run again"
            )
    for path in dict.fromkeys(holders[str(column)] for column in columns):
        places = [place for place, column in enumerate(columns) if holders[str(column)] == path]
        names = list(dict.fromkeys(str(columns[place]) for place in places))
        table = read_rows_of(path, names, event) if some else read_feather(path, ["event", *names])
        if not np.array_equal(table["event"].to_numpy(), event):
            raise InputError(f"{path}: its {len(table)} events are not the {len(event)} of the events")
        for place in places:
            yield place, table[str(columns[place])].to_numpy()
