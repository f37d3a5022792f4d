"""Files of events as a sample: which groups and splits they hold, wherever and in whatever form."""

from collections.abc import Collection, Iterator, Sequence
from functools import cached_property
from pathlib import Path

import numpy as np

from leptonid.data.event_tables import TableStore, is_table
from leptonid.data.forms import (
    ONE_HOT,
    Constant,
    Dataset,
    Labels,
    Part,
    Values,
    block_size,
    number_type,
    rows_by_split,
    same_apart_from_ones,
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
            self._part(name, place, split) for place in self._places(name) if place.split in (None, split)
        ]

    def check(self, name: str, splits: Sequence[str] | None = None) -> None:
        """Check that a group has splits, by default all that are wanted, and that they can be read.

        Raises
        ------
        InputError
            Naming the file, the group and the split.
        """
        if name not in self:
            raise InputError(f"{self.path}: {self.missing(name)}")
        self._check_splits(name)
        shape, is_label = group_shapes(self.contents)[name], name == self.label
        for split in splits or self.wanted or self.splits(name):
            parts = self.parts(name, split)
            if not parts:
                there = ", ".join(
                    sorted({place.split for place in self._places(name)} - {None}) or self.splits(name)
                )
                raise InputError(
                    f"{self.path}: {name}/{split} is missing (group '{name}' has: {there}); name the files "
                    "of each split in data.path, or write one dataset of all events, which data.split divides"
                )
            for part in parts:
                found, kind = part.dataset.shape[1:], part.dataset.dtype
                if not (same_apart_from_ones(found, shape) or (is_label and found == ONE_HOT)):
                    raise InputError(
                        f"{part.where} has shape {part.dataset.shape}, expected {_expected(shape)}"
                        f"{_advice(found, shape)}"
                    )
                if number_type(kind) is None and not (is_label and kind.kind == "b"):
                    expected = "numbers 0 and 1" if is_label else "numbers"
                    raise InputError(f"{part.where} has dtype {kind}, expected {expected}")
                self.store.check_filters(part.dataset)

    def _check_splits(self, name: str) -> None:
        """Check that all groups of the file have splits, or none has."""
        first = next(iter(self.places))
        own, other = (self._places(group)[0].split is None for group in (name, first))
        if own != other:
            whole, divided = (name, first) if own else (first, name)
            raise InputError(
                f"{self.path}: '{whole}' is a dataset of all events, '{divided}' has one for each split; "
                "write both in the same way"
            )

    def check_lengths(self, groups: Sequence[str], split: str) -> None:
        """Check that groups have as many events as the first of them, of each class where they are apart."""
        first = self.parts(groups[0], split)
        for name in groups:
            for part, other in zip(self.parts(name, split), first, strict=False):
                if part.label != other.label:
                    raise InputError(
                        f"{self.path}: '{groups[0]}' and '{name}' differ: only one of them has the class in "
                        "its name, so that the order of events is not known"
                    )
                if len(part) != len(other):
                    raise InputError(
                        f"{part.where} has {part.dataset.shape[0]} events, "
                        f"{other.where.removeprefix(f'{self.path}: ')} has {other.dataset.shape[0]}"
                    )

    def notes(self) -> list[str]:
        """Return what is read in another form than the layout's, a sentence each."""
        notes = []
        for name in self.places:
            shape = group_shapes(self.contents)[name]
            for place in self._places(name):
                if self.wanted is not None and place.split not in (None, *self.wanted):
                    continue
                plain = f"{name}/{place.split}"
                part = self._part(name, place, place.split or next(iter(self.splits(name))))
                forms = []
                if place.path != plain and place.split:
                    forms.append(f"for {plain}")
                if place.label is not None and place in self.places[name]:
                    forms.append(f"label {place.label}")
                if target := self.store.target(place.path):
                    forms.append(f"a link to {target} in the same file")
                if isinstance(part, Labels):
                    forms += filter(None, [part.form()])
                if part.dataset.shape[1:] not in (shape, ONE_HOT):
                    forms.append(f"events of shape {part.dataset.shape[1:]} as {shape}")
                if forms:
                    notes.append(f"{place.path}: read as {', '.join(forms)}")
        if any(place.split is None for found in self.places.values() for place in found):
            notes.append(self._split_note())
        return notes

    def unused(self) -> list[str]:
        """Return names in the file that are not read, of groups with something that is read those inside."""
        used = {
            place.path
            for found in self.places.values()
            for place in found
            if self.wanted is None or place.split in (None, *self.wanted)
        }
        return [path for name in self.store.names() for path in self._unused(name, used)]

    def _unused(self, path: str, used: Collection[str]) -> list[str]:
        if path in used:
            return []
        if not any(name.startswith(f"{path}/") for name in used):
            return [path]
        return [
            inner for name in sorted(self.store.look(path)) for inner in self._unused(f"{path}/{name}", used)
        ]

    def _split_note(self) -> str:
        whole = self.reading.whole.get(str(self.path))
        if whole:
            return f"has no splits: all events are {whole[0]} events, as data.path says"
        shares = {key: self.reading.split[key] for key in ("valid", "test")}
        listed = ", ".join(f"{share:g} {split}" for split, share in shares.items())
        seed = self.reading.split["seed"]
        return f"has no splits: data.split divides the events of each class ({listed}, seed {seed})"

    def _find(self, name: str) -> list[Place]:
        try:
            return places(self.store.look, name, self.reading.words)
        except InputError as error:
            text = str(error)
            raise error if text.startswith(str(self.path)) else InputError(f"{self.path}: {text}") from error

    def _places(self, name: str) -> list[Place]:
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

    def _part(self, name: str, place: Place, split: str) -> Part:
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

    def missing(self, name: str) -> str:
        """Return that a group is missing, with what was found."""
        if self.store.look(name) is not None:
            return f"group '{name}' is empty, expected a dataset for each split, such as {name}/test"
        names = self.store.names()
        text = f"group '{name}' is missing (found: {', '.join(names) or 'nothing'})"
        frames = [key for key in names if self.store.is_pandas(key)]
        if frames:
            text += (
                f"; '{frames[0]}' was written by pandas or PyTables: write Parquet, frame.to_parquet(path), "
                "and take data.source: table"
            )
        return text


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


def _expected(shape: tuple[int, ...]) -> str:
    return f"({', '.join(['N', *map(str, shape)])}{'' if shape else ','})"


def _advice(found: tuple[int, ...], shape: tuple[int, ...]) -> str:
    """Return what to do about events of a shape that the layout's could be made of in more than one way."""
    if len(shape) == 3 and sorted(found) == sorted(shape):
        return "; if rows and columns are exchanged, exchange them in the layout, with its orientation"
    if len(shape) == 3 and len(found) == 1 and found[0] == np.prod(shape):
        return "; whether the pixels follow row by row is not known: reshape them"
    if len(shape) == 3 and len(found) == 3 and shape[:2] in (found[:2], found[1:]):
        return "; write each channel as an image of its own"
    return ""
