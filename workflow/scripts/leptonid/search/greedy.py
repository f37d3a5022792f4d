"""The brute-force search: a network is trained with every candidate."""

import json
import logging
import shutil
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from leptonid.errors import DivergenceError
from leptonid.ordering import ado
from leptonid.storage import fingerprint, write_json
from leptonid.train.epochs import training_key
from leptonid.train.fitting import fit_classifier, forget_networks
from leptonid.train.inputs import FLAT, Column, Sample
from leptonid.train.precision import usable_precision

logger = logging.getLogger(__name__)


def network_ados(
    columns: Sequence[Column],
    values: Mapping[str, Iterable[np.ndarray]],
    samples: Mapping[str, Sample],
    guide: np.ndarray,
    settings: Mapping,
    threads: int,
    journal: str | Path,
) -> np.ndarray:
    """Return, for each candidate, the ADO of the guide and of the network trained with it, over all pairs.

    Parameters
    ----------
    columns
        The K candidates.
    values
        For each of the samples, the K lists of the candidates' values, which are taken one after another.
    samples
        Events with the inputs that all networks have: `train`, and `valid`, which stops the training.
    guide : shape (N,)
        Scores of the black box for the events of the split that chooses.
    settings
        As for `leptonid.train.fitting.fit_classifier`, `precision`, and the `split` that chooses.
    threads
        How many there are, as they decide the last digits.
    journal
        A folder for what is done, which a job that was killed goes on from; the caller removes it.

    Returns
    -------
    ndarray
        Shape (K,), NaN where the training diverged.
    """
    epochs, path = Path(journal) / "epochs", Path(journal) / "ados.json"
    done = json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}
    split, precision = settings["split"], usable_precision(settings["precision"])
    ados = []
    for column, *added in zip(columns, *(values[role] for role in samples), strict=True):
        extended = {
            role: _with_column(sample, each)
            for (role, sample), each in zip(samples.items(), added, strict=True)
        }
        key = training_key(extended.values(), settings, precision, threads, fingerprint(guide))
        if key not in done:
            forget_networks()
            try:
                fit = fit_classifier(extended, settings, precision, epochs, key)
                done[key] = ado(guide, fit.scores[split], samples[split].y, flip=False)
            except DivergenceError as error:
                logger.warning("%s: the training diverged: %s", column, error)
                done[key] = np.nan
            write_json(done, path)
            shutil.rmtree(epochs, ignore_errors=True)
        ados.append(done[key])
        logger.info("%d of %d: %s: ADO %.4f", len(ados), len(columns), column, ados[-1])
    return np.array(ados, dtype=float)


def _with_column(sample: Sample, values: np.ndarray) -> Sample:
    """Return a sample with one more flat variable, shape (N,)."""
    before = [sample.x[FLAT]] if FLAT in sample.x else []
    return replace(sample, x={**sample.x, FLAT: np.column_stack([*before, values])})
