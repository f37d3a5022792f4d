"""Metrics at working points and thresholds, confusion matrices and calibration, with uncertainties."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from leptonid.errors import InputError
from leptonid.metrics.bootstrap import bootstrap_weights, in_groups
from leptonid.metrics.curves import LEAST_BACKGROUND, Cuts, summable
from leptonid.metrics.scored_events import ScoredEvents, deviation

# Signal efficiencies of the working points.
EFFICIENCIES = np.array([0.5, 0.7, 0.8, 0.9, 0.95])

# The signal efficiency of the nearest threshold is higher by more than this: no cut is at the working point.
BETWEEN_THRESHOLDS = 0.01

# Edges of the score bins of calibration curves.
EDGES = np.linspace(0, 1, 11)

# What each event adds to `Counts`, apart from `left`.
COLUMNS = 4 + 3 * (len(EDGES) - 1)

# How near to 0 or 1 a score counts for its loss: networks compute in float32, with no number nearer to 1.
SCORE_MARGIN = 1e-7

METRICS = (
    *("auc", *(f"rejection_{100 * efficiency:g}" for efficiency in EFFICIENCIES)),
    *("accuracy", "precision", "recall", "f1", "brier", "log_loss", "calibration_error"),
)


@dataclass(frozen=True)
class Estimate:
    """A mean over trainings with uncertainties.

    `test` is its uncertainty due to the finite number of test events, `seeds` the standard deviation between
    trainings. NaN where unknown: `seeds` of a single training, a rejection with too few background events.
    """

    value: float
    test: float
    seeds: float


@dataclass(frozen=True)
class Counts:
    """Event counts of S trainings in each of R samples of N events: sums of the events' weights.

    Parameters
    ----------
    left : shape (R, S, E)
        Background events that pass the tightest cuts with signal efficiencies `EFFICIENCIES`.
    passing : shape (R, S, 2)
        Background and signal events with a score at or above the threshold.
    squares : shape (R, S)
        Sum of (score - y)^2.
    losses : shape (R, S)
        Sum of -log of the score, or of 1 - score for background.
    binned : shape (R, S, 3, B)
        Background events, signal events and sum of scores in the bins of `EDGES`.
    """

    left: np.ndarray
    passing: np.ndarray
    squares: np.ndarray
    losses: np.ndarray
    binned: np.ndarray

    @property
    def events(self) -> np.ndarray:
        """All background and signal events, shape (R, S, 2): without weights, the same in all samples."""
        return self.binned[:, :, :2].sum(axis=-1)


@dataclass(frozen=True)
class Evaluation:
    """Counts of one classifier in the test events (`sample`) and in bootstrap samples of them.

    `effective_left`, shape (S, E), is how many events of equal weight would be as precise as `sample.left`,
    `reached`, (S, E), the signal efficiency of the tightest threshold that keeps at least `EFFICIENCIES`.
    """

    sample: Counts
    bootstrap: Counts
    effective_left: np.ndarray
    reached: np.ndarray


def evaluate(
    scored: Mapping[str, ScoredEvents], threshold: float, bootstraps: int, seed: int
) -> dict[str, Evaluation]:
    """Count events in the test sample and in bootstrap samples of it, the same samples for all classifiers.

    Raises
    ------
    InputError
        If a score is not between 0 and 1.
    """
    for name, events in scored.items():
        if events.scores.min() < 0 or events.scores.max() > 1:
            raise InputError(
                f"{name}: scores must be probabilities, from 0 to 1; found values from "
                f"{events.scores.min():g} to {events.scores.max():g}"
            )
    first = next(iter(scored.values()))
    y, weight = first.y, first.weight
    trainings = [score for events in scored.values() for score in events.scores]
    samples, all_counts, effective, reached = [], [], [], []
    for group in in_groups(trainings, len(y) * (Cuts.BYTES_PER_EVENT + 8 * COLUMNS)):
        tallies = [Tally(y, score, threshold, weight) for score in group]
        samples += [tally.count(np.ones((1, len(y)))) for tally in tallies]
        effective += [tally.cuts.effective_left(weight, EFFICIENCIES) for tally in tallies]
        reached += [tally.cuts.reached(weight, EFFICIENCIES) for tally in tallies]
        chunks: list[list[Counts]] = [[] for _ in group]
        for weights in bootstrap_weights(y, bootstraps, seed):
            for tally, counts in zip(tallies, chunks, strict=True):
                counts.append(tally.count(weights))
        all_counts += [_joined(counts, axis=0) for counts in chunks]
    evaluations = {}
    for name, events in scored.items():
        own = slice(len(events.scores))
        sample, bootstrap = (_joined(counts[own], axis=1) for counts in (samples, all_counts))
        evaluations[name] = Evaluation(sample, bootstrap, np.array(effective[own]), np.array(reached[own]))
        del samples[own], all_counts[own], effective[own], reached[own]
    return evaluations


def metrics(scored: ScoredEvents, evaluation: Evaluation) -> dict[str, Estimate]:
    """Return the `METRICS` of a classifier by name.

    `auc` has the uncertainty of DeLong et al. `rejection_50` and so on, at `EFFICIENCIES`, are one over the
    background efficiency; `accuracy`, `precision`, `recall` and `f1` are at the threshold; `brier` is the
    mean of (score - y)^2, `log_loss` that of `log_losses`; `calibration_error` is the expected calibration
    error: the mean distance between score and share of signal in bins of the score.
    """
    aucs = scored.aucs()
    estimates = {"auc": Estimate(float(aucs.mean()), scored.auc_uncertainty(), deviation(aucs))}
    left, passing = (
        counts.left / counts.events[..., :1] for counts in (evaluation.sample, evaluation.bootstrap)
    )
    known = np.where(evaluation.effective_left >= LEAST_BACKGROUND, left[0], np.nan)
    rejections = 1 / known
    # To first order: the inverse of a small count has no finite mean.
    samples = rejections * (2 - passing / known)
    for place, efficiency in enumerate(EFFICIENCIES):
        estimates[f"rejection_{100 * efficiency:g}"] = _estimate(rejections[:, place], samples[..., place])
    samples = _at_threshold(evaluation.bootstrap)
    for name, values in _at_threshold(evaluation.sample).items():
        estimates[name] = _estimate(values[0], samples[name])
    return estimates


def confusion(evaluation: Evaluation) -> dict[tuple[int, int], Estimate]:
    """Return the share of events of true class i that are classified as j, by (i, j)."""
    shares = {}
    for value in (0, 1):
        passing, samples = (
            counts.passing[..., value] / counts.events[..., value]
            for counts in (evaluation.sample, evaluation.bootstrap)
        )
        shares[value, 0] = _estimate(1 - passing[0], 1 - samples)
        shares[value, 1] = _estimate(passing[0], samples)
    return shares


def calibration(evaluation: Evaluation) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Return events, mean score, share of signal and its uncertainty in bins of the score, shapes (B,).

    Trainings are combined, with `events` the mean sum of their weights. Bins without events are NaN.
    """
    trainings = evaluation.sample.binned.shape[1]
    with np.errstate(invalid="ignore", divide="ignore"):
        background, signal, scores = evaluation.sample.binned[0].sum(axis=0)
        events = background + signal
        background_samples, signal_samples, _ = np.moveaxis(evaluation.bootstrap.binned.sum(axis=1), 1, 0)
        share = signal / events
        # To first order: bootstrap samples can have no events in a sparse bin.
        samples = ((1 - share) * signal_samples - share * background_samples) / events
        return events / trainings, scores / events, share, np.std(samples, axis=0, ddof=1)


class Tally:
    """What is counted of one training, prepared for any number of samples of its N events."""

    def __init__(self, y: np.ndarray, score: np.ndarray, threshold: float, weight: np.ndarray):
        self.cuts = Cuts.of(y, score)
        self.columns = _columns(y, score, threshold) * weight[:, None]
        self.weight = weight

    def count(self, draws: np.ndarray) -> Counts:
        """Count the events of samples, (R, N): how often each is drawn."""
        left = [self.cuts.background_left(row, EFFICIENCIES) for row in summable(draws, self.weight)]
        sums = (draws @ self.columns)[:, None]
        passing, squares, losses, binned = np.split(sums, [2, 3, 4], axis=2)
        binned = binned.reshape(*binned.shape[:2], 3, len(EDGES) - 1)
        return Counts(np.array(left)[:, None], passing, squares[:, :, 0], losses[:, :, 0], binned)


def log_losses(y: np.ndarray, score: np.ndarray) -> np.ndarray:
    """Return -log of the probability that a score gives to the true class, (N,); see `SCORE_MARGIN`."""
    return -np.log(np.clip(np.where(y == 1, score, 1 - score), SCORE_MARGIN, 1 - SCORE_MARGIN))


def _columns(y: np.ndarray, score: np.ndarray, threshold: float) -> np.ndarray:
    """Return what each event adds to the fields of `Counts` after `left`, shape (N, 4 + 3 B)."""
    signal, background = (y == 1)[:, None], (y == 0)[:, None]
    passes = (score >= threshold)[:, None]
    inside = np.searchsorted(EDGES[1:-1], score)[:, None] == np.arange(len(EDGES) - 1)
    squares = ((score - y) ** 2)[:, None]
    parts = [passes & background, passes & signal, squares, log_losses(y, score)[:, None]]
    parts += [inside & background, inside & signal, inside * score[:, None]]
    return np.concatenate(parts, axis=1, dtype=np.float64)


def _joined(counts: Sequence[Counts], axis: int) -> Counts:
    """Return the counts of several samples (axis 0) or trainings (axis 1)."""
    parts = (
        np.concatenate([getattr(chunk, name) for chunk in counts], axis)
        for name in ("left", "passing", "squares", "losses", "binned")
    )
    return Counts(*parts)


def _at_threshold(counts: Counts) -> dict[str, np.ndarray]:
    """Return the metrics that are computed from counts at the threshold or in bins, shapes (R, S)."""
    background_events, signal_events = np.moveaxis(counts.events, -1, 0)
    all_events = background_events + signal_events
    false, true = np.moveaxis(counts.passing, -1, 0)
    _, signal, scores = np.moveaxis(counts.binned, 2, 0)
    with np.errstate(invalid="ignore"):
        precision = true / (true + false)
    return {
        "accuracy": (true + background_events - false) / all_events,
        "precision": precision,
        "recall": true / signal_events,
        "f1": 2 * true / (true + false + signal_events),
        "brier": counts.squares / all_events,
        "log_loss": counts.losses / all_events,
        "calibration_error": np.abs(signal - scores).sum(axis=-1) / all_events,
    }


def _estimate(values: np.ndarray, samples: np.ndarray) -> Estimate:
    """Return the mean of S trainings, (S,), with its scatter between bootstrap samples, (R, S)."""
    return Estimate(float(values.mean()), float(np.std(samples.mean(axis=1), ddof=1)), deviation(values))
