"""Tables of results as pandas frames and Feather files, and the events that they are computed from."""

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa

from leptonid.errors import InputError
from leptonid.metrics.auc import effective_events
from leptonid.metrics.scored_events import ScoredEvents
from leptonid.study.layout import CLASSES
from leptonid.tables.feather import read_feather, read_schema, write_feather


def weighting(y: np.ndarray, weight: np.ndarray) -> dict[str, bool | float]:
    """Return how events, (N,), are weighted, as columns of a table.

    `weighted`, whether a weight is not 1; `effective_signal` and `effective_background`, see
    `effective_events`; `negative_weights`, the number of events with one.
    """
    return {
        "weighted": bool((weight != 1).any()),
        **{f"effective_{name}": effective_events(weight[y == value]) for value, name in CLASSES.items()},
        "negative_weights": int(np.count_nonzero(weight < 0)),
    }


def with_weighting(frame: pd.DataFrame, y: np.ndarray, weight: np.ndarray, negative: str) -> pd.DataFrame:
    """Return a table with the columns of `weighting` for the events that its numbers are of.

    `negative_in_training` is what trainings do with negative weights, `train.negative_weights` of the config;
    empty where there are none.
    """
    columns = weighting(y, weight)
    return frame.assign(**columns, negative_in_training=negative if columns["negative_weights"] else "")


def write_scored(
    frame: pd.DataFrame, scored: Mapping[str, ScoredEvents], settings: Mapping, path: str | Path
) -> None:
    """Write a table of numbers of scored events, the same of all classifiers, with how they are weighted.

    `settings` has `negative_weights`, see `with_weighting`.
    """
    first = next(iter(scored.values()))
    write_frame(with_weighting(frame, first.y, first.weight, settings["negative_weights"]), path)


def frame_of(rows: Iterable[Sequence], columns: Mapping[str, type]) -> pd.DataFrame:
    """Return a frame of rows with typed columns; the types also hold where there are no rows."""
    return pd.DataFrame(list(rows), columns=list(columns)).astype(dict(columns))


def write_frame(frame: pd.DataFrame, path: str | Path, metadata: Mapping[str, str] | None = None) -> None:
    """Write a frame as Feather; NaN becomes null."""
    # Without the metadata that pandas adds.
    table = pa.Table.from_pandas(frame, preserve_index=False).replace_schema_metadata(metadata)
    write_feather(table, path)


def read_columns(path: str | Path, columns: Sequence[str]) -> pa.Table:
    """Read `event`, `y`, `weight` and other columns of a table of events, with events in increasing order.

    Raises
    ------
    InputError
        If a column is missing, an event appears more than once, or a class has no events.
    """
    table = read_feather(path, ["event", "y", "weight", *columns])
    # Sorting would copy all columns.
    if (np.diff(table["event"].to_numpy()) < 0).any():
        table = table.sort_by("event")
    event, y = (table[name].to_numpy() for name in ("event", "y"))
    repeated = event[1:][np.diff(event) == 0]
    if len(repeated):
        raise InputError(f"{path}: event {repeated[0]} appears more than once")
    for value, name in CLASSES.items():
        if not (y == value).any():
            raise InputError(f"{path}: has no {name} events (y = {value})")
    return table


def present_columns(path: str | Path, names: Iterable[str], optional: Iterable[str]) -> list[str]:
    """Return columns of a table without the optional ones that it lacks."""
    missing = set(optional).difference(read_schema(path).names)
    return [name for name in names if name not in missing]


def finite_values(path: str | Path, table: pa.Table, name: str) -> np.ndarray:
    """Return a column of a table of events; raises InputError if a value is not finite."""
    values = table[name].to_numpy()
    if not np.isfinite(values).all():
        event = table["event"].to_numpy()[~np.isfinite(values)][0]
        raise InputError(f"{path}: {name}: event {event} has no finite value")
    return values
