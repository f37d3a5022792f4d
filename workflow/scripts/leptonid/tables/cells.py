"""Images as lists of their non-empty pixels, and where pixels lie in eta and phi."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa

from leptonid.errors import InputError
from leptonid.study.layout import Grid
from leptonid.tables.feather import read_batches, read_metadata
from leptonid.tables.large import Growing
from leptonid.tables.slices import slices

# Rows of a record batch of a table of cells.
BATCH = 4096

# Images that are selected at a time.
ROWS_AT_ONCE = 65536


@dataclass(frozen=True)
class SparseImages:
    """The non-empty pixels of N images of one shape.

    Parameters
    ----------
    shape
        (rows, columns, 1) of an image.
    offsets : shape (N + 1,), int64
        Image i has the entries `offsets[i]` to `offsets[i + 1]` of the following.
    pixel : shape (M,)
        Row-major index of each non-empty pixel.
    energy : shape (M,)
        What it holds.
    """

    shape: tuple[int, int, int]
    offsets: np.ndarray
    pixel: np.ndarray
    energy: np.ndarray

    def __len__(self) -> int:
        """Return the number of images."""
        return len(self.offsets) - 1

    @property
    def counts(self) -> np.ndarray:
        """Number of non-empty pixels of each image, (N,)."""
        return np.diff(self.offsets)

    def dense(self, rows: np.ndarray | slice = slice(None)) -> np.ndarray:
        """Return some of the images as a dense array, (rows, *shape) float32."""
        entries, counts = self._entries(rows)
        images = np.zeros((len(counts), self.shape[0] * self.shape[1]), np.float32)
        images[np.repeat(np.arange(len(counts)), counts), self.pixel[entries]] = self.energy[entries]
        return images.reshape(-1, *self.shape)

    def take(self, rows: np.ndarray | slice) -> "SparseImages":
        """Return some of the images."""
        rows = np.arange(len(self))[rows]
        pixel, energy = Growing(self.pixel.dtype), Growing(self.energy.dtype)
        for part in slices(len(rows), ROWS_AT_ONCE):
            entries, _ = self._entries(rows[part])
            pixel.append(self.pixel[entries])
            energy.append(self.energy[entries])
        return SparseImages(self.shape, _offsets(self.counts[rows]), pixel.array(), energy.array())

    def point_clouds(self, positions: np.ndarray) -> list[np.ndarray]:
        """Return one float64 array (M, 3) of energy, eta, phi per image, with the `pixel_positions`."""
        flat = np.column_stack([self.energy, positions[self.pixel]])
        return np.split(flat, self.offsets[1:])[:-1]

    @classmethod
    def from_dense(cls, images: np.ndarray) -> "SparseImages":
        """Return images of shape (N, rows, columns, 1) without their empty pixels."""
        flat = images.reshape(len(images), images.shape[1] * images.shape[2])
        rows, pixels = np.nonzero(flat)
        counts = np.bincount(rows, minlength=len(flat))
        return cls(
            images.shape[1:], _offsets(counts), pixels.astype(pixel_type(flat.shape[1])), flat[rows, pixels]
        )

    @classmethod
    def concatenate(cls, parts: Sequence["SparseImages"]) -> "SparseImages":
        """Return the images of all parts, one after the other."""
        pixel, energy = Growing(parts[0].pixel.dtype), Growing(parts[0].energy.dtype)
        for part in parts:
            pixel.append(part.pixel)
            energy.append(part.energy)
        counts = np.concatenate([part.counts for part in parts])
        return cls(parts[0].shape, _offsets(counts), pixel.array(), energy.array())

    def _entries(self, rows: np.ndarray | slice) -> tuple[np.ndarray | slice, np.ndarray]:
        """Return which entries belong to some images, and their number per image."""
        if isinstance(rows, slice) and rows.step in (None, 1):
            start, stop, _ = rows.indices(len(self))
            stop = max(start, stop)
            return slice(self.offsets[start], self.offsets[stop]), np.diff(self.offsets[start : stop + 1])
        rows = np.arange(len(self))[rows]
        starts = self.offsets[rows]
        counts = self.offsets[rows + 1] - starts
        return np.repeat(starts - _offsets(counts)[:-1], counts) + np.arange(counts.sum()), counts


def cell_sums(images: SparseImages, grid: Grid) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return image, cell and energy, each (M,), of every calorimeter cell with a pixel that is not empty.

    Cells are numbered row by row; a cell's energy is the sum of its pixels, float64.
    """
    image = np.repeat(np.arange(len(images)), images.counts)
    row, column = np.divmod(images.pixel.astype(np.int64), grid.columns)
    side = grid.pixels_per_cell
    cell = row // side * grid.cell_columns + column // side
    cells = grid.cell_rows * grid.cell_columns
    keys, place = np.unique(image * cells + cell, return_inverse=True)
    energy = np.bincount(place, images.energy.astype(np.float64), len(keys))
    return *np.divmod(keys, cells), energy


def cell_images(images: SparseImages, grid: Grid) -> SparseImages:
    """Return images with one pixel per calorimeter cell, the sum of its pixels, as of `Grid.of_cells`."""
    if grid.pixels_per_cell == 1:
        return images
    shape = grid.of_cells.shape
    parts = []
    for rows in slices(max(1, len(images)), ROWS_AT_ONCE):
        part = images.take(rows)
        image, cell, energy = cell_sums(part, grid)
        offsets = _offsets(np.bincount(image, minlength=len(part)))
        parts.append(
            SparseImages(shape, offsets, cell.astype(images.pixel.dtype), energy.astype(images.energy.dtype))
        )
    return SparseImages.concatenate(parts)


def padded_sets(
    images: Sequence[SparseImages], grids: Sequence[Grid], rows: np.ndarray | slice = slice(None)
) -> np.ndarray:
    """Return the sets of the non-empty pixels of some events, (rows, M, F) float32.

    An element is energy, eta, phi, and for every image but the first a flag: 1 for its pixels, else 0. M is
    the largest number of pixels of these events, at least 1; shorter sets are filled up with zeros.
    """
    entries, counts = zip(*(part._entries(rows) for part in images), strict=True)
    first = np.cumsum([np.zeros_like(counts[0]), *counts], axis=0)
    sets = np.zeros((len(counts[0]), max(1, first[-1].max(initial=0)), 2 + len(images)), np.float32)
    for number, (part, grid) in enumerate(zip(images, grids, strict=True)):
        own = counts[number]
        row = np.repeat(np.arange(len(own)), own)
        place = np.arange(own.sum()) + np.repeat(first[number] - _offsets(own)[:-1], own)
        sets[row, place, 0] = part.energy[entries[number]]
        sets[row, place, 1:3] = pixel_positions(grid)[part.pixel[entries[number]]]
        if number:
            sets[row, place, 2 + number] = 1
    return sets


def pixel_type(pixels: int) -> type[np.signedinteger]:
    """Return the integer type that holds indices of so many pixels."""
    return np.int16 if pixels <= np.iinfo(np.int16).max else np.int32


def pixel_positions(grid: Grid, coordinates: str = "physical") -> np.ndarray:
    """Return the (eta, phi) of every pixel relative to the image centre, shape (pixels, 2), float64.

    `physical` gives true pixel centres. `published` repeats the public code of arXiv:2011.01984
    (generate_efp.py): the edges of the image stand for the outer pixel centres, which stretches angles by
    3 %, and rows are read as eta.
    """
    if coordinates == "physical":
        along = {
            axis.strip("-"): (-offsets if axis.startswith("-") else offsets) * grid.step(axis)
            for axis, offsets in (
                (grid.row_axis, _centred(grid.rows)),
                (grid.column_axis, _centred(grid.columns)),
            )
        }
        rows_are_eta = grid.row_axis.endswith("eta")
    elif coordinates == "published":
        rows_are_eta = grid.published_row_axis == "eta"
        sides = (grid.rows, grid.columns) if rows_are_eta else (grid.columns, grid.rows)
        halves = (grid.published_half_eta, grid.published_half_phi)
        along = {
            axis: np.linspace(-half, half, side)
            for axis, half, side in zip(("eta", "phi"), halves, sides, strict=True)
        }
    else:
        raise ValueError(f"coordinates must be 'physical' or 'published', not {coordinates!r}")
    eta, phi = along["eta"], along["phi"]
    if rows_are_eta:
        return np.stack([np.repeat(eta, grid.columns), np.tile(phi, grid.rows)], axis=1)
    return np.stack([np.tile(eta, grid.rows), np.repeat(phi, grid.columns)], axis=1)


def cell_schema(split: str, grid: Grid, energy: pa.DataType) -> pa.Schema:
    """Return the schema of a table of cells: `event`, and lists `cell` and `et`."""
    pixel = pa.from_numpy_dtype(pixel_type(grid.pixels))
    fields = [("event", pa.int64()), ("cell", pa.list_(pixel)), ("et", pa.list_(energy))]
    return pa.schema(fields, metadata={"split": split, "calorimeter": grid.calorimeter})


def cell_batch(images: SparseImages, first: int, schema: pa.Schema) -> pa.RecordBatch:
    """Return images as rows of a table of cells, events counted from `first`."""
    offsets = pa.array(images.offsets, pa.int32())
    columns = [
        pa.array(np.arange(first, first + len(images))),
        pa.ListArray.from_arrays(offsets, images.pixel),
        pa.ListArray.from_arrays(offsets, images.energy),
    ]
    return pa.record_batch(columns, schema=schema)


def read_cells(
    path: str | Path, grid: Grid, dtype: type[np.floating] | None = None, rows: slice = slice(None)
) -> tuple[np.ndarray, SparseImages]:
    """Read a table of cells: the events, (N,), and their images, with energies as `dtype` if given.

    With `rows`, only these rows are read, and nothing else is held in memory. Many cells are mapped from a
    file, see `leptonid.tables.large`.

    Raises
    ------
    InputError
        If the file is missing or damaged, is of another calorimeter, or a cell lies outside the image.
    """
    calorimeter = read_metadata(path).get("calorimeter", grid.calorimeter)
    if calorimeter != grid.calorimeter:
        raise InputError(
            f"{path}: expected cells of the {grid.calorimeter}, found those of the {calorimeter}"
        )
    events, all_counts = [np.zeros(0, np.int64)], [np.zeros(0, np.int64)]
    pixels = energies = None
    for batch in read_batches(path, ["event", "cell", "et"], rows):
        event, cell, et = batch.columns
        if not cell.value_lengths().equals(et.value_lengths()):
            raise InputError(f"{path}: the lists of cells and energies of an event differ in length")
        pixel, energy = (column.flatten().to_numpy() for column in (cell, et))
        outside = (pixel < 0) | (pixel >= grid.pixels)
        if outside.any():
            raise InputError(
                f"{path}: cell {pixel[outside][0]} is outside the {grid.calorimeter} image of "
                f"{grid.pixels} cells"
            )
        if pixels is None:
            pixels, energies = Growing(pixel.dtype), Growing(dtype or energy.dtype)
        pixels.append(pixel)
        energies.append(energy)
        # Copies, as a view would keep the whole batch in memory.
        all_counts.append(cell.value_lengths().to_numpy().copy())
        events.append(event.to_numpy().copy())
    if pixels is None:
        pixels, energies = Growing(pixel_type(grid.pixels)), Growing(dtype or np.float32)
    offsets = _offsets(np.concatenate(all_counts))
    return np.concatenate(events), SparseImages(grid.shape, offsets, pixels.array(), energies.array())


def _centred(count: int) -> np.ndarray:
    return np.arange(count) - (count - 1) / 2


def _offsets(counts: np.ndarray) -> np.ndarray:
    return np.concatenate([[0], np.cumsum(counts, dtype=np.int64)])


def upright(images: np.ndarray, grid: Grid) -> np.ndarray:
    """Return images (..., rows, columns) with phi falling along rows and eta rising along columns; a view."""
    row_axis, column_axis = grid.row_axis, grid.column_axis
    if row_axis.endswith("eta"):
        images = np.swapaxes(images, -1, -2)
        row_axis, column_axis = column_axis, row_axis
    if not row_axis.startswith("-"):
        images = images[..., ::-1, :]
    return images[..., ::-1] if column_axis.startswith("-") else images


def select(values: np.ndarray | SparseImages, events: np.ndarray) -> np.ndarray | SparseImages:
    """Return the values or images of some events."""
    return values.take(events) if isinstance(values, SparseImages) else values[events]


def compact(values: np.ndarray) -> np.ndarray | SparseImages:
    """Return images, (N, rows, columns, 1), sparse, and other values as they are."""
    return SparseImages.from_dense(values) if values.ndim == 4 else values


def joined(parts: Sequence[np.ndarray | SparseImages]) -> np.ndarray | SparseImages:
    """Return the values or images of all parts, one after the other."""
    if isinstance(parts[0], SparseImages):
        return SparseImages.concatenate(parts)
    return np.concatenate(parts)
