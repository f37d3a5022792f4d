"""Mean images of both classes."""

from pathlib import Path

import numpy as np
import pandas as pd

from leptonid.errors import InputError
from leptonid.evaluate.frames import read_columns
from leptonid.study.layout import CLASSES, Grid
from leptonid.tables.cells import ROWS_AT_ONCE, SparseImages, read_cells
from leptonid.tables.slices import slices


def average_images(events: str | Path, cells: str | Path, grid: Grid) -> pd.DataFrame:
    """Return one row per class and pixel, rows and columns counted as in the file.

    Parameters
    ----------
    events, cells
        Tables of one split.
    grid
        Pixels of the images.

    Returns
    -------
    `mean` is the weighted mean energy of the pixel, `events` the number of events with energy in it.

    Raises
    ------
    InputError
        As from `read_columns` and `read_cells`, and if the tables hold different events.
    """
    table = read_columns(events, [])
    event, images = read_cells(cells, grid)
    unmatched = np.setxor1d(table["event"].to_numpy(), event)
    if len(unmatched):
        raise InputError(f"{cells} and {events}: event {unmatched[0]} is in only one of them")
    y, weight = (table[name].to_numpy() for name in ("y", "weight"))
    if (np.diff(event) < 0).any():
        images = images.take(np.argsort(event))
    row, column = np.divmod(np.arange(grid.pixels), grid.columns)
    parts = [
        pd.DataFrame(
            {
                "class": [kind] * grid.pixels,
                "row": row,
                "column": column,
                "mean": mean_image(images, y == value, weight),
                "events": occupancy(images, y == value),
            }
        )
        for value, kind in CLASSES.items()
    ]
    return pd.concat(parts, ignore_index=True)


def mean_image(images: SparseImages, members: np.ndarray, weight: np.ndarray) -> np.ndarray:
    """Return the weighted mean energy per pixel of some events, shape (pixels,), float64.

    Parameters
    ----------
    members : shape (N,), bool
    weight : shape (N,)
    """
    weight = np.where(members, weight, 0)
    total = np.zeros(images.shape[0] * images.shape[1])
    for rows in slices(len(images), ROWS_AT_ONCE):
        part = images.take(rows)
        total += np.bincount(
            part.pixel, np.repeat(weight[rows], part.counts) * part.energy, minlength=len(total)
        )
    return total / weight.sum()


def occupancy(images: SparseImages, members: np.ndarray) -> np.ndarray:
    """Return how many of some events, a mask of shape (N,), have energy in each pixel, shape (pixels,)."""
    count = np.zeros(images.shape[0] * images.shape[1], np.int64)
    for rows in slices(len(images), ROWS_AT_ONCE):
        part = images.take(rows)
        count += np.bincount(part.pixel[np.repeat(members[rows], part.counts)], minlength=len(count))
    return count
