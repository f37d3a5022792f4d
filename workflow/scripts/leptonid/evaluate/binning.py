"""Bins of test events in transverse momentum, pseudorapidity and the number of cells."""

from collections.abc import Iterable, Mapping
from pathlib import Path

import numpy as np

from leptonid.errors import InputError
from leptonid.evaluate.frames import finite_values, present_columns, read_columns
from leptonid.metrics.scored_events import ScoredEvents
from leptonid.study.layout import KINEMATICS, Grid
from leptonid.tables.cells import ROWS_AT_ONCE, SparseImages, cell_sums, read_cells
from leptonid.tables.slices import slices

BINS = 5


def read_kinematics(path: str | Path, scored: ScoredEvents) -> dict[str, np.ndarray]:
    """Return `pt` and `abs_eta` of the scored events, shapes (N,), as far as the table of events has them.

    Raises
    ------
    InputError
        As from `read_columns`, and if the table has other events or a value is not finite.
    """
    columns = present_columns(path, KINEMATICS, KINEMATICS)
    table = read_columns(path, columns)
    if not np.array_equal(table["event"], scored.event) or not np.array_equal(table["y"], scored.y):
        raise InputError(f"{path}: its events are not those of the scores; train on the same data")
    values = {name: finite_values(path, table, name) for name in columns}
    if "eta" in values:
        values["abs_eta"] = np.abs(values.pop("eta"))
    return values


def read_cell_numbers(tables: Iterable[tuple[str | Path, Grid]], scored: ScoredEvents) -> np.ndarray:
    """Return the number of non-empty cells of the scored events in all calorimeters, shape (N,).

    Parameters
    ----------
    tables
        Table of cells and grid of every calorimeter.

    Raises
    ------
    InputError
        As from `read_cells`, and if a table has other events.
    """
    total = np.zeros(len(scored.event))
    for path, grid in tables:
        event, images = read_cells(path, grid)
        order = np.argsort(event, kind="stable")
        if not np.array_equal(event[order], scored.event):
            raise InputError(f"{path}: its events are not those of the scores; train on the same data")
        total += filled_cells(images, grid)[order]
    return total


def filled_cells(images: SparseImages, grid: Grid) -> np.ndarray:
    """Return the number of non-empty cells of N images, (N,); all pixels of a cell count once."""
    if grid.pixels_per_cell == 1:
        return images.counts
    counts = [np.zeros(0, np.int64)]
    for rows in slices(len(images), ROWS_AT_ONCE):
        part = images.take(rows)
        image, _, _ = cell_sums(part, grid)
        counts.append(np.bincount(image, minlength=len(part)))
    return np.concatenate(counts)


def edges_of(values: np.ndarray) -> np.ndarray:
    """Return the edges of bins with as many events each as equal values allow; one edge if all are equal."""
    return np.unique(np.quantile(values, np.linspace(0, 1, BINS + 1)))


def place_of(values: np.ndarray, edges: np.ndarray) -> np.ndarray:
    """Return the bin of each value; the first and the last bin also have what lies beyond them."""
    return np.searchsorted(edges[1:-1], values, side="right")


def binned(values: Mapping[str, np.ndarray]) -> dict[str, tuple[np.ndarray, np.ndarray]]:
    """Return edges and the place of each event for every variable."""
    return {name: (edges := edges_of(column), place_of(column, edges)) for name, column in values.items()}
