"""Texts among the attributes of an HDF5 file, as other programs write them."""

import logging

import h5py
import numpy as np

logger = logging.getLogger(__name__)

# Characters of a text in figures and tables.
LONGEST = 200


def text_attribute(file: h5py.File, name: str) -> str | None:
    """Return an attribute of a file as one line of text, None where it has none; a text of no use is logged.

    Text can be of fixed or variable length, in UTF-8 or Latin-1, and an array with one element; numbers are
    written out.
    """
    if name not in file.attrs:
        return None
    try:
        value = file.attrs[name]
    except (OSError, TypeError, ValueError, RuntimeError) as error:
        logger.warning("attribute %s is ignored: it cannot be read (%s)", name, error)
        return None
    if isinstance(value, np.ndarray) and value.size == 1:
        value = value.item()
    if isinstance(value, h5py.Empty) or (isinstance(value, np.ndarray) and value.size == 0):
        return None
    if isinstance(value, str):
        # h5py keeps bytes that are not UTF-8 in this way.
        value = value.encode("utf-8", "surrogateescape")
    if isinstance(value, bytes):
        return one_line(_decoded(value)) or None
    if isinstance(value, bool | int | float | np.number | np.bool_):
        return str(value)
    logger.warning("attribute %s is ignored: expected a text, found %s", name, type(value).__name__)
    return None


def one_line(text: str) -> str:
    """Return a text without line breaks and unprintable characters, cut off after `LONGEST` characters."""
    line = " ".join("".join(c if c.isprintable() else " " for c in text).split())
    return line if len(line) <= LONGEST else line[: LONGEST - 1] + "\N{HORIZONTAL ELLIPSIS}"


def _decoded(value: bytes) -> str:
    try:
        return value.decode()
    except UnicodeDecodeError:
        return value.decode("latin-1")
