"""Tables of scores: what a classifier makes of every event, and what its training used the event for."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from leptonid.errors import InputError
from leptonid.tables.feather import read_batches, write_batches
from leptonid.tables.reader import Events
from leptonid.tables.slices import slices

SCHEMA = pa.schema(
    [
        *(("event", pa.int64()), ("split", pa.string()), ("y", pa.int8()), ("weight", pa.float64())),
        *(("score", pa.float64()), ("role", pa.string())),
    ]
)

# Rows of a record batch.
ROWS = 65536


class Scores(NamedTuple):
    """Row in the table of events of its split, label, weight and score of each event, shapes (N,)."""

    event: np.ndarray
    y: np.ndarray
    weight: np.ndarray
    score: np.ndarray


def write_scores(events: Mapping[str, Events], scores: Mapping[str, np.ndarray], path: str | Path) -> None:
    """Write the table of scores: `event`, `split`, `y`, `weight`, `score` and `role`.

    `event` is a row of the table of events of `split`; `role` is what the training used it for (a key of
    `events`), which differs from `split` where the events were split anew.
    """
    write_batches(_score_batches(events, scores), SCHEMA, path)


def _score_batches(
    events: Mapping[str, Events], scores: Mapping[str, np.ndarray]
) -> Iterator[pa.RecordBatch]:
    for role, some in events.items():
        for rows in slices(len(some), ROWS):
            columns = [
                some.event[rows],
                some.split[rows],
                some.y[rows],
                some.weight[rows],
                scores[role][rows],
            ]
            roles = [role] * len(columns[0])
            arrays = [
                pa.array(values, field.type) for values, field in zip([*columns, roles], SCHEMA, strict=True)
            ]
            yield pa.record_batch(arrays, schema=SCHEMA)


def read_scores_of_role(path: str | Path, role: str) -> Scores:
    """Return the scores of the events that a training used for a role, ordered by event.

    Raises
    ------
    InputError
        If an event is there twice or has no finite score or weight, or a class is empty; the message names
        the file.
    """
    parts = [np.empty((0,), np.int64)], [np.empty(0, np.int8)], [np.empty(0)], [np.empty(0)]
    for batch in read_batches(path, ["role", *Scores._fields]):
        of_role = batch.filter(pc.equal(batch["role"], role))
        for part, name in zip(parts, Scores._fields, strict=True):
            part.append(of_role[name].to_numpy())
    scores = Scores(*map(np.concatenate, parts))
    if (np.diff(scores.event) <= 0).any():
        order = np.argsort(scores.event, kind="stable")
        scores = Scores(*(values[order] for values in scores))
    if (np.diff(scores.event) == 0).any():
        raise InputError(f"{path}: some {role} events appear more than once")
    signal, background = int((scores.y == 1).sum()), int((scores.y == 0).sum())
    if not signal or not background:
        raise InputError(
            f"{path}: needs {role} events of both classes, found {signal} signal and {background} background"
        )
    for name in ("score", "weight"):
        values = getattr(scores, name)
        if not np.isfinite(values).all():
            raise InputError(f"{path}: event {scores.event[~np.isfinite(values)][0]} has no finite {name}")
    return scores
