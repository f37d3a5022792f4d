"""ROC curves with uncertainties, and their ratios."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from leptonid.metrics.bootstrap import bootstrap_weights
from leptonid.metrics.scored_events import ScoredEvents

# A cut that keeps fewer background events than this is known to no better than 30 %.
LEAST_BACKGROUND = 10

SIGNAL_EFFICIENCY = np.linspace(0, 1, 1001)


@dataclass(frozen=True)
class Curve:
    """The background efficiency at each of G values of `SIGNAL_EFFICIENCY`.

    Parameters
    ----------
    mean : shape (G,), of the trainings; NaN where too few background events are left.
    drawn : shape (B, G), its relative deviations in bootstrap samples of the test events.
    seeds : shape (G,), the relative standard deviation between trainings; 0 for a single one.
    """

    mean: np.ndarray
    drawn: np.ndarray
    seeds: np.ndarray

    def uncertainty(self) -> np.ndarray:
        """Return the relative uncertainty, shape (G,): test sample and seeds in quadrature."""
        return np.hypot(np.std(self.drawn, axis=0, ddof=1), self.seeds)


def curves(scored: Mapping[str, ScoredEvents], bootstraps: int, seed: int) -> dict[str, Curve]:
    """Return the ROC curves of classifiers of the same events, all with the same bootstrap samples."""
    y = next(iter(scored.values())).y
    cuts = {name: [Cuts.of(y, score) for score in each.scores] for name, each in scored.items()}
    drawn = {name: np.empty((bootstraps, len(SIGNAL_EFFICIENCY)), np.float32) for name in scored}
    samples = (
        weights for chunk in bootstrap_weights(y, bootstraps, seed) for weights in chunk.astype(np.int64)
    )
    for sample, weights in enumerate(samples):
        for name, trainings in cuts.items():
            drawn[name][sample] = _efficiencies(trainings, weights).mean(axis=0)
    return {name: _curve(cuts[name], y, drawn[name]) for name in scored}


def relative_rejection(curve: Curve, reference: Curve) -> tuple[np.ndarray, np.ndarray]:
    """Return the ratio of background rejections and its relative uncertainty, shapes (G,).

    Both curves fluctuate together from one bootstrap sample to the next, and apart from seed to seed.
    """
    test = np.std(curve.drawn - reference.drawn, axis=0, ddof=1)
    return reference.mean / curve.mean, np.sqrt(test**2 + curve.seeds**2 + reference.seeds**2)


@dataclass(frozen=True)
class Cuts:
    """All cuts on a score that end at a signal event, for events that are counted with weights.

    Signal and background events are ordered by falling score. `signal_above` and `signal_with` count, for
    each signal event, the signal events above it, and with those of its own score; `background_above` and
    `background_with` the background events.
    """

    signal: np.ndarray
    background: np.ndarray
    signal_above: np.ndarray
    signal_with: np.ndarray
    background_above: np.ndarray
    background_with: np.ndarray

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
        """Return the weighted background that passes the tightest cuts with these signal efficiencies.

        Of events with one score, as much background passes as of their signal is needed.

        Parameters
        ----------
        weights : shape (N,), integers (their running sums are much faster).
        efficiencies : shape (E,)
        """
        signal, background = (
            np.append(0, np.cumsum(weights[members])) for members in (self.signal, self.background)
        )
        # A little less than asked for, as a product can be a rounding error above a whole number.
        kept = np.maximum(efficiencies * signal[-1] - 1e-6, 1e-6)
        last = np.searchsorted(signal[1:], kept)
        above, through = signal[self.signal_above[last]], signal[self.signal_with[last]]
        looser, tighter = background[self.background_with[last]], background[self.background_above[last]]
        return tighter + (looser - tighter) * (kept - above) / (through - above)


def _curve(cuts: list[Cuts], y: np.ndarray, drawn: np.ndarray) -> Curve:
    measured = _efficiencies(cuts, np.ones(len(y), np.int64))
    known = measured.min(axis=0) * np.count_nonzero(y == 0) >= LEAST_BACKGROUND
    mean = np.where(known, measured.mean(axis=0), np.nan)
    spread = np.std(measured, axis=0, ddof=1) if len(cuts) > 1 else np.zeros(len(mean))
    return Curve(mean, drawn / mean - 1, spread / mean)


def _efficiencies(cuts: list[Cuts], weights: np.ndarray) -> np.ndarray:
    """Return the background efficiencies of S trainings at `SIGNAL_EFFICIENCY`, shape (S, G)."""
    left = [each.background_left(weights, SIGNAL_EFFICIENCY) for each in cuts]
    return np.stack(left) / len(cuts[0].background)
