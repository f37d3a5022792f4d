"""A chunk of EFPs in parts that are kept, so that a job that is killed goes on where it was."""

import logging
import shutil
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import pyarrow as pa

from leptonid.efp.engine import BLOCK
from leptonid.efp.tables import checksum, write_efps
from leptonid.errors import InputError
from leptonid.storage import metadata_of, read_feather

logger = logging.getLogger(__name__)

# Seconds of work that a kill may cost, and between two messages.
SECONDS_PER_PART = 60
SECONDS_PER_MESSAGE = 15


def compute_in_parts(
    values: Callable[[slice], np.ndarray], events: np.ndarray, names: Sequence[str], folder: Path, key: str
) -> pa.Table:
    """Return a table of `event` and observables, computed block by block.

    Parameters
    ----------
    values
        Returns the values of some events, float64 of shape (events, observables).
    events
        The numbers of the events.
    names
        The observables.
    folder
        Where parts are kept after each minute of work; the caller removes it when the table is safe.
    key
        What the values are made from; parts with another key are thrown away.
    """
    columns = np.empty((len(names), len(events)))
    done = _read_parts(columns, events, names, folder, key)
    if done:
        logger.info("%d of %d events were computed before", done, len(events))
    begin, first = time.monotonic(), done
    kept, kept_at, told_at = done, begin, begin
    while done < len(events):
        block = slice(done, min(done + BLOCK, len(events)))
        columns[:, block] = values(block).T
        done, now = block.stop, time.monotonic()
        if now - told_at > SECONDS_PER_MESSAGE:
            rate = (now - begin) / (done - first)
            logger.info(
                "%d of %d events, %.3g ms each, %.0f s to go",
                done, len(events), 1000 * rate, rate * (len(events) - done),
            )  # fmt: skip
            told_at = now
        if now - kept_at > SECONDS_PER_PART and done < len(events):
            part = slice(kept, done)
            write_efps(
                _table(columns[:, part], events[part], names), folder / f"{kept}.feather", {"key": key}
            )
            kept, kept_at = done, now
    return _table(columns, events, names)


def _table(columns: np.ndarray, events: np.ndarray, names: Sequence[str]) -> pa.Table:
    return pa.table([events, *columns], names=["event", *names])


def _read_parts(columns: np.ndarray, events: np.ndarray, names: Sequence[str], folder: Path, key: str) -> int:
    """Fill in what the parts hold, up to the first that is missing or of no use; return how many events."""
    done = 0
    while (path := folder / f"{done}.feather").exists():
        try:
            part = read_feather(path)
        except InputError as error:
            logger.warning("%s", error)
            break
        stored, stop = metadata_of(part), done + len(part)
        if stored.get("key") != key or stored.get("checksum") != checksum(part.schema, part.columns):
            logger.info("%s is of another computation, or damaged; it is computed anew", path)
            break
        for row, name in enumerate(names):
            columns[row, done:stop] = part[name].to_numpy()
        done = stop
    for path in folder.glob("*.feather"):
        if int(path.stem) >= done:
            path.unlink()
    if folder.exists() and not done:
        shutil.rmtree(folder)
    return done
