"""Tables of scores: what a classifier makes of every event, and what its training used the event for."""

from collections.abc import Iterator, Mapping
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from leptonid.errors import InputError
from leptonid.tables.feather import read_batches, write_batches
from leptonid.tables.reader import Events
from leptonid.tables.slices import slices

SCHEMA = pa.schema(
    [
        *(("event", pa.int64()), ("split", pa.string()), ("y", pa.int8())),
        *(("score", pa.float64()), ("role", pa.string())),
    ]
)

# Rows of a record batch.
ROWS = 65536


def write_scores(events: Mapping[str, Events], scores: Mapping[str, np.ndarray], path: str | Path) -> None:
    """Write the table of scores: `event`, `split`, `y`, `score` and `role`.

    `event` is a row of the table of events of `split`; `role` is what the training used it for (a key of
    `events`), which differs from `split` where the events were split anew.
    """
    write_batches(_score_batches(events, scores), SCHEMA, path)


def _score_batches(
    events: Mapping[str, Events], scores: Mapping[str, np.ndarray]
) -> Iterator[pa.RecordBatch]:
    for role, some in events.items():
        for rows in slices(len(some), ROWS):
            columns = [some.event[rows], some.split[rows], some.y[rows], scores[role][rows]]
            roles = [role] * len(columns[0])
            arrays = [
                pa.array(values, field.type) for values, field in zip([*columns, roles], SCHEMA, strict=True)
            ]
            yield pa.record_batch(arrays, schema=SCHEMA)


def read_scores_of_role(path: str | Path, role: str) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return event, y and score of the events that a training used for a role, ordered by event.

    Raises
    ------
    InputError
        If an event is there twice or has no finite score, or a class is empty; the message names the file.
    """
    parts = [np.empty((0,), np.int64)], [np.empty(0, np.int8)], [np.empty(0)]
    for batch in read_batches(path, ["role", "event", "y", "score"]):
        of_role = batch.filter(pc.equal(batch["role"], role))
        for part, name in zip(parts, ("event", "y", "score"), strict=True):
            part.append(of_role[name].to_numpy())
    event, y, score = map(np.concatenate, parts)
    if (np.diff(event) <= 0).any():
        order = np.argsort(event, kind="stable")
        event, y, score = event[order], y[order], score[order]
    if (np.diff(event) == 0).any():
        raise InputError(f"{path}: some {role} events appear more than once")
    signal, background = int((y == 1).sum()), int((y == 0).sum())
    if not signal or not background:
        raise InputError(
            f"{path}: needs {role} events of both classes, found {signal} signal and {background} background"
        )
    if not np.isfinite(score).all():
        raise InputError(f"{path}: event {event[~np.isfinite(score)][0]} has no finite score")
    return event, y, score
