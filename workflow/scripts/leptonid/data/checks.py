"""Whether a file of events can be used, and what is worth knowing about it."""

import logging
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from leptonid.data.duplicates import EventHashes, repeated_within, shared_between
from leptonid.data.hdf5 import blocks, check_finite, check_group, check_lengths, groups_in, read_labels
from leptonid.data.opening import open_events
from leptonid.errors import InputError
from leptonid.study.layout import CLASSES, LABEL, Contents, Grid
from leptonid.study.paths import SPLITS

logger = logging.getLogger(__name__)


# Why the pixels of an image must not be negative, by the key of the config that asks for it.
POSITIVE = {
    "efp.calorimeters": "EFPs need pixels >= 0: take unscaled images, or leave this calorimeter out of "
    "efp.calorimeters",
    "train.image_scaling": "this train.image_scaling needs pixels >= 0: take `image_scaling: none`",
}


@dataclass(frozen=True)
class Findings:
    """What is worth knowing about an accepted file.

    `groups` that are used; `events` per split; `negative`, how many events of each image have negative
    pixels; `uniform`, for each image with several pixels per calorimeter cell, whether they are equal;
    `repeated`, how many events of each split repeat an earlier one of it; `shared`, how many are also in a
    split before it: a leak of training events into the test.
    """

    groups: tuple[str, ...]
    events: dict[str, int]
    negative: dict[str, int]
    uniform: dict[str, bool]
    repeated: dict[str, int]
    shared: dict[str, int]

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
            *(
                f"{split}: {count} of {self.events[split]} events repeat an earlier event of {split}"
                for split, count in self.repeated.items()
                if count
            ),
        ]

    def warning(self) -> str | None:
        """Return what must be said wherever results are shown, or None."""
        shared = [
            f"{count} of {self.events[split]} {split} events" for split, count in self.shared.items() if count
        ]
        return f"also in an earlier split: {', '.join(shared)}" if shared else None


def check_events(
    path: str | Path, contents: Contents, positive: Mapping[str, str] | None = None, fewest: int = 1
) -> Findings:
    """Check that a file can be used as events of a layout, the cheap checks first.

    Parameters
    ----------
    path
        HDF5 file with the layout's images, variables and labels, and with pt and eta or not; each has the
        datasets train, valid and test. Weights are for `leptonid.data.weights` to check.
    positive
        The images in which a negative pixel is an error, each with the reason, a key of `POSITIVE`. In
        others it is worth a note: how a file is scaled is not known.
    fewest
        How many events of each class all splits together must have, for other random splits of them.

    Raises
    ------
    InputError
        Naming the file, the group, the split and, where it is one, the event.
    """
    positive = positive or {}
    label = contents.events[LABEL]
    with open_events(path, contents) as file:
        groups = groups_in(file, contents)
        for name in groups:
            check_group(file, name, contents, path)
        labels = {}
        for split in SPLITS:
            if not len(file[label][split]):
                raise InputError(f"{path}: {label}/{split} has no events")
            check_lengths(file, [label, *groups], split, path)
            labels[split] = read_labels(file[label][split], path)
            _check_classes(labels[split], f"{path}: {label}/{split}")
        _check_total(labels, fewest, path)
        negative = dict.fromkeys(contents.images, 0)
        uniform = {name: True for name, grid in contents.images.items() if grid.pixels_per_cell > 1}
        hashes = {split: EventHashes(len(y)) for split, y in labels.items()}
        for name in groups:
            for split in SPLITS:
                where = f"{path}: {name}/{split}"
                for start, values in blocks(file[name][split], path):
                    check_finite(values, start, where)
                    if name in contents.images or name in contents.variables:
                        hashes[split].add(values, start)
                    if name in contents.images:
                        negative[name] += _count_negative(values, start, where, positive.get(name))
                    if uniform.get(name):
                        uniform[name] = _is_uniform(values, contents.images[name])
        events = {split: len(y) for split, y in labels.items()}
        others = [
            *sorted(set(file) - set(groups)),
            *(f"{name}/{split}" for name in groups for split in sorted(set(file[name]) - set(SPLITS))),
        ]
    findings = Findings(
        tuple(groups), events, negative, uniform, repeated_within(hashes), shared_between(hashes)
    )
    for note in findings.notes():
        logger.info("%s: %s", path, note)
    if findings.warning():
        logger.warning("%s: %s", path, findings.warning())
    if others:
        logger.info("%s: not checked: %s", path, ", ".join(others))
    return findings


def _check_classes(y: np.ndarray, where: str) -> None:
    for value, name in CLASSES.items():
        if not (y == value).any():
            raise InputError(f"{where}: no event has label {value} ({name})")


def _check_total(labels: Mapping[str, np.ndarray], fewest: int, path: str | Path) -> None:
    for value, name in CLASSES.items():
        found = sum(int((y == value).sum()) for y in labels.values())
        if found < fewest:
            raise InputError(
                f"{path}: has {found} {name} events in all splits; the random splits of train.repetitions "
                f"need {fewest}: take more events, or set shuffles and folds to 0"
            )


def _count_negative(values: np.ndarray, start: int, where: str, reason: str | None) -> int:
    """Return how many events have a negative pixel, or raise if there is a reason, a key of `POSITIVE`."""
    negative = (values < 0).reshape(len(values), -1).any(axis=1)
    if reason and negative.any():
        event = int(np.argmax(negative))
        raise InputError(
            f"{where}: event {start + event} has a negative pixel ({values[event].min():g}); "
            f"{POSITIVE[reason]}"
        )
    return int(negative.sum())


def _is_uniform(images: np.ndarray, grid: Grid) -> bool:
    """Return whether all pixels of every calorimeter cell are equal."""
    side = grid.pixels_per_cell
    cells = images.reshape(len(images), grid.cell_rows, side, grid.cell_columns, side)
    return bool((cells == cells[:, :, :1, :, :1]).all())
