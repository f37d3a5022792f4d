"""ROC and precision-recall curves with uncertainties, and ratios of background rejections."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from leptonid.metrics.bootstrap import bootstrap_weights, in_groups
from leptonid.metrics.scored_events import ScoredEvents

# With fewer background events, the statistical uncertainty exceeds 30 %.
LEAST_BACKGROUND = 10

# With fewer, it exceeds 20 %.
PRECISE_BACKGROUND = 25

SIGNAL_EFFICIENCY = np.linspace(0, 1, 1001)


@dataclass(frozen=True)
class Curve:
    """The background efficiency at each of G values of `SIGNAL_EFFICIENCY`.

    Parameters
    ----------
    mean : shape (G,)
        Mean of the trainings; NaN where fewer than `LEAST_BACKGROUND` effective background events are left.
    deviations : shape (B, G)
        Relative deviations from the mean in bootstrap samples of the test events.
    seeds : shape (G,)
        Relative standard deviation between trainings; 0 for a single one.
    reached : shape (G,)
        Signal efficiency of the tightest threshold that keeps at least this much, see `Cuts.reached`; mean of
        the trainings.
    precision : shape (G,)
        Share of signal among the events that pass, see `precision_at`, and `precision_uncertainty`, absolute:
        test events and seeds in quadrature.
    average_precision
        Mean of the precision over the signal efficiencies, with its uncertainty.
    signal_share
        Share of signal among the test events, by weight, which all precisions are for.
    """

    mean: np.ndarray
    deviations: np.ndarray
    seeds: np.ndarray
    reached: np.ndarray
    precision: np.ndarray
    precision_uncertainty: np.ndarray
    average_precision: float
    average_precision_uncertainty: float
    signal_share: float

    def uncertainty(self) -> np.ndarray:
        """Return the relative uncertainty, shape (G,): test events and seeds in quadrature."""
        return np.hypot(np.std(self.deviations, axis=0, ddof=1), self.seeds)


def curves(scored: Mapping[str, ScoredEvents], bootstraps: int, seed: int) -> dict[str, Curve]:
    """Return the ROC curves of classifiers of the same events, using the same bootstrap samples for all."""
    first = next(iter(scored.values()))
    y, weight = first.y, first.weight
    background = np.flatnonzero(y == 0)
    result = {}
    most = max(len(events.scores) for events in scored.values())
    for names in in_groups(list(scored), most * len(y) * Cuts.BYTES_PER_EVENT):
        cuts = {name: [Cuts.of(y, score) for score in scored[name].scores] for name in names}
        samples = {name: np.empty((bootstraps, len(SIGNAL_EFFICIENCY)), np.float32) for name in names}
        all_weights = (
            weights for chunk in bootstrap_weights(y, bootstraps, seed) for weights in summable(chunk, weight)
        )
        for number, weights in enumerate(all_weights):
            total = weights[background].sum()
            for name, trainings in cuts.items():
                samples[name][number] = _left(trainings, weights).mean(axis=0) / total
        result |= {name: _curve(cuts[name], weight, samples[name]) for name in names}
    return result


def relative_rejection(curve: Curve, reference: Curve) -> tuple[np.ndarray, np.ndarray]:
    """Return the ratio of background rejections and its relative uncertainty, shapes (G,).

    The curves are correlated between bootstrap samples, and independent between seeds.
    """
    test = np.std(curve.deviations - reference.deviations, axis=0, ddof=1)
    return reference.mean / curve.mean, np.sqrt(test**2 + curve.seeds**2 + reference.seeds**2)


def precision_at(background_efficiency: np.ndarray, signal_share: float) -> np.ndarray:
    """Return the precision at `SIGNAL_EFFICIENCY`, as (..., G): the share of signal among what passes.

    It depends on the share of signal before the cut, which is taken as known; 1 where no background passes,
    NaN at no efficiency. Between two thresholds it follows the random choice among equal scores, as the ROC
    curve does (Davis and Goadrich, ICML 2006), where a straight line would be too high.
    """
    signal = signal_share * np.where(SIGNAL_EFFICIENCY > 0, SIGNAL_EFFICIENCY, np.nan)
    with np.errstate(invalid="ignore", divide="ignore"):
        return signal / (signal + (1 - signal_share) * background_efficiency)


def summable(draws: np.ndarray, weight: np.ndarray) -> np.ndarray:
    """Return the weights of bootstrap samples, (R, N): how often each event is drawn times its weight, (N,).

    Integers where all weights are 1, whose cumulative sums are much faster.
    """
    return draws.astype(np.int64) if (weight == 1).all() else draws * weight


@dataclass(frozen=True)
class Cuts:
    """All cuts at the score of a signal event, for events with weights.

    `signal` and `background` are the events of each class by falling score. For each signal event,
    `signal_above` is the number of signal events with a higher score, `signal_with` the number with at
    least its score; `background_above` and `background_with` are those of background events.
    """

    signal: np.ndarray
    background: np.ndarray
    signal_above: np.ndarray
    signal_with: np.ndarray
    background_above: np.ndarray
    background_with: np.ndarray

    # With as many events of both classes.
    BYTES_PER_EVENT: ClassVar[int] = 24

    @classmethod
    def of(cls, y: np.ndarray, score: np.ndarray) -> "Cuts":
        """Return the cuts on a score, shape (N,)."""
        classes = (np.flatnonzero(y == value) for value in (1, 0))
        signal, background = (members[np.argsort(-score[members], kind="stable")] for members in classes)
        counts = [
            np.searchsorted(-score[members], -score[signal], side)
            for members in (signal, background)
            for side in ("left", "right")
        ]
        return cls(signal, background, *counts)

    def background_left(self, weights: np.ndarray, efficiencies: np.ndarray) -> np.ndarray:
        """Return the weight of the background that passes the tightest cut with each signal efficiency, (E,).

        Where signal and background events share a score, they pass in equal proportions, as no threshold
        divides them: the cut is then a random choice, see `reached`. NaN where the weights of the signal do
        not add up to more than 0.

        Parameters
        ----------
        weights : shape (N,)
        efficiencies : shape (E,)
        """
        return self._left(weights, *self._tightest(weights, efficiencies))

    def effective_left(self, weights: np.ndarray, efficiencies: np.ndarray) -> np.ndarray:
        """Return how many events of equal weight would be as precise as that background, (E,)."""
        tightest = self._tightest(weights, efficiencies)
        left, squares = (self._left(values, *tightest) for values in (weights, weights**2))
        return np.divide(left**2, squares, out=np.zeros(len(left)), where=(left > 0) & (squares > 0))

    def reached(self, weights: np.ndarray, efficiencies: np.ndarray) -> np.ndarray:
        """Return the signal efficiency of the tightest threshold that keeps at least each of some, (E,).

        It is larger by the share of the signal that has the score of the threshold too.
        """
        last, _ = self._tightest(weights, efficiencies)
        signal = np.cumsum(weights[self.signal])
        return signal[self.signal_with[last] - 1] / signal[-1]

    def thresholds(self, score: np.ndarray, weights: np.ndarray, efficiencies: np.ndarray) -> np.ndarray:
        """Return the scores, of (N,), of these thresholds, (E,): a cut keeps what has at least that score."""
        last, _ = self._tightest(weights, efficiencies)
        return score[self.signal[last]]

    def _tightest(self, weights: np.ndarray, efficiencies: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Return the signal events that the tightest cuts are at, and what share of equal scores passes."""
        signal = np.append(0, np.cumsum(weights[self.signal]))
        total, events = signal[-1], len(self.signal)
        if total <= 0:
            return np.zeros(len(efficiencies), int), np.full(len(efficiencies), np.nan)
        # Slightly less, as rounding can lift the product above a whole number of events.
        margin = 1e-6 * total / events
        kept = np.maximum(efficiencies * total - margin, margin)
        rising = signal[1:]
        if weights.dtype.kind == "f":
            # Negative weights lower the sum, and rounding can.
            rising = np.maximum.accumulate(signal[self.signal_with])
        last = np.searchsorted(rising, kept)
        above, through = signal[self.signal_above[last]], signal[self.signal_with[last]]
        return last, (kept - above) / (through - above)

    def _left(self, weights: np.ndarray, last: np.ndarray, share: np.ndarray) -> np.ndarray:
        background = np.append(0, np.cumsum(weights[self.background]))
        looser, tighter = background[self.background_with[last]], background[self.background_above[last]]
        return tighter + (looser - tighter) * share


def _curve(cuts: list[Cuts], weight: np.ndarray, samples: np.ndarray) -> Curve:
    efficiencies = _left(cuts, weight) / weight[cuts[0].background].sum()
    left = [training.effective_left(weight, SIGNAL_EFFICIENCY) for training in cuts]
    known = np.min(left, axis=0) >= LEAST_BACKGROUND
    mean = np.where(known, efficiencies.mean(axis=0), np.nan)
    spread = np.std(efficiencies, axis=0, ddof=1) if len(cuts) > 1 else np.zeros(len(mean))
    reached = np.mean([training.reached(weight, SIGNAL_EFFICIENCY) for training in cuts], axis=0)
    share = weight[cuts[0].signal].sum() / weight.sum()
    return Curve(
        mean, samples / mean - 1, spread / mean, reached, *_precision(efficiencies, samples, share), share
    )


def _precision(efficiencies: np.ndarray, samples: np.ndarray, share: float) -> tuple:
    """Return precision and average precision, each with its uncertainty.

    They are those of background efficiencies of S trainings, (S, G), and of bootstrap samples, (B, G).
    """
    trainings, drawn = (precision_at(values, share) for values in (efficiencies, samples))
    result = []
    # The first point has no events.
    for of_trainings, of_samples in ((trainings, drawn), (trainings[:, 1:].mean(1), drawn[:, 1:].mean(1))):
        seeds = np.std(of_trainings, axis=0, ddof=1) if len(trainings) > 1 else 0.0
        test = np.std(of_samples, axis=0, ddof=1)
        result += [of_trainings.mean(axis=0), np.hypot(test, seeds)]
    return tuple(result)


def _left(cuts: list[Cuts], weights: np.ndarray) -> np.ndarray:
    """Return the weight of the background that S trainings leave at `SIGNAL_EFFICIENCY`, shape (S, G)."""
    return np.stack([training.background_left(weights, SIGNAL_EFFICIENCY) for training in cuts])
