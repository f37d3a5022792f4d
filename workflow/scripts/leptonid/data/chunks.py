"""Whether the chunks of a file of events, which stay together in random splits, can be used.

Apart from `leptonid.data.checks`, which knows nothing of what the numbers of a group stand for.
"""

import logging

import numpy as np

from leptonid.data.event_files import DEFAULT, open_events
from leptonid.data.forms import Part
from leptonid.errors import InputError
from leptonid.study.layout import CHUNK, CLASSES, LABEL, Contents
from leptonid.study.sources import Reading, all_files, described, files_by_split
from leptonid.tables.chunks import chunks_of

logger = logging.getLogger(__name__)

# Up to here, float64 holds every whole number.
LARGEST = 2**53


def check_chunks(path: object, contents: Contents, fewest: int = 1, reading: Reading = DEFAULT) -> None:
    """Check the chunks of checked files, if the layout names a group of them and the files have it.

    Parameters
    ----------
    path
        One or several files, as `data.path`.
    fewest
        How many chunks with events of each class random splits need; of chunks with both classes, with only
        signal and with only background, which are divided apart, one kind must have as many.
    reading
        How files are read where the layout leaves it open.

    Raises
    ------
    InputError
        Naming the file, the group, and the event or class: if a chunk is no whole number, or there are fewer.
    """
    labels, chunks = {}, {}
    for split, sources in files_by_split(path).items():
        with open_events(sources, contents, [split], reading) as sample:
            name = contents.events.get(CHUNK)
            if name is None or name not in sample:
                return
            y = sample.values(contents.events[LABEL], split)
            labels[split] = np.concatenate([part.read(0, len(part)) for part in y.parts])
            chunks[split] = np.concatenate([_numbers(part) for part in sample.values(name, split).parts])
    where = f"{described(all_files(path))}: {name}"
    first = {}
    for split, numbers in chunks.items():
        shared = sorted({first.setdefault(number, split) for number in np.unique(numbers)} - {split})
        if shared:
            logger.warning(
                "%s: %s has chunks of %s: these splits depend on one another", where, split, shared
            )
    y = np.concatenate(list(labels.values()))
    _, kinds = chunks_of(np.concatenate(list(chunks.values())), y)
    counts = np.bincount(kinds, minlength=4)
    for label, of_class in CLASSES.items():
        found = max(counts[3], counts[1 + label])
        if found < fewest:
            raise InputError(
                f"{where}: {found} chunks have {of_class} events; the random splits of train.repetitions, "
                f"in which chunks stay together, need {fewest}: make smaller chunks, set shuffles and folds "
                "to 0, or, if the events do not depend on one another, leave chunk out of the layout's events"
            )


def _numbers(part: Part) -> np.ndarray:
    """Return the numbers of the chunks of a part of a split, (N,) int64."""
    parts = [np.empty(0, np.int64)]
    for start, values in part.blocks():
        wrong = (values % 1 != 0) | (np.abs(values) > LARGEST)
        if wrong.any():
            event = int(np.argmax(wrong))
            raise InputError(
                f"{part.where}: event {part.row(start + event)} is in chunk {values[event]:g}, expected "
                "a whole number, the same for all events that stay together"
            )
        parts.append(values.astype(np.int64))
    return np.concatenate(parts)
