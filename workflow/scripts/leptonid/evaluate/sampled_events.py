"""Some test events with their scores and cells, to look at one by one."""

from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pyarrow as pa

from leptonid.errors import InputError
from leptonid.metrics.scored_events import ScoredEvents
from leptonid.study.layout import CLASSES, Grid
from leptonid.tables.cells import SparseImages, read_cells


def spread_rows(y: np.ndarray, count: int) -> np.ndarray:
    """Return up to `count` rows, rising: half of them of each class, at equal distances among its events.

    A class with fewer events leaves the rest to the other.
    """
    signal, background = (np.flatnonzero(y == value) for value in CLASSES)
    of_signal = min(len(signal), max(count // 2, count - len(background)))
    of_background = min(len(background), count - of_signal)
    rows = [
        members[np.linspace(0, len(members) - 1, taken).astype(np.int64)]
        for members, taken in ((signal, of_signal), (background, of_background))
    ]
    return np.sort(np.concatenate(rows))


def sampled_table(
    scored: Mapping[str, ScoredEvents], cells: Mapping[str, tuple[str | Path, Grid]], count: int
) -> pa.Table:
    """Return one row for each of up to `count` test events, as of `spread_rows`.

    Parameters
    ----------
    scored
        Scores of the same test events by classifier; the first training counts.
    cells
        By calorimeter, its table of cells of the test events, and its grid.

    Returns
    -------
    `event`, `y`, `weight`; of each classifier `score/NAME`; of each calorimeter the lists `cell/NAME` and
    `et/NAME` of its non-empty pixels.

    Raises
    ------
    InputError
        As from `read_cells`, and if an event has no cells.
    """
    first = next(iter(scored.values()))
    rows = spread_rows(first.y, count)
    event = first.event[rows]
    columns = {"event": event, "y": first.y[rows], "weight": first.weight[rows]}
    columns |= {f"score/{name}": some.scores[0][rows] for name, some in scored.items()}
    for name, (path, grid) in cells.items():
        images = _images_of(event, path, grid)
        offsets = pa.array(images.offsets, pa.int32())
        columns[f"cell/{name}"] = pa.ListArray.from_arrays(offsets, images.pixel)
        columns[f"et/{name}"] = pa.ListArray.from_arrays(offsets, images.energy)
    return pa.table(columns)


def _images_of(event: np.ndarray, path: str | Path, grid: Grid) -> SparseImages:
    numbers, images = read_cells(path, grid)
    order = np.argsort(numbers)
    places = np.searchsorted(numbers, event, sorter=order)
    found = order[np.minimum(places, len(order) - 1)]
    missing = event[numbers[found] != event]
    if len(missing):
        raise InputError(f"{path}: lacks event {missing[0]}, which is scored; delete it and run again")
    return images.take(found)
