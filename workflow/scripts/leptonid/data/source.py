"""Events of an HDF5 file as a source of the reader: a trained classifier can score them without tables."""

from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from leptonid.data.event_files import Sample
from leptonid.data.flat import flat_variables
from leptonid.data.hdf5 import check_finite
from leptonid.data.scalars import image_scalars
from leptonid.data.structure import check_group, check_lengths
from leptonid.errors import InputError
from leptonid.study.features import EVENTS, Column
from leptonid.study.layout import LABEL, Contents, Grid
from leptonid.tables.cells import SparseImages

# Returns EFPs, (N, names); arguments: calorimeter, names of observables, N images, number of the first event.
Efps = Callable[[str, Sequence[str], SparseImages, int], np.ndarray]


@dataclass(frozen=True)
class Hdf5Block:
    """Successive events of one split of an HDF5 file, as a `leptonid.tables.reader.Source`.

    `values` are those of the file's groups by name, `first` is the number of the first event. `efps` computes
    EFPs, which files do not hold; None where they are not needed.
    """

    path: str | Path
    split: str
    first: int
    contents: Contents
    values: dict[str, np.ndarray]
    efps: Efps | None = None

    def __len__(self) -> int:
        """Return the number of events."""
        return len(next(iter(self.values.values())))

    def labels(self) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
        """Return event, split, y (0 where the file has no labels) and weight (1), each (N,)."""
        label = self.contents.events.get(LABEL)
        y = np.zeros(len(self), np.int8)
        if label in self.values:
            y = self.values[label]
        event = np.arange(self.first, self.first + len(self))
        return event, np.full(len(self), self.split), y, np.ones(len(self))

    def image(self, name: str, grid: Grid) -> SparseImages:
        """Return the images of a group, in float32 or float64."""
        return SparseImages.from_dense(self.values[name])

    def fill(self, columns: Sequence[Column], out: np.ndarray) -> None:
        """Write the values of variables, scalars or EFPs into `out`, (N, columns)."""
        if columns[0].source == EVENTS:
            flat = flat_variables(self.values, self.contents, self.first, f"{self.path}: {self.split}")
            for index, column in enumerate(columns):
                out[:, index] = flat[column.name]
            return
        calorimeter = columns[0].source
        name = next(name for name, grid in self.contents.images.items() if grid.calorimeter == calorimeter)
        images = SparseImages.from_dense(self.values[name])
        if not columns[0].is_efp:
            scalars = image_scalars(images, self.contents.images[name])
            for index, column in enumerate(columns):
                out[:, index] = scalars[column.name]
            return
        try:
            out[:] = self.efps(calorimeter, [column.name for column in columns], images, self.first)
        except InputError as error:
            raise InputError(f"{self.path}: {name}/{self.split}: {error}") from error


def has_labels(sample: Sample, contents: Contents) -> bool:
    """Return whether a file has the labels that a layout names."""
    return contents.events.get(LABEL) in sample


def splits_in(sample: Sample, contents: Contents) -> list[str]:
    """Return the splits that a file has, whatever their names, after a check of its images and variables.

    Kinematics are needed where they are inputs. Labels are checked where the file has them; weights are not
    used.

    Raises
    ------
    InputError
        Naming the file, the group and the split; if there is no split, or groups have different ones, too.
    """
    (file,) = sample.files
    groups = event_groups(contents)
    if has_labels(sample, contents):
        groups.append(contents.events[LABEL])
    for name in groups:
        check_group(file, name)
    splits = list(dict.fromkeys(split for name in groups for split in file.splits(name)))
    for name in groups:
        check_group(file, name, splits)
    for split in splits:
        check_lengths(file, groups, split)
    return splits


def event_blocks(
    sample: Sample,
    split: str,
    contents: Contents,
    path: str | Path,
    efps: Efps | None = None,
    positive: Collection[str] = (),
) -> Iterator[Hdf5Block]:
    """Yield the events of a split of an HDF5 file in blocks that fit into memory.

    Parameters
    ----------
    contents
        The images, variables and kinematics to read, and the labels where the file has them.
    positive
        Images whose pixels must not be negative.

    Raises
    ------
    InputError
        If a value is not finite, a label is not 0 or 1, or a pixel is negative where it must not be; the
        message names the file, the group, the split and the event.
    """
    groups = event_groups(contents)
    if has_labels(sample, contents):
        groups.append(contents.events[LABEL])
    for start, values in sample.blocks(groups, split):
        for name in event_groups(contents):
            where = f"{path}: {name}/{split}"
            check_finite(values[name], start, where)
            if name in positive and (values[name] < 0).any():
                event, *_ = np.argwhere(values[name] < 0)[0]
                raise InputError(
                    f"{where}: event {start + event} has a negative pixel ({values[name][event].min():g}); "
                    "this classifier needs pixels >= 0"
                )
        yield Hdf5Block(path, split, start, contents, values, efps)


def event_groups(contents: Contents) -> list[str]:
    """Return the groups of a file that hold the inputs of a classifier."""
    return [*contents.images, *contents.stored, *(contents.events[role] for role in contents.kinematics)]
