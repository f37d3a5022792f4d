"""Tables of scores: what a classifier makes of every event, and what its training used the event for."""

from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from leptonid.errors import InputError
from leptonid.tables.feather import read_feather
from leptonid.tables.reader import Events


def score_table(events: Mapping[str, Events], scores: Mapping[str, np.ndarray]) -> pa.Table:
    """Return the table of scores: `event`, `split`, `y`, `score` and `role`.

    `event` is a row of the table of events of `split`; `role` is what the training used it for (a key of
    `events`), which differs from `split` where the events were split anew.
    """
    parts = [
        pa.table(
            {
                "event": some.event,
                "split": pa.array(some.split, pa.string()),
                "y": some.y,
                "score": scores[role],
                "role": pa.array([role] * len(some), pa.string()),
            }
        )
        for role, some in events.items()
    ]
    return pa.concat_tables(parts)


def read_scores_of_role(path: str | Path, role: str) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return event, y and score of the events that a training used for a role, ordered by event.

    Raises
    ------
    InputError
        If an event is there twice or has no finite score, or a class is empty; the message names the file.
    """
    table = read_feather(path, columns=["event", "role", "y", "score"])
    table = table.filter(pc.equal(table["role"], role)).sort_by("event")
    event, y, score = (table[name].to_numpy() for name in ("event", "y", "score"))
    if len(np.unique(event)) != len(event):
        raise InputError(f"{path}: some {role} events appear more than once")
    signal, background = int((y == 1).sum()), int((y == 0).sum())
    if not signal or not background:
        raise InputError(
            f"{path}: needs {role} events of both classes, found {signal} signal and {background} background"
        )
    if not np.isfinite(score).all():
        raise InputError(f"{path}: event {event[~np.isfinite(score)][0]} has no finite score")
    return event, y, score
