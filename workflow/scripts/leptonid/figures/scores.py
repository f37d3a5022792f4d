"""The test scores of trained feature sets, checked to be of the same events."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow.compute as pc

from leptonid.errors import InputError
from leptonid.figures.feature_sets import by_feature_set
from leptonid.storage import read_feather
from leptonid.train.metrics import auc, auc_uncertainty


@dataclass(frozen=True)
class ScoredEvents:
    """Classes `y`, shape (N,), and what each of S trainings makes of the events, `scores`, shape (S, N)."""

    y: np.ndarray
    scores: np.ndarray

    def aucs(self) -> np.ndarray:
        """Return the AUC of each training, shape (S,)."""
        return np.array([auc(self.y, score) for score in self.scores])

    def auc_uncertainty(self) -> float:
        """Return the statistical uncertainty of the AUC: DeLong's, averaged over the trainings.

        All trainings are tested on the same events, so their number does not reduce it.
        """
        return float(np.mean([auc_uncertainty(self.y, score) for score in self.scores]))


def read_test_scores(features: Sequence[str], paths: Sequence[str]) -> dict[str, ScoredEvents]:
    """Read the test events of one scores file per training; `features` names each file's feature set.

    A name given several times has several trainings (seeds).

    Returns
    -------
    Per feature set, in the order of first mention, its scores ordered by event.

    Raises
    ------
    InputError
        If names and files do not pair up, a file has no test events or only one class of them, or two
        files are of different events: AUCs of different events cannot be compared.
    """
    tables = [_read_test(path) for path in paths]
    event, y, _ = tables[0]
    for path, (other_event, other_y, _) in zip(paths, tables, strict=True):
        if not np.array_equal(event, other_event) or not np.array_equal(y, other_y):
            raise InputError(
                f"{path}: its test events are not those of {paths[0]}; train all on the same data"
            )
    return {
        name: ScoredEvents(y, np.stack([score for _, _, score in trainings]))
        for name, trainings in by_feature_set(features, tables).items()
    }


def _read_test(path: str) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return event, y and score of a file's test events, ordered by event."""
    table = read_feather(path, columns=["event", "split", "y", "score"])
    table = table.filter(pc.equal(table["split"], "test")).sort_by("event")
    event, y, score = (table[name].to_numpy() for name in ("event", "y", "score"))
    if len(np.unique(event)) != len(event):
        raise InputError(f"{path}: some test events appear more than once")
    signal, background = int((y == 1).sum()), int((y == 0).sum())
    if not signal or not background:
        raise InputError(
            f"{path}: needs test events of both classes, found {signal} signal and {background} background"
        )
    if not np.isfinite(score).all():
        raise InputError(f"{path}: event {event[~np.isfinite(score)][0]} has no finite score")
    return event, y, score
