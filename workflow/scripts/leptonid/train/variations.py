"""Test events with changed calorimeter cells, as another calibration or alignment would give them."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from zlib import crc32

import numpy as np
import pyarrow as pa

from leptonid.study.layout import Grid
from leptonid.tables.cells import SparseImages
from leptonid.tables.reader import Events
from leptonid.tables.slices import slices

# Images that are dense in memory at a time.
ROWS_AT_ONCE = 4096

# The column of the scores of the events as they are; those of a change have its name behind an underscore.
SCORE = "score"


@dataclass(frozen=True)
class Change:
    """What happens to the energy of every cell, in this order.

    Parameters
    ----------
    shift
        Share of a cell by which all energy moves along eta and phi: it is divided between the cells that a
        deposit spread evenly over its cell would then cover, and lost beyond the image.
    scale
        Factor on the energy.
    smear
        Standard deviation of a Gaussian factor of mean 1, of each cell of its own; below 0 it is 0.
    threshold
        Cells with less energy than this become empty, in the unit of the image.
    images
        Names of the images that change; empty for all.
    """

    shift: tuple[float, float] = (0.0, 0.0)
    scale: float = 1.0
    smear: float = 0.0
    threshold: float | None = None
    images: tuple[str, ...] = field(default=())


def scores_of_changes(
    score: Callable[[Events], np.ndarray],
    events: Events,
    grids: Mapping[str, Grid],
    changes: Mapping[str, Change],
    seed: int,
) -> pa.Table:
    """Return the scores of events as they are, and with each of some changes of their images.

    Flat variables stay as they are: what was computed from the cells elsewhere is not computed again.

    Parameters
    ----------
    score
        Returns the scores of events, (N,).
    grids
        The grid of every image by name.
    seed
        Seed of the smearing; each cell has the same random number for all classifiers.

    Returns
    -------
    pyarrow.Table
        `event`, `y`, `weight`, `score`, and `score_{change}` of each change.
    """
    columns = {"event": events.event, "y": events.y, "weight": events.weight, SCORE: score(events)}
    for name, change in changes.items():
        changed = events
        for image, images in events.images.items():
            if not change.images or image in change.images:
                generator = np.random.default_rng((seed, crc32(image.encode())))
                changed = changed.with_image(image, changed_images(images, grids[image], change, generator))
        columns[f"{SCORE}_{name}"] = score(changed)
    return pa.table(columns)


def changed_images(
    images: SparseImages, grid: Grid, change: Change, generator: np.random.Generator
) -> SparseImages:
    """Return images after a change of their cells; the pixels of a cell change by the same factor."""
    side = grid.pixels_per_cell
    parts = []
    for rows in slices(len(images), ROWS_AT_ONCE):
        pixels = images.dense(rows)[..., 0].astype(np.float64)
        if any(change.shift):
            shifted = _shifted(_cells(pixels, side), grid, change.shift)
            pixels = _over_pixels(shifted / side**2, side)
        cells = _cells(pixels, side)
        factor = np.full(cells.shape, change.scale)
        if change.smear:
            factor *= np.maximum(0, 1 + change.smear * generator.standard_normal(cells.shape))
        if change.threshold is not None:
            factor[cells * factor < change.threshold] = 0
        pixels *= _over_pixels(factor, side)
        parts.append(SparseImages.from_dense(pixels[..., None].astype(np.float32)))
    return SparseImages.concatenate(parts)


def _shifted(cells: np.ndarray, grid: Grid, shift: tuple[float, float]) -> np.ndarray:
    """Return cells, (N, rows, columns), whose energy has moved along eta and phi by shares of a cell."""
    along = dict(zip(("eta", "phi"), shift, strict=True))
    for axis, name in ((1, grid.row_axis), (2, grid.column_axis)):
        share = along[name.strip("-")]
        towards = int(np.sign(share)) * (-1 if name.startswith("-") else 1)
        if towards:
            moved = np.roll(cells, towards, axis)
            # What leaves the image does not come back on the other side.
            edge = [slice(None)] * 3
            edge[axis] = 0 if towards > 0 else -1
            moved[tuple(edge)] = 0
            cells = (1 - abs(share)) * cells + abs(share) * moved
    return cells


def _cells(pixels: np.ndarray, side: int) -> np.ndarray:
    """Return the sums of the pixels of each cell, (N, rows, columns)."""
    count, rows, columns = pixels.shape
    return pixels.reshape(count, rows // side, side, columns // side, side).sum(axis=(2, 4))


def _over_pixels(cells: np.ndarray, side: int) -> np.ndarray:
    """Return an array with the value of its cell in every pixel."""
    return cells.repeat(side, axis=1).repeat(side, axis=2)
