"""Scores made into better probabilities by a map that is fitted to the validation events."""

from collections.abc import Callable

import numpy as np
from scipy.optimize import isotonic_regression, minimize_scalar
from scipy.special import expit, logit

from leptonid.metrics.auc import effective_events
from leptonid.metrics.scored_events import ScoredEvents
from leptonid.metrics.working_points import SCORE_MARGIN
from leptonid.train.weights import TAKEN

# A map of scores, (N,), to scores.
Map = Callable[[np.ndarray], np.ndarray]

# Of the logarithm of the temperature: beyond, scores are 1/2, or 0 and 1.
TEMPERATURES = (-5.0, 5.0)


def recalibrated(kind: str, valid: ScoredEvents, test: ScoredEvents, negative: str) -> ScoredEvents:
    """Return the test events with the scores of every training mapped as its validation events say.

    Parameters
    ----------
    kind
        A key of `KINDS`.
    negative
        What trainings take negative weights for, one of those of `leptonid.study.weights`.
    """
    weight = TAKEN[negative](valid.weight) if negative in TAKEN else valid.weight
    scores = [
        KINDS[kind](valid.y, of_valid, weight)(of_test)
        for of_valid, of_test in zip(valid.scores, test.scores, strict=True)
    ]
    return ScoredEvents(test.y, np.stack(scores), test.weight, test.event)


def temperature(y: np.ndarray, score: np.ndarray, weight: np.ndarray) -> float:
    """Return the T for which scores expit(logit(score) / T) have the smallest mean log loss.

    Above 1, the scores are too near to 0 and 1. This is temperature scaling, Guo et al., ICML 2017, section
    4.2.

    Parameters
    ----------
    y : shape (N,), 1 = signal, 0 = background.
    score, weight : shape (N,)
    """
    logits = np.where(y == 1, 1, -1) * _logits(score)

    def loss(log_temperature: float) -> float:
        return weight @ np.logaddexp(0, -logits / np.exp(log_temperature))

    return float(np.exp(minimize_scalar(loss, bounds=TEMPERATURES, method="bounded").x))


def temperature_map(y: np.ndarray, score: np.ndarray, weight: np.ndarray) -> Map:
    """Return the map of `temperature`, which keeps the order of scores. Arguments as for it."""
    scale = temperature(y, score, weight)
    return lambda scores: expit(_logits(scores) / scale)


def isotonic_map(y: np.ndarray, score: np.ndarray, weight: np.ndarray) -> Map:
    """Return the rising map of scores with the smallest mean (map - y)^2, linear between those of the events.

    It never gives 0 or 1, which no finite sample can show: with N effective events, 1 / (N + 2) and 1 less
    that are the limits. Different scores can become equal. Arguments as for `temperature`.
    """
    used = weight > 0
    y, score, weight = y[used], score[used], weight[used]
    values, place = np.unique(score, return_inverse=True)
    total = np.bincount(place, weight)
    shares = isotonic_regression(np.bincount(place, weight * y) / total, weights=total).x
    margin = 1 / (effective_events(weight) + 2)
    return lambda scores: np.clip(np.interp(scores, values, shares), margin, 1 - margin)


KINDS = {"isotonic": isotonic_map, "temperature": temperature_map}


def _logits(score: np.ndarray) -> np.ndarray:
    return logit(np.clip(score, SCORE_MARGIN, 1 - SCORE_MARGIN))
