"""What is told to a user whose input cannot be used."""

import logging
import sys
from collections.abc import Iterator
from contextlib import contextmanager


class InputError(ValueError):
    """Input that cannot be used; the message names the file, the key or the event."""


@contextmanager
def clear_errors() -> Iterator[None]:
    """Log with times; print an `InputError` as one message, without a traceback, and exit with 1."""
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s", datefmt="%H:%M:%S")
    try:
        yield
    except InputError as error:
        sys.exit(f"error: {error}")
