"""Random scores, metrics and tables of events, as the evaluation reads them."""

from functools import partial
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pyarrow as pa
from scipy.stats import norm

from leptonid.study.paths import SPLITS
from leptonid.tables.feather import write_feather
from leptonid.tables.files import write_json


def labels(count: int) -> tuple[np.ndarray, np.ndarray]:
    """Return event numbers and labels of `count` events, in mixed order."""
    y = np.random.default_rng(0).permutation(np.arange(count) % 2).astype(np.int8)
    return 1000 + np.arange(count), y


def write_scores(path: str, auc: float = 0.9, count: int = 400, seed: int = 0, **columns) -> str:
    """Write scores of Gaussian classes with an expected AUC and `count` events per split.

    A column given as None is left out.
    """
    event, y = labels(count)
    rng = np.random.default_rng(seed)
    separation = np.sqrt(2) * norm.ppf(auc)
    made = {
        "event": np.tile(event, len(SPLITS)),
        "split": np.repeat(SPLITS, count),
        "y": np.tile(y, len(SPLITS)),
        "weight": np.ones(len(SPLITS) * count),
        "score": norm.cdf(rng.normal(separation * np.tile(y, len(SPLITS)))),
        "role": np.repeat(SPLITS, count),
        **columns,
    }
    write_feather(pa.table({name: values for name, values in made.items() if values is not None}), path)
    return path


def write_metrics(path: str, auc: float = 0.9, **items) -> str:
    """Write the part of metrics.json that the evaluation reads."""
    aucs = dict.fromkeys(SPLITS, auc)
    write_json({"model": "network", "restarts": 0, "dead": False, "auc": aucs, **items}, path)
    return path


def write_events(path: str, count: int = 400, drop: tuple[str, ...] = (), **columns) -> str:
    """Write a table of events with other columns; `columns` replaces some and `drop` leaves some out."""
    event, y = labels(count)
    made = {"event": event, "y": y, "weight": np.ones(count), **columns}
    write_feather(pa.table({name: values for name, values in made.items() if name not in drop}), path)
    return path


def writers(folder: Path) -> SimpleNamespace:
    """Return the writers above as `scores`, `metrics` and `events`, which take names in a folder."""

    def in_folder(writer, name, *arguments, **options):
        return writer(str(folder / name), *arguments, **options)

    return SimpleNamespace(
        scores=partial(in_folder, write_scores),
        metrics=partial(in_folder, write_metrics),
        events=partial(in_folder, write_events),
    )
