"""The greedy search: training a network with every candidate."""

import logging
import shutil
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

import numpy as np

from leptonid.errors import DivergenceError
from leptonid.internals.keras import forget_networks
from leptonid.metrics.ordering import ado
from leptonid.study.features import Column
from leptonid.tables.files import read_json, write_json
from leptonid.tables.reader import Events
from leptonid.train.epochs import training_key
from leptonid.train.fitting import compiled_network, fit_classifier
from leptonid.train.precision import usable_precision

logger = logging.getLogger(__name__)


def network_ados(
    columns: Sequence[Column],
    values: Mapping[str, Iterable[np.ndarray]],
    events: Mapping[str, Events],
    guide: np.ndarray,
    data: str,
    settings: Mapping,
    threads: int,
    journal: str | Path,
) -> np.ndarray:
    """Return the ADO, over all weighted pairs, of the guide and the network trained with each candidate.

    Parameters
    ----------
    columns
        The K candidates.
    values
        For each role of `events`, the K arrays of the candidates' values, which are read one at a time.
    events
        Events with the inputs that all networks share: `train`, and `valid`, which stops the training.
    guide : shape (N,)
        Scores of the black box for the events of the split that chooses.
    data
        Fingerprint of the files that events, values and guide were read from.
    settings
        As for `leptonid.train.fitting.fit_classifier`, with `precision`, and the `split` that chooses;
        `scaling` is that of the inputs that all share, and then of the K candidates.
    threads
        Number of threads, which decides the last digits.
    journal
        Folder for finished candidates, from which a killed job resumes; the caller removes it.

    Returns
    -------
    ndarray
        Shape (K,), NaN where the training diverged.
    """
    epochs, path = Path(journal) / "epochs", Path(journal) / "ados.json"
    finished = read_json(path, "a journal of trainings") if path.exists() else {}
    split, precision = settings["split"], usable_precision(settings["precision"])
    shared = len(settings["scaling"]) - len(columns)
    common, own = settings["scaling"][:shared], settings["scaling"][shared:]
    ados, compiled = [], None
    for column, kind, *added in zip(columns, own, *(values[role] for role in events), strict=True):
        settings = {**settings, "scaling": [*common, kind]}
        key = training_key(data, settings, precision, threads, str(column))
        if key not in finished:
            extended = {
                role: _with_column(some, column_values)
                for (role, some), column_values in zip(events.items(), added, strict=True)
            }
            forget_networks()
            # All candidates have networks of the same layers.
            if compiled is None:
                compiled = compiled_network(extended["train"], settings, precision)
            try:
                fit = fit_classifier(extended, settings, precision, epochs, key, compiled)
                chosen = events[split]
                finished[key] = ado(guide, fit.scores[split], chosen.y, flip=False, weight=chosen.weight)
            except DivergenceError as error:
                logger.warning("%s: the training diverged: %s", column, error)
                finished[key], compiled = np.nan, None
            write_json(finished, path)
            shutil.rmtree(epochs, ignore_errors=True)
        ados.append(finished[key])
        logger.info("%d of %d: %s: ADO %.4f", len(ados), len(columns), column, ados[-1])
    return np.array(ados, dtype=float)


def _with_column(events: Events, values: np.ndarray) -> Events:
    """Return events with one more flat variable, shape (N,)."""
    present = [] if events.flat is None else [events.flat]
    return events.with_flat(np.column_stack([*present, values]))
