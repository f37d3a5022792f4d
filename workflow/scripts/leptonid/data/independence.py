"""Whether the splits of a sample are independent, as far as their kinematics tell.

Where signal is matched to the spectrum of the background before events are drawn into splits, what one split
has too much of, the others lack: a histogram of the signal's share in the training events then orders the
others the wrong way round, and so does a classifier that learns the spectrum. In independent splits with
equal spectra such a histogram knows nothing, and its AUC is 1/2.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from leptonid.metrics.auc import auc, effective_events
from leptonid.study.layout import KINEMATICS

# Bins of the kinematics, about. Their widths are round numbers, so that bins in which spectra are matched are
# mostly made of them; with just the same bins there would be nothing to see in splits that are matched each.
BINS = dict(zip(KINEMATICS, (40, 10), strict=True))
TAIL = 0.001  # of the events on each side share a bin with their neighbours
LIMIT = 3  # standard deviations within which an AUC is taken for 1/2


@dataclass(frozen=True)
class Separation:
    """An AUC, and its standard deviation if the classes were equal."""

    auc: float
    deviation: float

    @property
    def significance(self) -> float:
        """By how many standard deviations the AUC lies above 1/2; 0 where all events have one score."""
        return (self.auc - 0.5) / self.deviation if self.deviation else 0.0

    def __str__(self) -> str:
        """Return value and uncertainty as sentences give them."""
        return f"{self.auc:.3f} +- {self.deviation:.3f}"


@dataclass(frozen=True)
class Independence:
    """How a histogram of the `kinematics` of training events separates the classes in the other splits.

    `separations` by split; none where the sample has no kinematics.
    """

    kinematics: tuple[str, ...]
    separations: Mapping[str, Separation]

    def note(self) -> str:
        """Return the line of every study: the AUCs, and what they mean."""
        if not self.kinematics:
            return "Independence of the splits: not checked, as the sample has neither pt nor eta"
        return (
            f"Independence of the splits: the signal's share in {self._bins()} of train has AUC "
            f"{_aucs(self.separations)}: {self._meaning()}"
        )

    def warning(self) -> str | None:
        """Return what must be said wherever results are shown, or None."""
        below = self._below()
        return f"splits not independent: AUC of {self._bins()} {_aucs(below)}" if below else None

    @property
    def is_chance(self) -> bool:
        """Whether all AUCs are 1/2 within `LIMIT` standard deviations."""
        return all(abs(value.significance) <= LIMIT for value in self.separations.values())

    def _meaning(self) -> str:
        if self._below():
            return (
                "below 1/2, as what one split has too much of the others lack; uncertainties do not hold: "
                "draw events into splits before their spectra are matched"
            )
        if not self.is_chance:
            return (
                "above 1/2, as the spectra of the classes differ, which classifiers learn where their inputs "
                "follow them: match the spectra, or give weights, if that is not wanted"
            )
        return f"1/2 within {LIMIT} standard deviations, as in independent splits with equal spectra"

    def _below(self) -> dict[str, Separation]:
        return {split: value for split, value in self.separations.items() if value.significance < -LIMIT}

    def _bins(self) -> str:
        return "({})".format(", ".join(f"|{name}|" if name == "eta" else name for name in self.kinematics))


def _aucs(separations: Mapping[str, Separation]) -> str:
    return ", ".join(f"{value} on {split}" for split, value in separations.items())


def check_independence(splits: Mapping[str, Mapping[str, np.ndarray]]) -> Independence:
    """Return how a histogram of the kinematics of the first split separates the classes in the others.

    Parameters
    ----------
    splits
        The columns of each split, training events first: `y` (1 = signal), `weight`, and of `KINEMATICS`
        those that the sample has; each of shape (N,).
    """
    train, *others = splits
    kinematics = tuple(name for name in KINEMATICS if name in splits[train])
    if not kinematics:
        return Independence((), {})
    edges = {name: _edges(_axis(splits[train], name), BINS[name]) for name in kinematics}
    bins = int(np.prod([len(inner) + 1 for inner in edges.values()]))
    places = {split: _places(columns, edges) for split, columns in splits.items()}
    signal, background = _fractions(splits[train], places[train], bins)
    both = signal + background
    share = np.divide(signal, both, out=np.full(bins, 0.5), where=both > 0)
    _, score = np.unique(share.round(9), return_inverse=True)
    separations = {split: _separation(splits[split], score[places[split]]) for split in others}
    return Independence(kinematics, separations)


def _edges(values: np.ndarray, bins: int) -> np.ndarray:
    """Return the edges between bins: multiples of a width of one digit."""
    low, high = np.quantile(values, [TAIL, 1 - TAIL]).astype(np.float64)
    width = float(f"{(high - low) / bins:.0e}")
    return np.arange(np.floor(low / width) + 1, np.ceil(high / width)) * width if width else np.empty(0)


def _axis(columns: Mapping[str, np.ndarray], name: str) -> np.ndarray:
    return np.abs(columns[name]) if name == "eta" else columns[name]


def _places(columns: Mapping[str, np.ndarray], edges: Mapping[str, np.ndarray]) -> np.ndarray:
    """Return the number of each event's bin, (N,)."""
    place = np.zeros(len(columns["y"]), np.int64)
    for name, inner in edges.items():
        place = place * (len(inner) + 1) + np.searchsorted(inner, _axis(columns, name), side="right")
    return place


def _fractions(columns: Mapping[str, np.ndarray], place: np.ndarray, places: int) -> list[np.ndarray]:
    """Return the fractions of the weight of signal, and of background, at each place."""
    y, weight = columns["y"], columns["weight"]
    sums = [np.bincount(place[y == label], weight[y == label], minlength=places) for label in (1, 0)]
    return [of_class / of_class.sum() for of_class in sums]


def _separation(columns: Mapping[str, np.ndarray], score: np.ndarray) -> Separation:
    """Return the AUC of few different scores, whole numbers from 0, with ties as one half.

    The deviation is that of the Mann-Whitney statistic for equal classes, with effective numbers of events.
    """
    y, weight = columns["y"], columns["weight"].astype(np.float64)
    signal, background = _fractions(columns, score, score.max() + 1)
    events = [effective_events(weight[y == label]) for label in (1, 0)]
    together = (events[0] * signal + events[1] * background) / sum(events)
    variance = (1 - (together**3).sum()) / 12 * (1 / events[0] + 1 / events[1])
    return Separation(auc(y, score, weight), float(np.sqrt(max(variance, 0))))
