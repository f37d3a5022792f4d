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
        place = _nearest(path)
        return f"{reason} ({place}: {stat.filemode(place.stat().st_mode)}, owner {owner_of(place)})"
    return reason


def owner_of(path: str | Path) -> str:
    """Return the user of a file, or of the nearest folder above it that is there and can be seen."""
    user = _nearest(path).stat().st_uid
    try:
        return pwd.getpwuid(user).pw_name
    except KeyError:
        return f"user {user}"


def _nearest(path: str | Path) -> Path:
    return next(place for place in (Path(path), *Path(path).absolute().parents) if os.path.exists(place))


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
