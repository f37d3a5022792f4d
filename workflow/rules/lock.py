"""One run at a time in a folder, and a full disk that no log can report."""

import fcntl
import shutil
from pathlib import Path

from snakemake.exceptions import WorkflowError
from snakemake.logging import logger

# Bytes; logs are lost below this.
FULL_DISK = 10_000_000

_locks = []


def hold_run_lock(path: Path = Path(".snakemake/lepton-id.lock")) -> None:
    """Keep a second run out of this folder for as long as this process lives.

    Snakemake's own lock is a file that stays behind when a run is killed; this one is the kernel's and ends
    with the process.

    Raises
    ------
    WorkflowError
        If another run holds the lock.
    """
    lock = open(path, "w")  # noqa: SIM115  held until the process ends
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        raise WorkflowError("Another run is using this folder; wait for it, or end it.") from None
    _locks.append(lock)


def report_full_disk(results: str) -> None:
    """Report a full disk: logs cannot, as they are on it."""
    free = shutil.disk_usage(results).free
    if free < FULL_DISK:
        logger.error(
            f"The disk of {results} is full, {free:,} bytes are left. Make room and start again: finished "
            "work is kept."
        )
