"""Mean AUCs over the trainings of classifiers: what the events and the trainings leave unknown."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from leptonid.metrics.auc import auc, auc_uncertainty, mean_auc_covariance
from leptonid.metrics.scored_events import deviation


@dataclass(frozen=True)
class MeanAucs:
    """Mean AUCs of K classifiers with several trainings each, on the same events.

    Parameters
    ----------
    means : shape (K,)
    deviations : shape (K,), standard deviation between the trainings of a classifier, NaN for one.
    events : shape (K, K), covariances of the means due to the finite number of events.
    trainings : shape (K,), variances of the means due to differences of trainings; 0 for one training.
    """

    means: np.ndarray
    deviations: np.ndarray
    events: np.ndarray
    trainings: np.ndarray

    def difference(self, first: int, second: int) -> tuple[float, float]:
        """Return by how much the AUC of `first` is above that of `second`, and its uncertainty."""
        factors = np.zeros(len(self.means))
        factors[first] += 1
        factors[second] -= 1
        return float(factors @ self.means), self.uncertainty(factors)

    def gap_closed(self, before: int, after: int, goal: int) -> tuple[float, float]:
        """Return which share of the difference between two AUCs a third closes, and its uncertainty.

        The share is (AUC(after) - AUC(before)) / (AUC(goal) - AUC(before)); its uncertainty is propagated to
        first order. Both are NaN where the AUC of the goal is above that of `before` by less than three times
        the uncertainty of the difference: the ratio then says nothing.
        """
        gap, uncertainty = self.difference(goal, before)
        if not gap > 3 * uncertainty:
            return np.nan, np.nan
        share = self.difference(after, before)[0] / gap
        slopes = np.zeros(len(self.means))
        np.add.at(slopes, [before, after, goal], [share - 1, 1, -share])
        return share, self.uncertainty(slopes / gap)

    def uncertainty(self, factors: np.ndarray) -> float:
        """Return the uncertainty of a sum of the AUCs times factors, shape (K,): of events and trainings."""
        # Rounding can make the first part negative where classifiers score alike.
        return float(np.sqrt(np.maximum(factors @ self.events @ factors, 0) + self.trainings @ factors**2))


def mean_aucs(
    y: np.ndarray, trainings: Sequence[Sequence[np.ndarray]], weight: np.ndarray | None = None
) -> MeanAucs:
    """Return the mean AUCs of K classifiers, whose trainings with other seeds scatter alike.

    Trainings of one classifier differ for two reasons: they are not equally good, and they err in different
    ones of the finite number of events. The second is in the uncertainty due to the events already. The
    variance of trainings is therefore that of their AUCs, less S / (S - 1) times the amount by which their
    mean variance due to the events exceeds that of their mean; at least 0. It is estimated from all
    classifiers together, as each has few trainings, with S - 1 as the weight of one with S. The mean of S > 1
    trainings has 1 / S of it. The scatter of a classifier with one training is not known, and taken to be 0.

    Parameters
    ----------
    y : shape (N,), 1 = signal, 0 = background.
    trainings : for each classifier scores of shape (S, N).
    weight : shape (N,), 1 by default.

    Raises
    ------
    InputError
        As from `leptonid.metrics.auc.auc`.
    """
    aucs = [np.array([auc(y, score, weight) for score in scores]) for scores in trainings]
    events = mean_auc_covariance(y, trainings, weight)
    counts = np.array([len(scores) for scores in trainings])
    excess = 0.0
    for values, scores, variance in zip(aucs, trainings, np.diag(events), strict=True):
        if len(scores) > 1:
            single = np.mean([auc_uncertainty(y, score, weight) ** 2 for score in scores])
            excess += ((values - values.mean()) ** 2).sum() - len(scores) * (single - variance)
    scatter = max(0.0, excess / max(1, (counts - 1).sum()))
    return MeanAucs(
        np.array([values.mean() for values in aucs]),
        np.array([deviation(values) for values in aucs]),
        events,
        np.where(counts > 1, scatter / counts, 0),
    )
