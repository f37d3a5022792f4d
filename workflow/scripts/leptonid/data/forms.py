"""Groups of events in one form, whatever form a file has them in: only this module knows others.

A `Part` is one dataset of a file, read in blocks as the layout wants it: the shape of an event without or
with axes of length 1, labels as 0 and 1, rows of one split. A `Values` is a split of a group: parts one after
another, or, where each part is of one class, the classes in turn, so that any stretch of events has both.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Protocol

import numpy as np

from leptonid.data.hdf5 import check_finite
from leptonid.errors import InputError
from leptonid.study.forms import shares_of
from leptonid.study.layout import CLASSES
from leptonid.study.paths import SPLITS
from leptonid.tables.cells import BATCH
from leptonid.tables.slices import slices

# A block of events has at most this many bytes of one group, and at most BATCH events.
BLOCK_BYTES = 64_000_000

ONE_HOT = (2,)
INT8 = np.dtype(np.int8)


class Dataset(Protocol):
    """What parts are read from: an HDF5 dataset, or columns of a table; the first axis is the event."""

    shape: tuple[int, ...]
    dtype: np.dtype

    def __getitem__(self, rows: slice) -> np.ndarray: ...


def number_type(dtype: np.dtype) -> np.dtype | None:
    """Return the type that numbers of a file are read as, None for what is no number.

    float32 or float64, whichever holds the numbers of the file: HDF5 also has other byte orders and
    precisions, and integers, which tables and networks do not know.
    """
    if dtype.kind not in "fiu":
        return None
    largest = 4 if dtype.kind == "f" else 2
    return np.dtype(np.float32 if dtype.itemsize <= largest else np.float64)


def same_apart_from_ones(shape: Sequence[int], other: Sequence[int]) -> bool:
    """Return whether two shapes differ in axes of length 1 only: one can be read as the other in one way."""
    return [size for size in shape if size != 1] == [size for size in other if size != 1]


@dataclass(frozen=True)
class Constant:
    """A dataset of N equal labels, for events whose class the structure of a file says."""

    label: int
    shape: tuple[int]
    dtype: np.dtype = INT8

    def __getitem__(self, rows: slice) -> np.ndarray:
        """Return the labels of some rows."""
        return np.full(len(range(*rows.indices(self.shape[0]))), self.label, self.dtype)


@dataclass(frozen=True)
class Part:
    """Some events of a dataset of a file.

    Parameters
    ----------
    where
        File and dataset, for errors.
    dataset
        What is read.
    shape
        Of one event in the layout.
    rows : shape (N,), optional
        The events among all of the dataset, rising; None for all.
    label
        Their class, where the file's structure says it.
    """

    where: str
    dataset: Dataset
    shape: tuple[int, ...]
    rows: np.ndarray | None = None
    label: int | None = None

    def __len__(self) -> int:
        """Return the number of events."""
        return self.dataset.shape[0] if self.rows is None else len(self.rows)

    @property
    def dtype(self) -> np.dtype:
        """Type that the numbers are read as."""
        return number_type(self.dataset.dtype) or self.dataset.dtype

    @property
    def row_bytes(self) -> int:
        """Bytes that are read for one event, those of other splits between them included."""
        size = self.dataset.dtype.itemsize * int(np.prod(self.dataset.shape[1:]))
        return size * -(-self.dataset.shape[0] // max(len(self), 1))

    def row(self, event: int) -> int:
        """Return the row of an event in the dataset."""
        return event if self.rows is None else int(self.rows[event])

    def read(self, start: int, stop: int) -> np.ndarray:
        """Return the values of some events, (stop - start, *shape), as `dtype`.

        Raises
        ------
        InputError
            If they cannot be read, as in a truncated file.
        """
        first, last = (self.row(start), self.row(stop - 1)) if stop > start else (0, -1)
        try:
            values = self.dataset[first : last + 1]
        except OSError as error:
            raise InputError(f"{self.where}: events {first} to {last} cannot be read ({error})") from error
        if self.rows is not None:
            values = values[self.rows[start:stop] - first]
        # What is too large for the type becomes infinite, and is refused as such.
        with np.errstate(over="ignore"):
            values = values.astype(self.dtype, copy=False)
        return values.reshape(len(values), *self.shape)

    def blocks(self, size: int | None = None) -> Iterator[tuple[int, np.ndarray]]:
        """Yield (first event, values) for successive blocks of events; errors as of `read`."""
        return _blocks(self, size)

    def check_finite(self, values: np.ndarray, start: int) -> None:
        """Check that values, the first of which is of event `start`, are finite; the error names another."""
        finite = np.isfinite(values)
        if not finite.all():
            event = int(np.argmin(finite.reshape(len(values), -1).all(1)))
            check_finite(values[event : event + 1], self.row(start + event), self.where)


@dataclass(frozen=True)
class Labels(Part):
    """The labels of some events, as 0 and 1: all of them are read at once, the first time.

    They may be numbers 0 and 1, -1 and 1, false and true, or one-hot: two columns, the second 1 for signal.
    """

    @property
    def dtype(self) -> np.dtype:
        """int8."""
        return INT8

    def read(self, start: int, stop: int) -> np.ndarray:
        """Return some labels, (stop - start,) int8.

        Raises
        ------
        InputError
            If one has no meaning; the message names the event.
        """
        return self.everything[start:stop] if self.rows is None else self.everything[self.rows[start:stop]]

    @cached_property
    def everything(self) -> np.ndarray:
        """The labels of all events of the dataset, int8; errors as of `read`."""
        numbers = [np.empty(0, np.float64)]
        whole = Part(self.where, self.dataset, self.dataset.shape[1:])
        for start, values in whole.blocks():
            numbers.append(self._numbers(values, start))
        numbers = np.concatenate(numbers)
        if (numbers == -1).any() and (numbers == 0).any():
            raise InputError(
                f"{self.where} has labels -1 and 0, so that background can be either; write 0 for "
                "background, 1 for signal"
            )
        return (numbers == 1).astype(np.int8)

    def form(self) -> str | None:
        """Return the form of the labels, None for numbers 0 and 1."""
        if self.dataset.shape[1:] == ONE_HOT:
            return "one-hot labels, the second column of which is 1 for signal"
        if self.dataset.dtype.kind == "b":
            return "labels false and true as 0 and 1"
        if self.dataset.dtype.kind != "u" and self.dataset.shape[0]:
            values = Part(self.where, self.dataset, self.dataset.shape[1:]).blocks()
            if any((part == -1).any() for _, part in values):
                return "labels -1 and 1 as 0 and 1"
        return None

    def _numbers(self, values: np.ndarray, start: int) -> np.ndarray:
        """Return labels of one block as -1, 0 or 1."""
        if values.shape[1:] == ONE_HOT:
            wrong = ((values != 0) & (values != 1)).any(1) | (values.sum(1) != 1)
            expected = "one column 1 and the other 0"
        else:
            values = values.reshape(len(values))
            wrong = (values != 0) & (values != 1) & (values != -1)
            expected = f"0 ({CLASSES[0]}) or 1 ({CLASSES[1]})"
        if wrong.any():
            event = int(np.argmax(wrong))
            found = np.array2string(values[event]) if values.ndim > 1 else f"{values[event]:g}"
            raise InputError(f"{self.where}: event {start + event} has label {found}, expected {expected}")
        return values[:, 1] if values.ndim > 1 else values


@dataclass(frozen=True)
class Values:
    """The events of a group and a split: of all parts, one after another, or the classes in turn.

    `name` is that of the group and the split. Signal and background take turns, in proportion, where parts
    have a class.
    """

    name: str
    parts: tuple[Part, ...]

    def __len__(self) -> int:
        """Return the number of events."""
        return sum(map(len, self.parts))

    @property
    def dtype(self) -> np.dtype:
        """Type that the numbers are read as: float64 where one of the parts has it."""
        return np.result_type(*(part.dtype for part in self.parts))

    @property
    def shape(self) -> tuple[int, ...]:
        """(events, *shape of an event)."""
        return (len(self), *self.parts[0].shape)

    @property
    def row_bytes(self) -> int:
        """Bytes that are read for one event, at most."""
        return max(part.row_bytes for part in self.parts)

    def read(self, start: int, stop: int) -> np.ndarray:
        """Return the values of some events, (stop - start, *shape); errors as of the parts."""
        if len(self.parts) == 1:
            return self.parts[0].read(start, stop)
        values = np.empty((stop - start, *self.shape[1:]), self.dtype)
        if any(part.label is None for part in self.parts):
            _read_into(values, self.parts, start)
            return values
        signal, background = ([part for part in self.parts if part.label == label] for label in CLASSES)
        turns = np.arange(start, stop + 1) * sum(map(len, signal)) // max(len(self), 1)
        is_signal = np.diff(turns) > 0
        for parts, rows, first in ((signal, is_signal, turns[0]), (background, ~is_signal, start - turns[0])):
            own = np.empty((rows.sum(), *self.shape[1:]), self.dtype)
            _read_into(own, parts, int(first))
            values[rows] = own
        return values

    def blocks(self, size: int | None = None) -> Iterator[tuple[int, np.ndarray]]:
        """Yield (first event, values) for successive blocks of events; errors as of the parts."""
        return _blocks(self, size)


def block_size(values: Sequence[Part | Values], limit: int = BATCH) -> int:
    """Return how many events are read at a time: `limit`, or as many as `BLOCK_BYTES` hold of each group."""
    return max(1, min(limit, BLOCK_BYTES // max(1, *(each.row_bytes for each in values))))


def rows_by_split(y: np.ndarray, split: Mapping[str, float]) -> dict[str, np.ndarray]:
    """Return the rows of each split of events without splits, rising: a share of each class, by the seed.

    Parameters
    ----------
    y : shape (N,)
        Labels.
    split
        The shares `valid` and `test`, and the `seed`.
    """
    rows: dict[str, list[np.ndarray]] = {name: [] for name in SPLITS}
    for label in CLASSES:
        members = np.flatnonzero(y == label)
        order = np.random.default_rng([split["seed"], label]).permutation(members)
        start = 0
        for name, count in shares_of(len(members), split).items():
            rows[name].append(order[start : start + count])
            start += count
    return {name: np.sort(np.concatenate(parts)) for name, parts in rows.items()}


def _read_into(values: np.ndarray, parts: Sequence[Part], start: int) -> None:
    """Fill an array with the events of parts that follow one another, from event `start`."""
    before = 0
    for part in parts:
        low, high = max(start - before, 0), min(start + len(values) - before, len(part))
        if low < high:
            values[before + low - start : before + high - start] = part.read(low, high)
        before += len(part)


def _blocks(values: "Part | Values", size: int | None) -> Iterator[tuple[int, np.ndarray]]:
    for rows in slices(len(values), size or block_size([values])):
        yield rows.start, values.read(rows.start, min(rows.stop, len(values)))
