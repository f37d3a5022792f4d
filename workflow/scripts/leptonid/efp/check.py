"""Damage of EFP tables: any difference from what was written."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import pyarrow as pa

from leptonid.efp.tables import checksum, read_columns
from leptonid.errors import InputError
from leptonid.tables.feather import read_feather, read_metadata, read_schema


def damage(
    path: str | Path, place: Mapping[str, str], observables: Sequence[str], events: np.ndarray
) -> str | None:
    """Return what is wrong with an EFP table, or None if it is intact.

    Parameters
    ----------
    place
        The expected `calorimeter`, `split` and `chunk`.
    observables, events
        The expected columns besides `event`, and the values of `event`.
    """
    try:
        return _difference(path, place, ["event", *observables], events)
    except InputError as error:
        return f"cannot be read: {error.__cause__}"
    except (pa.ArrowException, ValueError) as error:  # the type of a column has changed
        return f"cannot be read: {error}"


def _difference(
    path: str | Path, place: Mapping[str, str], columns: Sequence[str], events: np.ndarray
) -> str | None:
    metadata = read_metadata(path)
    for key, value in place.items():
        if metadata.get(key) != value:
            return f"expected {key} {value} in its metadata, found {metadata.get(key)}"
    schema = read_schema(path)
    if schema.names != columns:
        missing, unknown = (set(columns) - set(schema.names), set(schema.names) - set(columns))
        return (
            f"its columns are not those of the config: {len(missing)} missing, {len(unknown)} unknown; "
            f"expected {len(columns)}, found {len(schema)}"
        )
    rows = read_feather(path, ["event"])["event"].to_numpy()
    if len(rows) != len(events):
        return f"expected {len(events)} rows, found {len(rows)}"
    if not np.array_equal(rows, events):
        return "its events are not those of the table of cells"
    if "checksum" not in metadata:
        return "it has no checksum"
    if checksum(schema, read_columns(path, columns)) != metadata["checksum"]:
        return "its checksum is wrong: the values have changed since they were written"
    return None
