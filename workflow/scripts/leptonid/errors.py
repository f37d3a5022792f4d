"""What is told to a user whose input cannot be used, or whose training fails."""

import logging
import sys
from collections.abc import Iterator
from contextlib import contextmanager


class InputError(ValueError):
    """Input that cannot be used; the message names the file, the key or the event."""


class DivergenceError(ArithmeticError):
    """A training whose loss is no number any more; the message names the epoch."""


@contextmanager
def clear_errors() -> Iterator[None]:
    """Log with times; print such an error as one message, without a traceback, and exit with 1."""
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s", datefmt="%H:%M:%S")
    try:
        yield
    except (InputError, DivergenceError) as error:
        sys.exit(f"error: {error}")
