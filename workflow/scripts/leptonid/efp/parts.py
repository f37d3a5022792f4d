"""Compute the EFPs of a chunk in parts that are kept on disk, so that a killed job resumes."""

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
from leptonid.tables.feather import metadata_of, read_feather

logger = logging.getLogger(__name__)

# Seconds of work between two parts, and between two progress messages.
SECONDS_PER_PART = 60
SECONDS_PER_MESSAGE = 15


def compute_in_parts(
    values: Callable[[slice], np.ndarray], events: np.ndarray, names: Sequence[str], folder: Path, key: str
) -> pa.Table:
    """Return a table of `event` and observables, computed block by block.

    Parameters
    ----------
    values
        Returns the values of a range of events, float64 of shape (events, observables).
    events
        Event numbers.
    names
        Names of the observables.
    folder
        Folder of the parts, one for every minute of work; the caller removes it after writing the table.
    key
        Fingerprint of the inputs; parts with another key are discarded.
    """
    columns = np.empty((len(names), len(events)))
    done = _read_parts(columns, events, names, folder, key)
    if done:
        logger.info("resuming: %d of %d events are already computed", done, len(events))
    begin, first = time.monotonic(), done
    kept, part_time, message_time = done, begin, begin
    while done < len(events):
        block = slice(done, min(done + BLOCK, len(events)))
        columns[:, block] = values(block).T
        done, now = block.stop, time.monotonic()
        if now - message_time > SECONDS_PER_MESSAGE:
            rate = (now - begin) / (done - first)
            logger.info(
                "%d of %d events, %.3g ms per event, about %.0f s left",
                done, len(events), 1000 * rate, rate * (len(events) - done),
            )  # fmt: skip
            message_time = now
        if now - part_time > SECONDS_PER_PART and done < len(events):
            part = slice(kept, done)
            write_efps(
                _table(columns[:, part], events[part], names), folder / f"{kept}.feather", {"key": key}
            )
            kept, part_time = done, now
    return _table(columns, events, names)


def _table(columns: np.ndarray, events: np.ndarray, names: Sequence[str]) -> pa.Table:
    return pa.table([events, *columns], names=["event", *names])


def _read_parts(columns: np.ndarray, events: np.ndarray, names: Sequence[str], folder: Path, key: str) -> int:
    """Fill in the parts before the first missing or unusable one; return their number of events."""
    done = 0
    while (path := folder / f"{done}.feather").exists():
        try:
            part = read_feather(path)
        except InputError as error:
            logger.warning("%s", error)
            break
        metadata, stop = metadata_of(part), done + len(part)
        if metadata.get("key") != key or metadata.get("checksum") != checksum(part.schema, part.columns):
            logger.info("%s is damaged or made from other inputs; its events are computed again", path)
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
