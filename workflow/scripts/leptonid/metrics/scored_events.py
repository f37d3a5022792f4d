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
    """Labels and scores of N events from S trainings of one classifier.

    Parameters
    ----------
    y : shape (N,), 1 = signal, 0 = background.
    scores : shape (S, N)
    event : shape (N,)
        Row of each event in the table of its split, if the scores come from a file.
    """

    y: np.ndarray
    scores: np.ndarray
    event: np.ndarray | None = None

    def aucs(self) -> np.ndarray:
        """Return the AUC of each training, shape (S,)."""
        return np.array([auc(self.y, score) for score in self.scores])

    def auc_uncertainty(self) -> float:
        """Return the statistical uncertainty of the mean AUC of the trainings (DeLong et al.).

        All trainings are tested on the same events, so more trainings hardly reduce it.
        """
        return float(np.sqrt(mean_auc_covariance(self.y, [self.scores])[0, 0]))


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
        two files hold different events: scores of different events cannot be compared.
    """
    event, y, _ = read_scores_of_role(paths[0], role)
    scores = []
    for path in paths:
        # Events and labels are held once: they are as large as the scores.
        other_event, other_y, score = read_scores_of_role(path, role)
        if not np.array_equal(event, other_event) or not np.array_equal(y, other_y):
            raise InputError(
                f"{path}: its {role} events are not those of {paths[0]}; train all on the same data"
            )
        scores.append(score)
    return {
        name: ScoredEvents(y, np.stack(trainings), event)
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
