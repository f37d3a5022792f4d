"""Separation of signal and background by a score: the AUC and its uncertainty."""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from leptonid.errors import InputError


def auc(y: np.ndarray, score: np.ndarray) -> float:
    """Return the area under the ROC curve.

    This is the probability that a signal event scores above a background event, where ties count one half
    (the Mann-Whitney statistic).

    Parameters
    ----------
    y : shape (N,), 1 = signal, 0 = background.
    score : shape (N,), larger is more signal-like.

    Raises
    ------
    InputError
        If a class is empty or a score is not finite.
    """
    signal_placements, _ = _placements(*_validated(y, score))
    return float(signal_placements.mean())


def auc_uncertainty(y: np.ndarray, score: np.ndarray) -> float:
    """Return the standard error of the AUC due to the finite number of events.

    This is the square root of `auc_covariance` for one classifier; it does not include the scatter between
    trainings. Arguments and errors as for `auc`; NaN with fewer than two events in a class.
    """
    return float(np.sqrt(auc_covariance(y, [score])[0, 0]))


def auc_covariance(y: np.ndarray, scores: Sequence[np.ndarray]) -> np.ndarray:
    """Return the covariances of the AUCs of K classifiers of the same events, shape (K, K).

    AUCs of the same events are correlated, so differences between them are more precise than the AUCs
    themselves. The estimator is that of DeLong et al., Biometrics 44 (1988) 837, computed with midranks in
    O(K N log N) as in Sun and Xu, IEEE Signal Process. Lett. 21 (2014) 1389.

    Parameters
    ----------
    y : shape (N,), 1 = signal, 0 = background.
    scores : shape (K, N), larger is more signal-like.

    Raises
    ------
    InputError
        As from `auc`. With fewer than two events in a class, the result is NaN.
    """
    return mean_auc_covariance(y, [[score] for score in scores])


def mean_auc_covariance(y: np.ndarray, trainings: Sequence[Sequence[np.ndarray]]) -> np.ndarray:
    """Return the covariances of the mean AUCs of K classifiers with several trainings each, shape (K, K).

    The contributions of events to an AUC, of which these are covariances, are averaged over the trainings of
    a classifier one after the other, so that memory does not grow with the trainings.

    Parameters
    ----------
    y : shape (N,), 1 = signal, 0 = background.
    trainings : for each classifier scores of shape (S, N).

    Raises
    ------
    InputError
        As from `auc`. With fewer than two events in a class, the result is NaN.
    """
    placements = [_mean_placements(y, scores) for scores in trainings]
    covariance = np.zeros((len(placements), len(placements)))
    for of_class in map(np.stack, zip(*placements, strict=True)):
        events = of_class.shape[1]
        covariance += np.cov(of_class) / events if events > 1 else np.nan
    return covariance


def combination_uncertainty(y: np.ndarray, scores: Sequence[np.ndarray], weights: Sequence[float]) -> float:
    """Return the standard error of a weighted sum of AUCs of the same events, such as their difference.

    Arguments and errors as for `auc_covariance`, with one of the K weights per classifier.
    """
    variance = np.asarray(weights) @ auc_covariance(y, scores) @ np.asarray(weights)
    # Rounding can make it negative where classifiers score alike.
    return float(np.sqrt(np.maximum(variance, 0)))


def is_chance(y: np.ndarray, score: np.ndarray) -> bool:
    """Return whether the AUC is within three standard errors of 0.5, the AUC of a random score.

    The standard error is that of the Mann-Whitney statistic for identical classes. Arguments and errors as
    for `auc`.
    """
    signal, background = np.count_nonzero(np.equal(y, 1)), np.count_nonzero(np.equal(y, 0))
    value = auc(y, score)
    return bool(abs(value - 0.5) < 3 * np.sqrt((signal + background + 1) / (12 * signal * background)))


def _mean_placements(y: np.ndarray, scores: Sequence[np.ndarray]) -> tuple[np.ndarray, np.ndarray]:
    """Return the means over trainings of what `_placements` returns for each."""
    signal, background = _placements(*_validated(y, scores[0]))
    for score in scores[1:]:
        for total, values in zip((signal, background), _placements(*_validated(y, score)), strict=True):
            total += values
    return signal / len(scores), background / len(scores)


def _placements(y: np.ndarray, score: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the share of background below each signal event, and of signal above each background event.

    The midrank of an event among all events minus its midrank within its class is the number of events of
    the other class below it.
    """
    ranks = _midranks(score)
    signal, background = y == 1, y == 0
    below_signal = ranks[signal] - _midranks(score[signal])
    below_background = ranks[background] - _midranks(score[background])
    return below_signal / background.sum(), 1 - below_background / signal.sum()


def _midranks(values: np.ndarray) -> np.ndarray:
    """Return the ranks of values from 1; equal values share the mean of their ranks.

    By pandas, as `scipy.stats` takes a second to import.
    """
    return pd.Series(values).rank().to_numpy()


def _validated(y: np.ndarray, score: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    y, score = np.asarray(y), np.asarray(score, dtype=np.float64)
    if y.shape != score.shape or y.ndim != 1:
        raise InputError(f"y and score must be equally long lists, found shapes {y.shape} and {score.shape}")
    signal, background = int((y == 1).sum()), int((y == 0).sum())
    if signal + background != len(y):
        raise InputError("y must be 1 (signal) or 0 (background), found other values")
    if not signal or not background:
        raise InputError(
            f"separation needs both classes, found {signal} signal and {background} background events"
        )
    if not np.isfinite(score).all():
        raise InputError(f"scores must be finite, found {int((~np.isfinite(score)).sum())} that are not")
    return y, score
