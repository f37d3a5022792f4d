"""Separation of signal and background by a score: the AUC and its uncertainty, with event weights."""

from collections.abc import Sequence

import numpy as np

from leptonid.errors import InputError


def auc(y: np.ndarray, score: np.ndarray, weight: np.ndarray | None = None) -> float:
    """Return the area under the ROC curve.

    This is the probability that a signal event scores above a background event, where ties count one half
    (the Mann-Whitney statistic); a pair of events counts with the product of their weights. With negative
    weights the result can lie outside 0 to 1.

    Parameters
    ----------
    y : shape (N,), 1 = signal, 0 = background.
    score : shape (N,), larger is more signal-like.
    weight : shape (N,), 1 by default.

    Raises
    ------
    InputError
        If a class is empty or the sum of its weights is not above 0, or a score or weight is not finite.
    """
    y, score, weight = _validated(y, score, weight)
    signal_placements, _ = _placements(y, score, weight)
    own = weight[y == 1]
    return float(signal_placements @ own / own.sum())


def auc_uncertainty(y: np.ndarray, score: np.ndarray, weight: np.ndarray | None = None) -> float:
    """Return the standard error of the AUC due to the finite number of events.

    This is the square root of `auc_covariance` for one classifier; it does not include the scatter between
    trainings. Arguments and errors as for `auc`; NaN with fewer than two events in a class.
    """
    return float(np.sqrt(auc_covariance(y, [score], weight)[0, 0]))


def auc_covariance(
    y: np.ndarray, scores: Sequence[np.ndarray], weight: np.ndarray | None = None
) -> np.ndarray:
    """Return the covariances of the AUCs of K classifiers of the same events, shape (K, K).

    AUCs of the same events are correlated, so differences between them are more precise than the AUCs
    themselves. The estimator is that of DeLong et al., Biometrics 44 (1988) 837, computed with midranks in
    O(K N log N) as in Sun and Xu, IEEE Signal Process. Lett. 21 (2014) 1389. With weights, the deviation of
    an event from the mean of its class counts with its share of the class's weight, and n / (n - 1) becomes
    `variance_correction`. Squares of weights enter, so that this holds for negative ones too.

    Parameters
    ----------
    y : shape (N,), 1 = signal, 0 = background.
    scores : shape (K, N), larger is more signal-like.
    weight : shape (N,), 1 by default.

    Raises
    ------
    InputError
        As from `auc`. With fewer than two events with a weight in a class, the result is NaN.
    """
    return mean_auc_covariance(y, [[score] for score in scores], weight)


def mean_auc_covariance(
    y: np.ndarray, trainings: Sequence[Sequence[np.ndarray]], weight: np.ndarray | None = None
) -> np.ndarray:
    """Return the covariances of the mean AUCs of K classifiers with several trainings each, shape (K, K).

    The contributions of events to an AUC, of which these are covariances, are averaged over the trainings of
    a classifier one after the other, so that memory does not grow with the trainings.

    Parameters
    ----------
    y : shape (N,), 1 = signal, 0 = background.
    trainings : for each classifier scores of shape (S, N).
    weight : shape (N,), 1 by default.

    Raises
    ------
    InputError
        As from `auc`. With fewer than two events with a weight in a class, the result is NaN.
    """
    placements = [_mean_placements(y, scores, weight) for scores in trainings]
    y, _, weight = _validated(y, trainings[0][0], weight)
    covariance = np.zeros((len(placements), len(placements)))
    for value, of_class in zip((1, 0), map(np.stack, zip(*placements, strict=True)), strict=True):
        own = weight[y == value]
        shares = own / own.sum()
        deviations = (of_class - (of_class @ own / own.sum())[:, None]) * shares
        covariance += deviations @ deviations.T * variance_correction(own)
    return covariance


def combination_uncertainty(
    y: np.ndarray,
    scores: Sequence[np.ndarray],
    factors: Sequence[float],
    weight: np.ndarray | None = None,
) -> float:
    """Return the standard error of a sum of AUCs of the same events times factors, such as their difference.

    Arguments and errors as for `auc_covariance`, with one of the K factors per classifier.
    """
    variance = np.asarray(factors) @ auc_covariance(y, scores, weight) @ np.asarray(factors)
    # Rounding can make it negative where classifiers score alike.
    return float(np.sqrt(np.maximum(variance, 0)))


def is_chance(y: np.ndarray, score: np.ndarray, weight: np.ndarray | None = None) -> bool:
    """Return whether the AUC is within three standard errors of 0.5, the AUC of a random score.

    The standard error is that of the Mann-Whitney statistic for identical classes. Arguments and errors as
    for `auc`.
    """
    y, score, weight = _validated(y, score, weight)
    signal, background = (1 / effective_events(weight[y == value]) for value in (1, 0))
    variance = (signal + background + signal * background) / 12
    return bool(abs(auc(y, score, weight) - 0.5) < 3 * np.sqrt(variance))


def effective_events(weight: np.ndarray) -> float:
    """Return (sum w)^2 / sum w^2: how many events of equal weight have the same statistical precision.

    0 where all weights are 0.
    """
    squares = (weight**2).sum()
    return float(weight.sum() ** 2 / squares) if squares else 0.0


def variance_correction(weight: np.ndarray) -> float:
    """Return what makes the sum of ((v - mean) w / sum w)^2 an unbiased variance of the weighted mean of v.

    Of n equal weights this is n / (n - 1). It takes values to be independent of the weights, which may be
    negative. NaN with fewer than two events with a weight.
    """
    if np.count_nonzero(weight) < 2:
        return np.nan
    shares = weight / weight.sum()
    squares, cubes = (shares**2).sum(), (shares**3).sum()
    return float(squares / (squares - 2 * cubes + squares**2))


def _mean_placements(
    y: np.ndarray, scores: Sequence[np.ndarray], weight: np.ndarray | None
) -> tuple[np.ndarray, np.ndarray]:
    """Return the means over trainings of what `_placements` returns for each."""
    signal, background = _placements(*_validated(y, scores[0], weight))
    for score in scores[1:]:
        parts = _placements(*_validated(y, score, weight))
        for total, values in zip((signal, background), parts, strict=True):
            total += values
    return signal / len(scores), background / len(scores)


def _placements(y: np.ndarray, score: np.ndarray, weight: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the share of background below each signal event, and of signal above each background event.

    Shares are of the weight of the class; events of the same score count one half.
    """
    values, place = np.unique(score, return_inverse=True)
    shares = []
    for own in (1, 0):
        other = y != own
        per_value = np.bincount(place[other], weight[other], len(values))
        below = np.cumsum(per_value) - per_value / 2
        shares.append(below[place[y == own]] / per_value.sum())
    return shares[0], 1 - shares[1]


def _validated(
    y: np.ndarray, score: np.ndarray, weight: np.ndarray | None
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    y, score = np.asarray(y), np.asarray(score, dtype=np.float64)
    weight = np.ones(y.shape) if weight is None else np.asarray(weight, dtype=np.float64)
    if not y.shape == score.shape == weight.shape or y.ndim != 1:
        raise InputError(
            f"y, score and weight must be equally long lists, found shapes {y.shape}, {score.shape} and "
            f"{weight.shape}"
        )
    signal, background = int((y == 1).sum()), int((y == 0).sum())
    if signal + background != len(y):
        raise InputError("y must be 1 (signal) or 0 (background), found other values")
    if not signal or not background:
        raise InputError(
            f"separation needs both classes, found {signal} signal and {background} background events"
        )
    for name, values in (("scores", score), ("weights", weight)):
        if not np.isfinite(values).all():
            raise InputError(f"{name} must be finite, found {int((~np.isfinite(values)).sum())} that are not")
    for value, name in ((1, "signal"), (0, "background")):
        total = weight[y == value].sum()
        if not total > 0:
            raise InputError(f"the {name} events have no weight: the sum of theirs is {total:g}")
    return y, score, weight
