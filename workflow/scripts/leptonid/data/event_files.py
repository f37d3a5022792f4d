"""Files of events as a sample: which groups and splits they hold, wherever and in whatever form."""

from collections.abc import Iterator, Sequence
from functools import cached_property
from pathlib import Path

import numpy as np

from leptonid.data.event_tables import TableStore, is_table
from leptonid.data.forms import (
    Constant,
    Dataset,
    Labels,
    Part,
    Values,
    block_size,
    rows_by_split,
)
from leptonid.data.opening import Hdf5Store
from leptonid.errors import InputError
from leptonid.study.forms import Place, places
from leptonid.study.layout import LABEL, Contents
from leptonid.study.paths import SPLITS
from leptonid.study.sources import FILE, TABLE, Reading, files_of
from leptonid.tables.cells import BATCH

# How a file is read where no config says it.
DEFAULT = Reading()

# The one split of a file without splits, where splits can have any name.
EVERYTHING = "all"


def group_shapes(contents: Contents) -> dict[str, tuple[int, ...]]:
    """Return the shape of one event in each group of a layout, those that a file may lack included."""
    return {
        **dict.fromkeys(contents.events.values(), ()),
        **{name: grid.shape for name, grid in contents.images.items()},
        **{name: (len(variables),) for name, variables in contents.stored.items()},
    }


def optional_groups(contents: Contents) -> list[str]:
    """Return the groups of a layout that a file may lack: weights and kinematics."""
    return [group for role, group in contents.events.items() if role != LABEL]


def open_store(
    path: str | Path, contents: Contents | None = None, kind: str | None = None
) -> Hdf5Store | TableStore:
    """Open a file of events: HDF5 (`kind` FILE), a table (TABLE), or whichever it is (None).

    Raises
    ------
    InputError
        As `leptonid.data.opening.open_file`.
    """
    if is_table(path) and kind != FILE:
        return TableStore(path, contents or Contents({}, {}, {}))
    store = Hdf5Store(path)
    if kind == TABLE:
        store.close()
        raise InputError(f"{path}: an HDF5 file, expected Parquet or Feather; take data.source: file")
    return store


class EventFile:
    """One open file of events: HDF5 in any of the forms of `leptonid.study.forms`, or a table.

    Parameters
    ----------
    path
        The file.
    contents
        The groups of interest.
    reading
        What the layout leaves open.
    splits
        The splits of interest; None for all that there are, whatever their names.

    Raises
    ------
    InputError
        As `leptonid.data.opening.open_file`, and if the values of a group do not lie in this file.
    """

    def __init__(
        self, path: str | Path, contents: Contents, reading: Reading, splits: Sequence[str] | None = SPLITS
    ):
        self.path, self.contents, self.reading, self.wanted = path, contents, reading, splits
        self.store = open_store(path, contents, reading.kind)
        try:
            self.places = {name: found for name in group_shapes(contents) if (found := self._find(name))}
            for name in self.places:
                for split in self.splits(name):
                    self.parts(name, split)
        except InputError:
            self.close()
            raise

    def __contains__(self, name: str) -> bool:
        """Return whether the file has a group, or says the class of its events without labels."""
        return name in self.places or (name == self.label and bool(self._labelled_places))

    def close(self) -> None:
        """Close the file."""
        self.store.close()

    @property
    def label(self) -> str | None:
        """The group of the labels."""
        return self.contents.events.get(LABEL)

    @property
    def groups(self) -> list[str]:
        """The groups of the layout, without the optional ones that the file lacks."""
        optional = optional_groups(self.contents)
        return [name for name in group_shapes(self.contents) if name not in optional or name in self]

    def splits(self, name: str) -> list[str]:
        """Return the splits of a group that are wanted and there."""
        found = {place.split for place in self.places.get(name) or self._labelled_places}
        if None in found:
            found = set(self.store.rows or ([EVERYTHING] if self.wanted is None else self.wanted))
        if self.wanted is not None:
            return [split for split in self.wanted if split in found]
        return [split for split in SPLITS if split in found] + sorted(found - set(SPLITS))

    def parts(self, name: str, split: str) -> list[Part]:
        """Return the parts of a group and a split, signal first where they have a class."""
        if split not in self.splits(name):
            return []
        return [
            self.part(name, place, split) for place in self.places_of(name) if place.split in (None, split)
        ]

    def _find(self, name: str) -> list[Place]:
        try:
            return places(self.store.look, name, self.reading.words)
        except InputError as error:
            text = str(error)
            raise error if text.startswith(str(self.path)) else InputError(f"{self.path}: {text}") from error

    def places_of(self, name: str) -> list[Place]:
        """Return where a group lies, or what has a class by name or by file where labels are missing."""
        found = self.places.get(name) or self._labelled_places
        label = self.reading.labels.get(str(self.path))
        return [
            Place(place.path, place.split, label if place.label is None else place.label) for place in found
        ]

    @cached_property
    def _labelled_places(self) -> list[Place]:
        """The places of a group whose events have a class by name, or by the file's."""
        by_file = str(self.path) in self.reading.labels
        others = (found for name, found in self.places.items() if name != self.label)
        return next((found for found in others if by_file or found[0].label is not None), [])

    def part(self, name: str, place: Place, split: str) -> Part:
        """Return what lies at a place of a group and belongs to a split."""
        dataset = self._dataset(place)
        shape = group_shapes(self.contents)[name]
        where = f"{self.path}: {place.path}"
        rows = None if place.split else self._rows(place, dataset.shape[0], split)
        if name != self.label:
            return Part(where, dataset, shape, rows, place.label)
        if name not in self.places:
            dataset = Constant(place.label, dataset.shape[:1])
        return Labels(where, dataset, (), rows, place.label)

    def _dataset(self, place: Place) -> Dataset:
        found = self.store.look(place.path)
        if hasattr(found, "keys"):
            writer = " of pandas or PyTables" if self.store.is_pandas(place.path) else ""
            raise InputError(
                f"{self.path}: {place.path} is a group{writer}, expected a dataset of numbers; write arrays, "
                "such as h5py.File(path, 'w')['hl/train'] = frame.to_numpy(), or Parquet, "
                "frame.to_parquet(path), with data.source: table"
            )
        if not found.shape:
            raise InputError(
                f"{self.path}: {place.path} has shape {found.shape}, expected one entry per event"
            )
        return found

    def _rows(self, place: Place, events: int, split: str) -> np.ndarray | None:
        """Return the rows of a split among all events of a dataset, None for all of them."""
        whole = self.reading.whole.get(str(self.path))
        if split == EVERYTHING or (whole and len(whole) == 1):
            return None
        if whole:
            raise InputError(
                f"{self.path}: '{place.path}' has no splits, and data.path names the file for "
                f"{' and '.join(whole)}; name it without splits, which data.split then draws"
            )
        return self._drawn(place.label, events).get(split)

    def _drawn(self, label: int | None, events: int) -> dict[str, np.ndarray]:
        """Return the rows of all splits; they are drawn once for each class or file."""
        drawn = self.__dict__.setdefault("_rows_of_label", {})
        if (label, events) not in drawn:
            drawn[label, events] = self._draw(label, events)
        return drawn[label, events]

    def _draw(self, label: int | None, events: int) -> dict[str, np.ndarray]:
        if self.store.rows is not None:
            return self.store.rows
        if label is not None or self.label not in self.places:
            y = np.full(events, label or 0, np.int8)
        else:
            place = self.places[self.label][0]
            y = Labels(f"{self.path}: {place.path}", self._dataset(place), ()).everything
            if len(y) != events:
                y = np.zeros(events, np.int8)
        return rows_by_split(y, self.reading.split)


class Sample:
    """The open files of a sample, as one: their events follow one another.

    Parameters
    ----------
    files
        One or several, in order.
    """

    def __init__(self, files: Sequence[EventFile]):
        self.files = files

    def __enter__(self) -> "Sample":
        return self

    def __exit__(self, *error: object) -> None:
        self.close()

    def close(self) -> None:
        """Close all files."""
        for file in self.files:
            file.close()

    def __contains__(self, name: str) -> bool:
        """Return whether all files have a group."""
        return all(name in file for file in self.files)

    @property
    def groups(self) -> list[str]:
        """The groups of the layout, without the optional ones that a file lacks."""
        return [name for name in self.files[0].groups if all(name in file.groups for file in self.files)]

    def values(self, name: str, split: str) -> Values:
        """Return a split of a group, whose files must have been checked."""
        return Values(
            f"{name}/{split}", tuple(part for file in self.files for part in file.parts(name, split))
        )

    def blocks(self, names: Sequence[str], split: str, limit: int = BATCH) -> Iterator[tuple[int, dict]]:
        """Yield (first event, values by group) for successive blocks of events; errors as of the parts."""
        values = {name: self.values(name, split) for name in names}
        size = block_size([*values.values()], limit)
        for parts in zip(*(group.blocks(size) for group in values.values()), strict=True):
            yield parts[0][0], {name: block for name, (_, block) in zip(names, parts, strict=True)}


def open_events(
    sources: object,
    contents: Contents,
    splits: Sequence[str] | None = SPLITS,
    reading: Reading = DEFAULT,
) -> Sample:
    """Open one file of events or several, a context; parameters and errors as of `EventFile`."""
    files: list[EventFile] = []
    try:
        for source in files_of(sources):
            files.append(EventFile(source, contents, reading, splits))
    except InputError:
        Sample(files).close()
        raise
    return Sample(files)
