"""Errors that users see as one message, without a traceback."""

import logging
import os
import pwd
import stat
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


class InputError(ValueError):
    """Raised for input that cannot be used; the message names the file, the key or the event."""


class DivergenceError(ArithmeticError):
    """Raised when the loss becomes NaN or infinite; the message names the epoch."""


def system_reason(error: OSError, path: str | Path) -> str:
    """Return why the system refused a file; for a denied permission, also mode and owner of it."""
    reason = (error.strerror or str(error)).lower()
    if isinstance(error, PermissionError):
        for place in (Path(path), *Path(path).absolute().parents):
            try:
                found = os.stat(place)
            except OSError:
                continue
            return f"{reason} ({place}: {stat.filemode(found.st_mode)}, owner {_owner(found.st_uid)})"
    return reason


@contextmanager
def clear_errors() -> Iterator[None]:
    """Log with times; print the errors above, and those of the system, as one message; exit with status 1."""
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s", datefmt="%H:%M:%S")
    try:
        yield
    except (InputError, DivergenceError) as error:
        sys.exit(f"error: {error}")
    except OSError as error:
        path = error.filename
        sys.exit(f"error: {error}" if path is None else f"error: {path}: {system_reason(error, path)}")


def _owner(number: int) -> str:
    """Return the name of a user, or the number where it has no name."""
    try:
        return pwd.getpwuid(number).pw_name
    except KeyError:
        return str(number)
