"""The one reader of events: sparse images and flat variables, of which dense batches are made on demand."""

import logging
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Protocol

import numpy as np

from leptonid.errors import InputError
from leptonid.study.features import Column, efp_calorimeters, flat_columns, images_of, scalings
from leptonid.study.layout import Contents, Grid
from leptonid.tables.cells import SparseImages, cell_images, padded_sets, read_cells
from leptonid.tables.efps import coordinates_of, efp_blocks, unique_observables
from leptonid.tables.feather import read_feather, tables_with
from leptonid.tables.flat import events_table, values_of_columns
from leptonid.tables.large import empty_array

logger = logging.getLogger(__name__)

# The names of the flat variables, and of the sets of cells, among the inputs of a network.
FLAT, CELLS = "flat", "cells"


@dataclass(frozen=True)
class Inputs:
    """What a classifier sees: the grids of its images by name, and its flat variables in order."""

    images: Mapping[str, Grid]
    columns: Sequence[Column]

    @classmethod
    def of(cls, names: Sequence[str], contents: Contents, unique: str | Path | None = None) -> "Inputs":
        """Return the inputs that names of the config stand for.

        `unique` is the table of unique observables, needed for EFPs.

        Raises
        ------
        InputError
            As of `flat_columns`, and if nothing is left, as calorimeters have no unique observable.
        """
        observables = unique_observables(unique) if unique else {}
        columns = flat_columns(names, contents, observables)
        images = {name: contents.images[name] for name in images_of(names, contents)}
        empty = [name for name in efp_calorimeters(names, contents) if name not in observables]
        for name in empty:
            logger.warning("the %s has no unique observable: its EFPs are the same for all events", name)
        if empty and not columns and not images:
            raise InputError(
                f"{', '.join(names)}: no input is left, as the {' and '.join(empty)} has no unique "
                "observable; leave out this feature set, or the calorimeter among efp.calorimeters"
            )
        return cls(images, columns)

    @property
    def names(self) -> list[str]:
        """Names of the images and flat variables."""
        return [*self.images, *map(str, self.columns)]

    def with_scalings(self, settings: Mapping) -> dict:
        """Return settings of a network with the `scaling` of each flat variable, see `features.scalings`."""
        contents = Contents.from_settings(settings["layout"])
        return {**settings, "scaling": scalings(self.columns, settings["scaling"], contents)}

    @property
    def shapes(self) -> dict[str, tuple[int, ...]]:
        """Shape of one event of every input of a network."""
        flat = {FLAT: (len(self.columns),)} if self.columns else {}
        return {**{name: grid.shape for name, grid in self.images.items()}, **flat}

    def describe(self, efps: Iterable[str | Path] = ()) -> dict:
        """Return what a trained model's files say of its inputs: `inputs`, and `coordinates` of EFPs or None.

        Raises
        ------
        InputError
            If the EFP tables differ in their coordinates, or do not say.
        """
        with_efps = any(column.is_efp for column in self.columns)
        return {"inputs": self.names, "coordinates": coordinates_of(efps) if with_efps else None}


@dataclass(frozen=True)
class Events:
    """N events: where each stands, its label and weight, and the inputs of a classifier.

    Parameters
    ----------
    event, split : shape (N,)
        The row of each event, in the table of events of which split.
    y, weight : shape (N,)
        1 = signal, 0 = background; event weights.
    images
        Sparse images by name.
    flat : shape (N, F), float64
        Flat variables; None where there are none.
    grids
        The grids of the images by name; only sets need them.
    sets
        Whether a network sees the cells of all images as a set, rather than dense images; see `as_sets`.
    """

    event: np.ndarray
    split: np.ndarray
    y: np.ndarray
    weight: np.ndarray
    images: Mapping[str, SparseImages]
    flat: np.ndarray | None = None
    grids: Mapping[str, Grid] = field(default_factory=dict)
    sets: bool = False

    def __len__(self) -> int:
        """Return the number of events."""
        return len(self.event)

    @property
    def shapes(self) -> dict[str, tuple[int, ...]]:
        """Shape of one event of every input of a network."""
        flat = {} if self.flat is None else {FLAT: self.flat.shape[1:]}
        if self.sets:
            return {CELLS: (None, 2 + len(self.images)), **flat}
        return {**{name: images.shape for name, images in self.images.items()}, **flat}

    @property
    def most_cells(self) -> int:
        """Largest number of non-empty pixels of an event, in all images."""
        return int(np.max(np.sum([images.counts for images in self.images.values()], axis=0), initial=0))

    def batch(self, rows: np.ndarray | slice = slice(None)) -> dict[str, np.ndarray]:
        """Return the network inputs of some events: images, float32, and `flat`, (rows, F) float64.

        Of sets it is `cells` instead of images, see `padded_sets`.
        """
        if self.sets:
            inputs = {CELLS: padded_sets(list(self.images.values()), list(self.grids.values()), rows)}
        else:
            inputs = {name: images.dense(rows) for name, images in self.images.items()}
        return inputs if self.flat is None else {**inputs, FLAT: self.flat[rows]}

    def as_sets(self) -> "Events":
        """Return the events for a network that sees sets of calorimeter cells: one pixel for each cell."""
        if self.sets:
            return self
        images = {name: cell_images(images, self.grids[name]) for name, images in self.images.items()}
        grids = {name: self.grids[name].of_cells for name in images}
        return replace(self, images=images, grids=grids, sets=True)

    def take(self, rows: np.ndarray | slice) -> "Events":
        """Return some of the events."""
        return Events(
            *(values[rows] for values in (self.event, self.split, self.y, self.weight)),
            {name: images.take(rows) for name, images in self.images.items()},
            None if self.flat is None else self._flat(rows),
            self.grids,
            self.sets,
        )

    def sample(self, count: int, generator: np.random.Generator) -> "Events":
        """Return `count` events drawn at random, in order; all if there are no more."""
        if len(self) <= count:
            return self
        return self.take(np.sort(generator.choice(len(self), count, replace=False)))

    def _flat(self, rows: np.ndarray | slice) -> np.ndarray:
        """Return the flat variables of some of the events."""
        rows = np.arange(len(self))[rows]
        flat = empty_array((len(rows), self.flat.shape[1]))
        return np.take(self.flat, rows, axis=0, out=flat, mode="clip")

    def with_flat(self, flat: np.ndarray | None) -> "Events":
        """Return the events with other flat variables."""
        return replace(self, flat=flat)

    def with_image(self, name: str, images: SparseImages) -> "Events":
        """Return the events with other images of one name."""
        return replace(self, images={**self.images, name: images})

    @classmethod
    def concatenate(cls, parts: Sequence["Events"]) -> "Events":
        """Return the events of all parts, one after the other."""
        first = parts[0]
        columns = (
            np.concatenate([getattr(part, name) for part in parts])
            for name in ("event", "split", "y", "weight")
        )
        images = {
            name: SparseImages.concatenate([part.images[name] for part in parts]) for name in first.images
        }
        flat = None
        if first.flat is not None:
            flat = empty_array((sum(map(len, parts)), first.flat.shape[1]))
            np.concatenate([part.flat for part in parts], out=flat)
        return cls(*columns, images, flat, first.grids, first.sets)


class Source(Protocol):
    """Where events come from: tables of a study, or a block of an HDF5 file."""

    def labels(self) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
        """Return event, split, y and weight, each (N,)."""

    def image(self, name: str, grid: Grid) -> SparseImages:
        """Return the images of one name."""

    def fill(self, columns: Sequence[Column], out: np.ndarray) -> None:
        """Write the values of flat variables of one origin into `out`, (N, columns)."""


def read_events(source: Source, inputs: Inputs) -> Events:
    """Read events with the inputs of a classifier.

    Raises
    ------
    InputError
        If a file is missing or damaged, or its events are others.
    """
    event, split, y, weight = source.labels()
    images = {name: source.image(name, grid) for name, grid in inputs.images.items()}
    flat = None
    if inputs.columns:
        flat = empty_array((len(event), len(inputs.columns)))
        for origin in dict.fromkeys(column.origin for column in inputs.columns):
            places = [place for place, column in enumerate(inputs.columns) if column.origin == origin]
            columns = [inputs.columns[place] for place in places]
            if places == list(range(places[0], places[-1] + 1)):
                source.fill(columns, flat[:, places[0] : places[-1] + 1])
            else:
                values = np.empty((len(event), len(columns)))
                source.fill(columns, values)
                flat[:, places] = values
    return Events(event, split, y, weight, images, flat, inputs.images)


@dataclass(frozen=True)
class SplitTables:
    """The tables of one split of a study, as a `Source`.

    `events`, `cells` and `efps` may be those of all splits and calorimeters; their metadata tell them
    apart. Tables of scalars and of the user are among `events`.
    """

    split: str
    events: Sequence[str | Path]
    cells: Sequence[str | Path] = ()
    efps: Sequence[str | Path] = ()

    def labels(self) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
        """Return event, split, y and weight, each (N,)."""
        table = self._table(["event", "y", "weight"])
        event, y, weight = (table[name].to_numpy() for name in ("event", "y", "weight"))
        # One text for all events.
        return event, np.broadcast_to(np.array(self.split), len(event)), y, weight

    def image(self, name: str, grid: Grid) -> SparseImages:
        """Return the images of one calorimeter, energies as float32."""
        (path,) = tables_with(self.cells, split=self.split, calorimeter=grid.calorimeter)
        event, images = read_cells(path, grid, np.float32)
        self._check(event, path)
        return images

    def fill(self, columns: Sequence[Column], out: np.ndarray) -> None:
        """Write the values of flat variables of one origin into `out`, (N, columns)."""
        event = self._table(["event"])["event"].to_numpy()
        if not columns[0].is_efp:
            for place, values in values_of_columns(self.events, self.split, columns, event):
                out[:, place] = values
        else:
            names = [column.name for column in columns]
            for block, values in efp_blocks(self.efps, columns[0].source, self.split, names, event):
                out[:, block] = values.T

    def _table(self, columns: list[str]):
        return read_feather(events_table(self.events, self.split), columns)

    def _check(self, event: np.ndarray, path: str | Path) -> None:
        expected = self._table(["event"])["event"].to_numpy()
        if not np.array_equal(event, expected):
            raise InputError(
                f"{path}: its {len(event)} events are not the {len(expected)} of the table of events"
            )
