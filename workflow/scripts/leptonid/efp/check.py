"""Whether EFP tables still are what was written."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import pyarrow as pa

from leptonid.efp.tables import checksum, read_columns
from leptonid.errors import InputError
from leptonid.storage import read_feather, read_metadata, read_schema


def damage(
    path: str | Path, place: Mapping[str, str], observables: Sequence[str], events: np.ndarray
) -> str | None:
    """Return what is wrong with an EFP table, or None.

    Parameters
    ----------
    place
        The `calorimeter`, `split` and `chunk` whose table it is to be.
    observables, events
        The columns that it is to have beside `event`, and the values of that.
    """
    try:
        return _difference(path, place, ["event", *observables], events)
    except InputError as error:
        return f"cannot be read: {error.__cause__}"
    except (pa.ArrowException, ValueError) as error:  # a column that has become one of another type
        return f"cannot be read: {error}"


def _difference(
    path: str | Path, place: Mapping[str, str], columns: Sequence[str], events: np.ndarray
) -> str | None:
    metadata = read_metadata(path)
    for key, value in place.items():
        if metadata.get(key) != value:
            return f"its metadata say {key} {metadata.get(key)}, not {value}"
    schema = read_schema(path)
    if schema.names != columns:
        missing, unknown = (set(columns) - set(schema.names), set(schema.names) - set(columns))
        return (
            f"its columns are not those of the config: {len(missing)} missing, {len(unknown)} unknown, "
            f"{len(schema)} where {len(columns)} belong"
        )
    found = read_feather(path, ["event"])["event"].to_numpy()
    if len(found) != len(events):
        return f"it has {len(found)} rows, not {len(events)}"
    if not np.array_equal(found, events):
        return "its events are not those of the table of cells"
    if "checksum" not in metadata:
        return "it has no checksum"
    if checksum(schema, read_columns(path, columns)) != metadata["checksum"]:
        return "its values are not those that were written (checksum)"
    return None
