"""Scores of trained classifiers, checked to be scores of the same events."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from leptonid.errors import InputError
from leptonid.metrics.auc import auc, mean_auc_covariance
from leptonid.study.classifiers import by_classifier
from leptonid.tables.scores import read_scores_of_role


@dataclass(frozen=True)
class ScoredEvents:
    """Labels, scores and weights of N events from S trainings of one classifier.

    Parameters
    ----------
    y : shape (N,), 1 = signal, 0 = background.
    scores : shape (S, N)
    weight : shape (N,), 1 by default.
    event : shape (N,)
        Row of each event in the table of its split, if the scores come from a file.
    """

    y: np.ndarray
    scores: np.ndarray
    weight: np.ndarray | None = None
    event: np.ndarray | None = None

    def __post_init__(self):
        """Set weights of 1 where none are given."""
        if self.weight is None:
            object.__setattr__(self, "weight", np.ones(len(self.y)))

    def aucs(self) -> np.ndarray:
        """Return the AUC of each training, shape (S,)."""
        return np.array([auc(self.y, score, self.weight) for score in self.scores])

    def take(self, rows: np.ndarray) -> "ScoredEvents":
        """Return some of the events, as a mask, shape (N,)."""
        event = None if self.event is None else self.event[rows]
        return ScoredEvents(self.y[rows], self.scores[:, rows], self.weight[rows], event)

    def auc_uncertainty(self) -> float:
        """Return the statistical uncertainty of the mean AUC of the trainings (DeLong et al.).

        All trainings are tested on the same events, so more trainings hardly reduce it.
        """
        return float(np.sqrt(mean_auc_covariance(self.y, [self.scores], self.weight)[0, 0]))


def read_scores(classifiers: Sequence[str], paths: Sequence[str], role: str) -> dict[str, ScoredEvents]:
    """Read one scores file per training.

    Parameters
    ----------
    classifiers
        Name of each file's classifier; a repeated name has several trainings (seeds).
    role
        What the trainings used the events for: train, valid or test.

    Returns
    -------
    Scores per classifier, in the order of first mention, with events in increasing order.

    Raises
    ------
    InputError
        If names and files do not pair up, a file has no events of the role or only one class of them, or
        two files hold different events or weights: scores of different events cannot be compared.
    """
    first = read_scores_of_role(paths[0], role)
    scores = []
    for path in paths:
        # Events, labels and weights are held once: they are as large as the scores.
        own = read_scores_of_role(path, role)
        if not all(map(np.array_equal, own[:3], first[:3])):
            raise InputError(
                f"{path}: its {role} events are not those of {paths[0]}, or have other weights; train all on "
                "the same data"
            )
        scores.append(own.score)
    return {
        name: ScoredEvents(first.y, np.stack(trainings), first.weight, first.event)
        for name, trainings in by_classifier(classifiers, scores).items()
    }


def read_test_scores(classifiers: Sequence[str], paths: Sequence[str]) -> dict[str, ScoredEvents]:
    """Read the scores of the test events; see `read_scores`."""
    return read_scores(classifiers, paths, "test")


def sort_by_auc(scored: Mapping[str, ScoredEvents]) -> dict[str, ScoredEvents]:
    """Return the classifiers, highest mean AUC first."""
    return dict(sorted(scored.items(), key=lambda pair: pair[1].aucs().mean(), reverse=True))


def deviation(values: Sequence[float] | np.ndarray) -> float:
    """Return the standard deviation between trainings; NaN for fewer than two."""
    return float(np.std(values, ddof=1)) if len(values) > 1 else float("nan")
