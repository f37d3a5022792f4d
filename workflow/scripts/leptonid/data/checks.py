"""Whether a file of events can be used, and what is worth knowing about it."""

import logging
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path

import h5py
import numpy as np

from leptonid.data.hdf5 import (
    blocks,
    check_finite,
    check_group,
    check_lengths,
    groups_in,
    open_events,
    read_labels,
)
from leptonid.errors import InputError
from leptonid.study.layout import LABEL, WEIGHT, Contents, Grid
from leptonid.study.paths import SPLITS

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Findings:
    """What is worth knowing about an accepted file.

    `groups` that are used; `events` per split; `negative`, how many events of each image have negative
    pixels; `uniform`, for each image with several pixels per calorimeter cell, whether they are equal.
    """

    groups: tuple[str, ...]
    events: dict[str, int]
    negative: dict[str, int]
    uniform: dict[str, bool]

    def notes(self) -> list[str]:
        """Return the findings as sentences."""
        return [
            *(
                f"{name}: the pixels of a cell are {'all equal' if uniform else 'not all equal'}"
                for name, uniform in self.uniform.items()
            ),
            *(
                f"{name}: {count} events have negative pixels"
                for name, count in self.negative.items()
                if count
            ),
        ]


def check_events(path: str | Path, contents: Contents, efp_images: Collection[str] = ()) -> Findings:
    """Check that a file can be used as events of a layout, the cheap checks first.

    Parameters
    ----------
    path
        HDF5 file with the layout's images, variables and labels, and with weights, pt and eta or not; each
        has the datasets train, valid and test.
    efp_images
        The images whose EFPs are computed. In them a negative pixel is an error, as EFPs take powers of the
        energy. In others it is a warning: how a file is scaled is not known.

    Raises
    ------
    InputError
        Naming the file, the group, the split and, where it is one, the event.
    """
    label, weight = contents.events[LABEL], contents.events.get(WEIGHT)
    with open_events(path, contents) as file:
        groups = groups_in(file, contents)
        for name in groups:
            check_group(file, name, contents, path)
        for split in SPLITS:
            if not len(file[label][split]):
                raise InputError(f"{path}: {label}/{split} has no events")
            check_lengths(file, [label, *groups], split, path)
            _check_classes(file[label][split], path)
        negative = dict.fromkeys(contents.images, 0)
        uniform = {name: True for name, grid in contents.images.items() if grid.pixels_per_cell > 1}
        for name in groups:
            for split in SPLITS:
                where = f"{path}: {name}/{split}"
                for start, values in blocks(file[name][split], path):
                    check_finite(values, start, where)
                    if name in contents.images:
                        negative[name] += _count_negative(values, start, where, name in efp_images)
                    if name == weight and (values < 0).any():
                        event = start + int(np.argmax(values < 0))
                        raise InputError(f"{where}: event {event} has a negative weight")
                    if uniform.get(name):
                        uniform[name] = _is_uniform(values, contents.images[name])
        events = {split: len(file[label][split]) for split in SPLITS}
        ignored = sorted(set(file) - set(groups))
    findings = Findings(tuple(groups), events, negative, uniform)
    for note in findings.notes():
        logger.info("%s: %s", path, note)
    if ignored:
        logger.info("%s: groups not used: %s", path, ", ".join(ignored))
    return findings


def _check_classes(dataset: h5py.Dataset, path: str | Path) -> None:
    labels = read_labels(dataset, path)
    for value, meaning in ((0, "background"), (1, "signal")):
        if not (labels == value).any():
            raise InputError(f"{path}: {dataset.name[1:]}: no event has label {value} ({meaning})")


def _count_negative(values: np.ndarray, start: int, where: str, is_error: bool) -> int:
    """Return how many events have a negative pixel, or raise if `is_error`."""
    negative = (values < 0).reshape(len(values), -1).any(axis=1)
    if is_error and negative.any():
        event = int(np.argmax(negative))
        raise InputError(
            f"{where}: event {start + event} has a negative pixel ({values[event].min():g}); EFPs need "
            "pixels >= 0: take unscaled images, or leave this calorimeter out of efp.calorimeters"
        )
    return int(negative.sum())


def _is_uniform(images: np.ndarray, grid: Grid) -> bool:
    """Return whether all pixels of every calorimeter cell are equal."""
    side = grid.pixels_per_cell
    cells = images.reshape(len(images), grid.cell_rows, side, grid.cell_columns, side)
    return bool((cells == cells[:, :, :1, :, :1]).all())
