"""One run at a time in a folder, and a full disk that no log can report."""

import errno
import fcntl
import os
import shutil
from pathlib import Path

from snakemake.exceptions import WorkflowError
from snakemake.logging import logger

from leptonid.errors import owner_of

# Bytes; logs are lost below this.
FULL_DISK = 10_000_000

# What the kernel says of a lock that another process holds, and of a file system without locks.
HELD = (errno.EWOULDBLOCK, errno.EAGAIN, errno.EACCES)
UNSUPPORTED = (errno.ENOSYS, errno.ENOTSUP, errno.EOPNOTSUPP, errno.ENOLCK, errno.EINVAL)

# Folders of .snakemake that every run writes to.
WRITTEN = ("", "locks", "log", "metadata", "incomplete")

# What to do about another user's or a read-only folder.
REMEDY = "Run in a folder of your own or get write permission for this folder and its .snakemake."

_locks = []


def refuse_read_only(folder: Path) -> None:
    """Refuse a folder in which Snakemake cannot keep its records, in one line.

    Raises
    ------
    WorkflowError
        If the folder, or what there is of its .snakemake, is read-only.
    """
    state = folder / ".snakemake"
    for place in [state / name for name in WRITTEN] if state.exists() else [folder]:
        if place.exists() and not os.access(place, os.W_OK | os.X_OK):
            raise WorkflowError(f"{place}: cannot be written to; it belongs to {owner_of(place)}. {REMEDY}")


def hold_run_lock(path: Path = Path(".snakemake/lepton-id.lock")) -> None:
    """Keep a second run out of this folder for as long as this process lives.

    Snakemake's own lock is a file that stays behind when a run is killed; this one is the kernel's and ends
    with the process. On a file system without such locks, a warning says so.

    Raises
    ------
    WorkflowError
        If another run holds the lock, or its file cannot be opened or locked.
    """
    try:
        lock = open(path, "a")  # noqa: SIM115  held until the process ends
    except OSError as error:
        owner = f"; it belongs to {owner_of(path)}" if isinstance(error, PermissionError) else ""
        raise WorkflowError(
            f"{path.absolute()}: cannot be written to ({error.strerror}){owner}. {REMEDY}"
        ) from None
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        lock.close()
        if error.errno in HELD:
            raise WorkflowError("Another run is using this folder; wait for it, or end it.") from None
        if error.errno not in UNSUPPORTED:
            raise WorkflowError(
                f"{path.absolute()}: cannot be locked ({error.strerror}); try again, or run on another disk."
            ) from None
        logger.warning(
            f"The disk of {path.absolute()} has no locks ({error.strerror}): nothing keeps a second run out "
            "of this folder. Start only one at a time."
        )
        return
    _locks.append(lock)


def report_full_disk(results: str) -> None:
    """Report a full disk: logs cannot, as they are on it."""
    free = shutil.disk_usage(results).free
    if free < FULL_DISK:
        logger.error(
            f"The disk of {results} is full, {free:,} bytes are left. Make room and start again: finished "
            "work is kept."
        )
