"""The scores that a trained classifier gives to the events of any file in the published layout."""

import json
import logging
import time
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import h5py
import numpy as np
import pyarrow as pa

from leptonid import efp
from leptonid.calorimeter import GRIDS, IMAGES
from leptonid.data.published import (
    blocks,
    check_finite,
    check_layout,
    check_lengths,
    open_events,
    read_labels,
)
from leptonid.errors import InputError
from leptonid.storage import HL, SPLITS
from leptonid.train.baselines import load_baseline
from leptonid.train.export import load_network
from leptonid.train.inputs import FLAT, Column, Sample
from leptonid.train.networks import NEEDS_POSITIVE
from leptonid.train.training import predict

logger = logging.getLogger(__name__)

SECONDS_PER_MESSAGE = 15


@dataclass(frozen=True)
class Classifier:
    """A trained classifier: its images, its flat variables in order, and what gives the scores of a sample.

    `efps` has, per image whose EFPs are among the variables, which they are, and what computes them;
    `positive` the images whose pixels must not be negative.
    """

    images: Sequence[str]
    columns: Sequence[Column]
    efps: Mapping[str, tuple[Sequence[int], "efp.SelectedEfps"]]
    positive: Collection[str]
    score: Callable[[Sample], np.ndarray]

    @property
    def groups(self) -> list[str]:
        """The groups of a file that it needs."""
        variables = [column.name for column in self.columns if column.source == "events"]
        flat = ["hl" if name in HL else name for name in variables]
        return list(dict.fromkeys([*self.images, *self.efps, *flat]))


def load_classifier(folder: str | Path) -> Classifier:
    """Load what a training has left in its folder.

    Raises
    ------
    InputError
        If `metrics.json` or the model is missing or of no use.
    """
    path = Path(folder) / "metrics.json"
    if not path.is_file():
        raise InputError(f"{path}: no such file; take the folder of one training, as results/train/hl/seed0")
    try:
        metrics = json.loads(path.read_text(encoding="utf-8"))
        kind, inputs, coordinates = (metrics[key] for key in ("model", "inputs", "coordinates"))
        images = [name for name in inputs if name in IMAGES]
        scaling = metrics["image_scaling"] if images else None
    except (ValueError, KeyError) as error:
        raise InputError(f"{path}: does not say what the inputs are ({error!r}); train again") from error
    if kind == "network":
        score = partial(predict, load_network(path.with_name("model.keras")))
    else:
        score = load_baseline(path.with_name("model.skops")).predict
    columns = [_column(name) for name in inputs if name not in IMAGES]
    efps = _efps(columns, coordinates)
    positive = {*efps, *(images if scaling in NEEDS_POSITIVE else ())}
    return Classifier(images, columns, efps, positive, score)


def score_events(path: str | Path, classifier: Classifier, threads: int = 1) -> pa.Table:
    """Score all events of an HDF5 file, with a block of them in memory at a time.

    Parameters
    ----------
    path
        A file in the published layout, or a part of one: the groups that the classifier uses, of any of
        the splits.
    classifier
        As of `load_classifier`.
    threads
        How many events' EFPs are computed at a time.

    Returns
    -------
    pyarrow.Table
        `event` (row in its split), `split`, `y` where the file has labels, and `score`.

    Raises
    ------
    InputError
        Naming the file, the group, the split and, where it is one, the event.
    """
    with open_events(path) as file:
        tables = []
        for split in _splits(file, classifier.groups, path):
            scores = _scores(file, split, path, classifier, threads)
            columns = {"event": np.arange(len(scores)), "split": pa.array([split] * len(scores), pa.string())}
            if "y" in file:
                columns["y"] = read_labels(file["y"][split], path)
            tables.append(pa.table({**columns, "score": scores}))
    return pa.concat_tables(tables)


def _column(name: str) -> Column:
    source, _, variable = name.rpartition("/")
    return Column(source or "events", variable)


def _efps(columns: Sequence[Column], coordinates: str | None) -> dict[str, tuple]:
    found = {}
    for grid in GRIDS.values():
        indices = [index for index, column in enumerate(columns) if column.source == grid.name]
        if indices:
            names = [columns[index].name for index in indices]
            found[grid.image] = indices, efp.SelectedEfps(names, grid, coordinates)
    return found


def _splits(file: h5py.File, groups: Sequence[str], path: str | Path) -> list[str]:
    """Return the splits of the file, after a check of the groups and of the labels, if there are some."""
    for name in groups:
        check_layout(file, name, path, splits=())
    splits = [split for split in SPLITS if any(split in file[name] for name in groups)]
    if not splits:
        found = ", ".join(sorted(file[groups[0]])) or "nothing"
        raise InputError(f"{path}: {groups[0]} has none of {', '.join(SPLITS)} (found: {found})")
    read = [*groups, "y"] if "y" in file else groups
    for name in read:
        check_layout(file, name, path, splits)
    for split in splits:
        check_lengths(file, read, split, path)
    return splits


def _scores(
    file: h5py.File, split: str, path: str | Path, classifier: Classifier, threads: int
) -> np.ndarray:
    """Return the scores of a split, (N,) float64."""
    scores = np.empty(len(file[classifier.groups[0]][split]))
    begin = told = time.monotonic()
    for start, values in _blocks(file, classifier, split, path):
        x = _inputs(values, start, classifier, threads, path, split)
        stop = start + len(next(iter(x.values())))
        count = stop - start
        sample = Sample(np.arange(start, stop), np.full(count, split), np.zeros(count), np.ones(count), x)
        scores[start:stop] = classifier.score(sample)
        now = time.monotonic()
        if now - told > SECONDS_PER_MESSAGE or stop == len(scores):
            rate = stop / (now - begin)
            logger.info("%s: %d of %d events, %.0f per second", split, stop, len(scores), rate)
            told = now
    return scores


def _blocks(
    file: h5py.File, classifier: Classifier, split: str, path: str | Path
) -> Iterator[tuple[int, dict[str, np.ndarray]]]:
    """Yield (first event, values of the groups by name) for successive blocks of events."""
    groups = classifier.groups
    for parts in zip(*(blocks(file[name][split], path) for name in groups), strict=True):
        for name, (start, values) in zip(groups, parts, strict=True):
            where = f"{path}: {name}/{split}"
            check_finite(values, start, where)
            if name in classifier.positive and (values < 0).any():
                event, *_ = np.argwhere(values < 0)[0]
                raise InputError(
                    f"{where}: event {start + event} has a negative pixel ({values[event].min():g}); "
                    "this classifier needs pixels >= 0"
                )
        yield parts[0][0], {name: values for name, (_, values) in zip(groups, parts, strict=True)}


def _inputs(
    values: Mapping[str, np.ndarray],
    start: int,
    classifier: Classifier,
    threads: int,
    path: str | Path,
    split: str,
) -> dict[str, np.ndarray]:
    """Return the inputs of the classifier, equal to those that `leptonid.train.inputs` makes of tables."""
    x = {image: values[image].astype(np.float32) for image in classifier.images}
    if classifier.columns:
        flat = np.empty((len(next(iter(values.values()))), len(classifier.columns)))
        for index, column in enumerate(classifier.columns):
            if column.name in HL:
                flat[:, index] = values["hl"][:, HL.index(column.name)]
            elif column.source == "events":
                flat[:, index] = values[column.name][:, 0]
        for image, (indices, efps) in classifier.efps.items():
            try:
                flat[:, indices] = efps.values(values[image], threads, start)
            except InputError as error:
                raise InputError(f"{path}: {image}/{split}: {error}") from error
        x[FLAT] = flat
    return x
