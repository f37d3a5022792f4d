"""The scores of trained classifiers, checked to be of the same events."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from leptonid.errors import InputError
from leptonid.figures.feature_sets import by_feature_set
from leptonid.train.metrics import auc, auc_covariance
from leptonid.train.results import read_role


@dataclass(frozen=True)
class ScoredEvents:
    """Classes `y`, shape (N,), and what each of S trainings makes of the events, `scores`, shape (S, N).

    `event`, shape (N,), numbers them in the table of their split, where they come from a file.
    """

    y: np.ndarray
    scores: np.ndarray
    event: np.ndarray | None = None

    def aucs(self) -> np.ndarray:
        """Return the AUC of each training, shape (S,)."""
        return np.array([auc(self.y, score) for score in self.scores])

    def auc_uncertainty(self) -> float:
        """Return the statistical uncertainty of the trainings' mean AUC (DeLong et al.).

        All trainings are tested on the same events, so their number hardly reduces it.
        """
        return float(np.sqrt(auc_covariance(self.y, self.scores).mean()))


def read_test_scores(features: Sequence[str], paths: Sequence[str]) -> dict[str, ScoredEvents]:
    """Read the test events, as `read_scores` does."""
    return read_scores(features, paths, "test")


def read_scores(features: Sequence[str], paths: Sequence[str], role: str) -> dict[str, ScoredEvents]:
    """Read one scores file per training; `features` names each file's classifier.

    A name given several times has several trainings (seeds). `role`, train, valid or test, is what the
    trainings used the events for.

    Returns
    -------
    Per classifier, in the order of first mention, its scores ordered by event.

    Raises
    ------
    InputError
        If names and files do not pair up, a file has no events of that role or only one class of them, or
        two files are of different events: scores of different events cannot be compared.
    """
    tables = [read_role(path, role) for path in paths]
    event, y, _ = tables[0]
    for path, (other_event, other_y, _) in zip(paths, tables, strict=True):
        if not np.array_equal(event, other_event) or not np.array_equal(y, other_y):
            raise InputError(
                f"{path}: its {role} events are not those of {paths[0]}; train all on the same data"
            )
    return {
        name: ScoredEvents(y, np.stack([score for _, _, score in trainings]), event)
        for name, trainings in by_feature_set(features, tables).items()
    }


def sort_by_auc(scored: Mapping[str, ScoredEvents]) -> dict[str, ScoredEvents]:
    """Return the classifiers, best mean AUC first."""
    return dict(sorted(scored.items(), key=lambda pair: pair[1].aucs().mean(), reverse=True))
