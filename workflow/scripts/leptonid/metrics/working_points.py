"""Working points, counts at a threshold and calibration of classifiers, with uncertainties."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from leptonid.errors import InputError
from leptonid.metrics.bootstrap import bootstrap_weights
from leptonid.metrics.curves import LEAST_BACKGROUND, Cuts
from leptonid.metrics.scored_events import ScoredEvents

# Signal efficiencies of the working points.
EFFICIENCIES = np.array([0.5, 0.7, 0.8, 0.9, 0.95])

# Edges of the bins of the score in calibration curves.
EDGES = np.linspace(0, 1, 11)


@dataclass(frozen=True)
class Measured:
    """A mean over trainings, its uncertainty from the test events, and the trainings' standard deviation.

    NaN is what is not known: the deviation of a single training, a rejection of too few events.
    """

    value: float
    test: float
    seeds: float


@dataclass(frozen=True)
class Counts:
    """What is counted in each of R samples of N events that S trainings have scored.

    Parameters
    ----------
    left : shape (R, S, E), background events that pass the tightest cuts with `EFFICIENCIES`.
    passing : shape (R, S, 2), background and signal events at or above the threshold.
    squares : shape (R, S), sum of (score - y)^2.
    binned : shape (R, S, 3, B), background events, signal events and sum of scores between `EDGES`.
    events : shape (2,), background and signal events, in all samples the same.
    """

    left: np.ndarray
    passing: np.ndarray
    squares: np.ndarray
    binned: np.ndarray
    events: np.ndarray


@dataclass(frozen=True)
class Evaluation:
    """What a classifier's trainings make of the test events, and of bootstrap samples of them."""

    measured: Counts
    drawn: Counts


def evaluate(
    scored: Mapping[str, ScoredEvents], threshold: float, bootstraps: int, seed: int
) -> dict[str, Evaluation]:
    """Count in the test events and in `bootstraps` samples of them, the same samples for all scores.

    Raises
    ------
    InputError
        If a score is no probability.
    """
    for name, each in scored.items():
        if each.scores.min() < 0 or each.scores.max() > 1:
            raise InputError(
                f"{name}: scores must be probabilities, from 0 to 1; found some from {each.scores.min():g} "
                f"to {each.scores.max():g}"
            )
    y = next(iter(scored.values())).y
    cuts = {name: [Cuts.of(y, score) for score in each.scores] for name, each in scored.items()}
    measured = {
        name: _count(each, cuts[name], threshold, np.ones((1, len(y)))) for name, each in scored.items()
    }
    drawn = {name: [] for name in scored}
    for weights in bootstrap_weights(y, bootstraps, seed):
        for name, each in scored.items():
            drawn[name].append(_count(each, cuts[name], threshold, weights))
    return {name: Evaluation(measured[name], _joined(drawn[name])) for name in scored}


def _count(scored: ScoredEvents, cuts: list[Cuts], threshold: float, weights: np.ndarray) -> Counts:
    """Count events with weights, shape (R, N), that have in every row the same sum per class."""
    y, bins = scored.y, len(EDGES) - 1
    # Running sums of whole numbers are much faster.
    rows = weights.astype(np.int64)
    left = np.array([[each.background_left(row, EFFICIENCIES) for each in cuts] for row in rows])
    sums = np.stack([weights @ _columns(y, score, threshold) for score in scored.scores], axis=1)
    passing, squares, binned = np.split(sums, [2, 3], axis=2)
    return Counts(
        left,
        passing,
        squares[:, :, 0],
        binned.reshape(*binned.shape[:2], 3, bins),
        np.array([np.count_nonzero(y == 0), np.count_nonzero(y == 1)]),
    )


def metrics(scored: ScoredEvents, evaluation: Evaluation) -> dict[str, Measured]:
    """Return the metrics of a classifier by name.

    `auc` (its uncertainty is DeLong's), `rejection_50` and so on at `EFFICIENCIES` (one over the background
    efficiency), `accuracy`, `precision`, `recall` and `f1` at the threshold, `brier` (the mean of
    (score - y)^2) and `calibration_error` (the mean distance between score and share of signal, in bins).
    """
    aucs = scored.aucs()
    found = {"auc": Measured(float(aucs.mean()), scored.auc_uncertainty(), _spread(aucs))}
    left = evaluation.measured.left[0]
    rejections = np.where(
        left >= LEAST_BACKGROUND, evaluation.measured.events[0] / np.maximum(left, 1), np.nan
    )
    # To first order, as one over a number of few events has no finite mean.
    drawn = rejections * (2 - evaluation.drawn.left / np.maximum(left, 1))
    for place, efficiency in enumerate(EFFICIENCIES):
        found[f"rejection_{100 * efficiency:g}"] = _measured(rejections[:, place], drawn[..., place])
    drawn = _at_threshold(evaluation.drawn)
    for name, values in _at_threshold(evaluation.measured).items():
        found[name] = _measured(values[0], drawn[name])
    return found


def confusion(evaluation: Evaluation) -> dict[tuple[int, int], Measured]:
    """Return the share of events of true class i that are taken for class j, by (i, j)."""
    shares = {}
    for value in (0, 1):
        passing, drawn = (
            counts.passing[..., value] / counts.events[value]
            for counts in (evaluation.measured, evaluation.drawn)
        )
        shares[value, 0] = _measured(1 - passing[0], 1 - drawn)
        shares[value, 1] = _measured(passing[0], drawn)
    return shares


def calibration(evaluation: Evaluation) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Return events, mean score, share of signal and its uncertainty in bins of the score, shapes (B,).

    Several trainings are taken together; events are their mean number. NaN in bins without events.
    """
    trainings = evaluation.measured.binned.shape[1]
    with np.errstate(invalid="ignore", divide="ignore"):
        background, signal, scores = evaluation.measured.binned[0].sum(axis=0)
        events = background + signal
        drawn_background, drawn_signal, _ = np.moveaxis(evaluation.drawn.binned.sum(axis=1), 1, 0)
        share = signal / events
        # To first order, as samples can have no events in a bin of few.
        drawn = ((1 - share) * drawn_signal - share * drawn_background) / events
        return events / trainings, scores / events, share, np.std(drawn, axis=0, ddof=1)


def _at_threshold(counts: Counts) -> dict[str, np.ndarray]:
    """Return the other metrics, shapes (R, S)."""
    background_events, signal_events = counts.events
    false, true = np.moveaxis(counts.passing, -1, 0)
    _, signal, scores = np.moveaxis(counts.binned, 2, 0)
    with np.errstate(invalid="ignore"):
        precision = true / (true + false)
    return {
        "accuracy": (true + background_events - false) / counts.events.sum(),
        "precision": precision,
        "recall": true / signal_events,
        "f1": 2 * true / (true + false + signal_events),
        "brier": counts.squares / counts.events.sum(),
        "calibration_error": np.abs(signal - scores).sum(axis=-1) / counts.events.sum(),
    }


def _columns(y: np.ndarray, score: np.ndarray, threshold: float) -> np.ndarray:
    """Return what each event adds to `Counts` after the first, shape (N, 3 + 3 B)."""
    signal, background = (y == 1)[:, None], (y == 0)[:, None]
    passes = (score >= threshold)[:, None]
    inside = np.searchsorted(EDGES[1:-1], score)[:, None] == np.arange(len(EDGES) - 1)
    squares = ((score - y) ** 2)[:, None]
    parts = [passes & background, passes & signal, squares]
    parts += [inside & background, inside & signal, inside * score[:, None]]
    return np.concatenate(parts, axis=1, dtype=np.float64)


def _joined(counts: list[Counts]) -> Counts:
    parts = (
        np.concatenate([getattr(each, name) for each in counts])
        for name in ("left", "passing", "squares", "binned")
    )
    return Counts(*parts, counts[0].events)


def _measured(values: np.ndarray, drawn: np.ndarray) -> Measured:
    """Return what S trainings have, shape (S,), with the scatter of R samples, shape (R, S)."""
    return Measured(float(values.mean()), float(np.std(drawn.mean(axis=1), ddof=1)), _spread(values))


def _spread(values: np.ndarray) -> float:
    return float(np.std(values, ddof=1)) if len(values) > 1 else float("nan")
