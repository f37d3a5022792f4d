"""Errors that users see as one message, without a traceback."""

import logging
import sys
from collections.abc import Iterator
from contextlib import contextmanager


class InputError(ValueError):
    """Raised for input that cannot be used; the message names the file, the key or the event."""


class DivergenceError(ArithmeticError):
    """Raised when the loss becomes NaN or infinite; the message names the epoch."""


@contextmanager
def clear_errors() -> Iterator[None]:
    """Log with times; print the errors above as one message and exit with status 1."""
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s", datefmt="%H:%M:%S")
    try:
        yield
    except (InputError, DivergenceError) as error:
        sys.exit(f"error: {error}")
