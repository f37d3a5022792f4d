"""Scores of a trained classifier for the events of any HDF5 file in its layout."""

import json
import logging
import time
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np
import pyarrow as pa

from leptonid import efp
from leptonid.data.event_files import Sample, open_events
from leptonid.data.source import event_blocks, event_groups, has_labels, splits_in
from leptonid.errors import InputError
from leptonid.study.classifiers import NEEDS_POSITIVE
from leptonid.study.features import contents_of, parse_column
from leptonid.study.layout import Contents
from leptonid.tables.cells import SparseImages
from leptonid.tables.reader import Events, Inputs, read_events
from leptonid.train.baselines import load_baseline
from leptonid.train.export import load_network
from leptonid.train.training import predict

logger = logging.getLogger(__name__)

SECONDS_PER_MESSAGE = 15


@dataclass(frozen=True)
class TrainedClassifier:
    """A trained classifier.

    `contents` are the groups of a file that it needs, `inputs` what it takes of them, in order. `coordinates`
    are those of its EFPs, `positive` the images whose pixels must not be negative. `score` returns the scores
    of events, (N,).
    """

    contents: Contents
    inputs: Inputs
    coordinates: str | None
    positive: Collection[str]
    score: Callable[[Events], np.ndarray]


def load_classifier(folder: str | Path) -> TrainedClassifier:
    """Load the files that a training has left in its folder.

    Raises
    ------
    InputError
        If `metrics.json` or the model is missing or cannot be used.
    """
    path = Path(folder) / "metrics.json"
    if not path.is_file():
        raise InputError(f"{path}: no such file; give the folder of one training, as results/train/hl/seed0")
    try:
        metrics = json.loads(path.read_text(encoding="utf-8"))
        model, names, coordinates = (metrics[key] for key in ("model", "inputs", "coordinates"))
        contents = contents_of(names, Contents.from_settings(metrics["layout"]))
        images = {name: contents.images[name] for name in names if name in contents.images}
        scaling = metrics["image_scaling"] if images else None
    except (ValueError, KeyError, TypeError) as error:
        raise InputError(f"{path}: does not describe the inputs ({error!r}); train again") from error
    columns = [parse_column(name) for name in names if name not in images]
    if contents.tables:
        raise InputError(
            f"{path}: the classifier takes columns of a table of your own ({', '.join(contents.tables)}); "
            "files of events do not hold them, so that it cannot score such files"
        )
    sources = {column.source for column in columns if column.is_efp}
    with_efps = {name for name, grid in contents.images.items() if grid.calorimeter in sources}
    positive = {*with_efps, *(images if scaling in NEEDS_POSITIVE else ())}
    if model == "network":
        score = partial(predict, load_network(path.with_name("model.keras")))
    else:
        score = load_baseline(path.with_name("model.skops")).predict
    return TrainedClassifier(contents, Inputs(images, columns), coordinates, positive, score)


def score_file(
    path: str | Path, classifier: TrainedClassifier, threads: int = 1, splits: Sequence[str] | None = None
) -> pa.Table:
    """Score the events of an HDF5 file, a block of them in memory at a time.

    Parameters
    ----------
    path
        A file in the layout of the training: the groups that the classifier uses, with splits of any names.
    threads
        Number of events whose EFPs are computed at a time.
    splits
        Those to score, by default all.

    Returns
    -------
    pyarrow.Table
        `event` (row in its split), `split`, `y` where the file has labels, and `score`.

    Raises
    ------
    InputError
        Naming the file, the group, the split and, where it is one, the event.
    """
    efps = _efps_of(classifier, threads)
    with open_events(path, classifier.contents, splits=None) as sample:
        labels = has_labels(sample, classifier.contents)
        known = splits_in(sample, classifier.contents)
        if unknown := set(splits or ()).difference(known):
            raise InputError(f"{path}: has no split {', '.join(sorted(unknown))}, only {', '.join(known)}")
        tables = [_score_split(sample, split, path, classifier, efps) for split in splits or known]
    table = pa.concat_tables(tables)
    return table if labels else table.drop_columns("y")


def _efps_of(classifier: TrainedClassifier, threads: int) -> Callable:
    """Return a function that computes the classifier's EFPs, see `leptonid.data.source.Efps`."""
    selected = {}
    for grid in classifier.contents.images.values():
        columns = classifier.inputs.columns
        names = [column.name for column in columns if column.origin == (grid.calorimeter, True)]
        if names:
            selected[grid.calorimeter] = efp.SelectedEfps(names, grid, classifier.coordinates)

    def compute(calorimeter: str, names: Sequence[str], images: SparseImages, first: int) -> np.ndarray:
        return selected[calorimeter].values(images, threads, first)

    return compute


def _score_split(
    sample: Sample, split: str, path: str | Path, classifier: TrainedClassifier, efps: Callable
) -> pa.Table:
    """Return event, split, y and score of the events of a split."""
    first_group, *_ = event_groups(classifier.contents)
    total = len(sample.values(first_group, split))
    event, y, scores = np.arange(total), np.zeros(total, np.int8), np.empty(total)
    start = last_message = time.monotonic()
    for block in event_blocks(sample, split, classifier.contents, path, efps, classifier.positive):
        events = read_events(block, classifier.inputs)
        stop = block.first + len(events)
        y[block.first : stop], scores[block.first : stop] = events.y, classifier.score(events)
        now = time.monotonic()
        if now - last_message > SECONDS_PER_MESSAGE or stop == total:
            logger.info("%s: %d of %d events, %.0f per second", split, stop, total, stop / (now - start))
            last_message = now
    return pa.table(
        {"event": event, "split": pa.array([split] * total, pa.string()), "y": y, "score": scores}
    )
