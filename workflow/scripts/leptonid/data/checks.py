"""Whether files of events can be used, and what is worth knowing about them."""

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from leptonid.data.attributes import text_attribute
from leptonid.data.duplicates import EventHashes, repeated_within, shared_between
from leptonid.data.event_files import DEFAULT, EventFile, group_shapes, open_events
from leptonid.data.forms import Part
from leptonid.data.structure import check_group, check_lengths, missing_group, notes, unused
from leptonid.errors import InputError
from leptonid.study.layout import CLASSES, LABEL, Contents, Grid
from leptonid.study.sources import Reading, all_files, described, files_by_split

logger = logging.getLogger(__name__)


# Why the pixels of an image must not be negative, by the key of the config that asks for it.
POSITIVE = {
    "efp.calorimeters": "EFPs need pixels >= 0: take unscaled images, or leave this calorimeter out of "
    "efp.calorimeters",
    "train.image_scaling": "this train.image_scaling needs pixels >= 0: take `image_scaling: none`",
}


@dataclass(frozen=True)
class Findings:
    """What is worth knowing about accepted files.

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
    path: object,
    contents: Contents,
    positive: Mapping[str, str] | None = None,
    fewest: int = 1,
    missing: Mapping[str, str] | None = None,
    reading: Reading = DEFAULT,
) -> Findings:
    """Check that files can be used as events of a layout, the cheap checks first.

    Parameters
    ----------
    path
        One or several files, as `data.path`, with the layout's images, variables and labels, and with pt
        and eta or not; each has the splits that it is named for, or none. Weights are for
        `leptonid.data.weights` to check.
    positive
        The images in which a negative pixel is an error, each with the reason, a key of `POSITIVE`. In
        others it is worth a note: how a file is scaled is not known.
    fewest
        How many events of each class all splits together must have, for other random splits of them.
    missing
        Groups that a file lacks, each with the keys of the config that ask for it.
    reading
        How files are read where the layout leaves it open.

    Raises
    ------
    InputError
        Naming the file, the group, the split and, where it is one, the event; also if a file has other
        groups or another energy unit than the first.
    """
    positive, names = positive or {}, described(all_files(path))
    sources, label = files_by_split(path), contents.events[LABEL]
    groups = _check_structure(sources, contents, missing or {}, reading)
    labels = {}
    for split, files in sources.items():
        labels[split] = _labels(files, split, contents, reading)
        where = f"{described(files)}: {label}/{split}"
        if not len(labels[split]):
            raise InputError(f"{where} has no events")
        _check_classes(labels[split], where)
    _check_total(labels, fewest, names)
    negative = dict.fromkeys(contents.images, 0)
    uniform = {name: True for name, grid in contents.images.items() if grid.pixels_per_cell > 1}
    hashes = {split: EventHashes(len(y)) for split, y in labels.items()}
    for split, files in sources.items():
        with open_events(files, contents, [split], reading) as sample:
            for name in groups:
                # Part by part, so that an error names file, dataset and event as they are there.
                before = 0
                for part in sample.values(name, split).parts:
                    for start, values in part.blocks():
                        part.check_finite(values, start)
                        if name in contents.images or name in contents.variables:
                            hashes[split].add(values, before + start)
                        if name in contents.images:
                            negative[name] += _count_negative(values, start, part, positive.get(name))
                        if uniform.get(name):
                            uniform[name] = _is_uniform(values, contents.images[name])
                    before += len(part)
    events = {split: len(y) for split, y in labels.items()}
    findings = Findings(
        tuple(groups), events, negative, uniform, repeated_within(hashes), shared_between(hashes)
    )
    for note in findings.notes():
        logger.info("%s: %s", names, note)
    if findings.warning():
        logger.warning("%s: %s", names, findings.warning())
    return findings


def _check_structure(
    sources: Mapping[str, Sequence[str | Path]],
    contents: Contents,
    missing: Mapping[str, str],
    reading: Reading,
) -> list[str]:
    """Check the groups, datasets and lengths of all files; return the groups, the same in all of them."""
    first, expected = None, ([], None)
    for source in dict.fromkeys(file for files in sources.values() for file in files):
        splits = [split for split, files in sources.items() if source in files]
        with open_events(source, contents, splits, reading) as sample:
            (file,) = sample.files
            groups = file.groups
            _check_missing(file, missing)
            for name in groups:
                check_group(file, name)
            for split in splits:
                check_lengths(file, [contents.events[LABEL], *groups], split)
            found = (groups, text_attribute(file.store, "energy_unit"))
            sentences, others = notes(file), unused(file)
        if first is None:
            first, expected = source, found
        different = sorted(set(groups) ^ set(expected[0]))
        if different:
            raise InputError(f"{source}: group '{different[0]}' is in only one of this file and {first}")
        if found[1] != expected[1]:
            raise InputError(
                f"{source}: its attribute energy_unit is {found[1]}, that of {first} is {expected[1]}; files "
                "of one study need the same unit"
            )
        for note in sentences:
            logger.info("%s: %s", source, note)
        if others:
            logger.info("%s: not checked: %s", source, ", ".join(others))
    return expected[0]


def _check_missing(file: EventFile, missing: Mapping[str, str]) -> None:
    for name in group_shapes(file.contents):
        if name in missing and name not in file:
            raise InputError(
                f"{file.path}: {missing_group(file, name)}; it is needed for {missing[name]}: add it to "
                "the file, or take other inputs (null drops a feature set or search)"
            )


def _labels(files: Sequence[str | Path], split: str, contents: Contents, reading: Reading) -> np.ndarray:
    """Return the labels of a split, part by part; they must be what names of files and groups say."""
    found = [np.empty(0, np.int8)]
    with open_events(files, contents, [split], reading) as sample:
        for part in sample.values(contents.events[LABEL], split).parts:
            y = part.read(0, len(part))
            wrong = y != part.label
            if part.label is not None and wrong.any():
                event = int(np.argmax(wrong))
                raise InputError(
                    f"{part.where}: event {part.row(event)} has label {y[event]}, but is named as "
                    f"{CLASSES[part.label]} ({part.label}) by data.path or the group"
                )
            found.append(y)
    return np.concatenate(found)


def _check_classes(y: np.ndarray, where: str) -> None:
    for value, name in CLASSES.items():
        if not (y == value).any():
            raise InputError(f"{where}: no event has label {value} ({name})")


def _check_total(labels: Mapping[str, np.ndarray], fewest: int, path: str) -> None:
    for value, name in CLASSES.items():
        found = sum(int((y == value).sum()) for y in labels.values())
        if found < fewest:
            raise InputError(
                f"{path}: has {found} {name} events in all splits; the random splits of train.repetitions "
                f"need {fewest}: take more events, or set shuffles and folds to 0"
            )


def _count_negative(values: np.ndarray, start: int, part: Part, reason: str | None) -> int:
    """Return how many events have a negative pixel, or raise if there is a reason, a key of `POSITIVE`."""
    negative = (values < 0).reshape(len(values), -1).any(axis=1)
    if reason and negative.any():
        event = int(np.argmax(negative))
        raise InputError(
            f"{part.where}: event {part.row(start + event)} has a negative pixel ({values[event].min():g}); "
            f"{POSITIVE[reason]}"
        )
    return int(negative.sum())


def _is_uniform(images: np.ndarray, grid: Grid) -> bool:
    """Return whether all pixels of every calorimeter cell are equal."""
    side = grid.pixels_per_cell
    cells = images.reshape(len(images), grid.cell_rows, side, grid.cell_columns, side)
    return bool((cells == cells[:, :, :1, :, :1]).all())
