"""From the candidates of Delphes files to a sample: splits, matched spectra, weights.

All random choices follow from the seed, the number of the file and that of the event in it.
"""

import json
import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib import metadata

import numpy as np

from leptonid.data.delphes.parts import GROUPS, Part, joined_groups, total_drops
from leptonid.data.delphes.towers import OVERLAP
from leptonid.data.matching import bin_numbers
from leptonid.errors import InputError
from leptonid.metrics.auc import effective_events
from leptonid.study.chunks import SHARES
from leptonid.study.layout import CLASSES
from leptonid.study.paths import SPLITS
from leptonid.tables.cells import SparseImages, select

logger = logging.getLogger(__name__)

ACCEPT, WEIGHTS, NONE = "accept", "weights", "none"

NOTE = {
    ACCEPT: "In every split, both classes have equally many events in bins of pT and |eta|.",
    WEIGHTS: "In every split, background has the weights that give it the signal's spectrum in pT and |eta|.",
    NONE: "The spectra of the classes in pT and |eta| are those of the files.",
}
UNITS = (
    "et, ht: ET in GeV; pt: of the electron, in GeV; eta: pseudorapidity of the centre of et; mass: GeV, "
    "with the towers of ht where they are, up to half a tower beside that centre; "
    "hl: w_eta2 in eta, sigma_eta_eta in cells, iso_0.3 and iso_0.4 energy in GeV, others ratios"
)


@dataclass(frozen=True)
class Settings:
    """What `data.delphes` of the config says of the sample, beside its files and parts."""

    events: int
    min_pt: float
    granularity: str
    matching: str
    event_weights: bool
    seed: int


def make_sample(
    parts: Sequence[Part], settings: Settings
) -> tuple[dict[str, dict[str, np.ndarray | SparseImages]], dict[str, str]]:
    """Return the groups of all splits, and the attributes of the file that they are written to.

    Parameters
    ----------
    parts
        As of `read_parts`.

    Raises
    ------
    InputError
        If a class has no candidates, or loses all of them in a split.
    """
    _report_drops(parts)
    arrays = joined_groups(parts)
    y = np.concatenate([np.full(len(part), part.name == CLASSES[1], np.int8) for part in parts])
    weight = _delphes_weights(arrays["weight"], settings)
    in_split, rank, place = draws(parts, settings.seed).T
    split = np.searchsorted(np.cumsum(list(SHARES.values())), in_split, side="right")
    groups: dict[str, dict] = {name: {} for name in (*GROUPS, "y", "weight")}
    for number, name in enumerate([*SHARES, "train"]):
        chosen = np.flatnonzero(split == number)
        numbers = bin_numbers(arrays["pt"][chosen], arrays["eta"][chosen])
        factor = matched(settings.matching, numbers, y[chosen], weight[chosen], rank[chosen])
        kept = factor > 0
        chosen, factor = chosen[kept], factor[kept]
        _check_classes(y[chosen], name, settings)
        order = np.argsort(place[chosen])
        chosen, weights = chosen[order], (weight[chosen] * factor)[order]
        for group in GROUPS:
            groups[group][name] = select(arrays[group], chosen)
        groups["y"][name] = y[chosen]
        groups["weight"][name] = weights.astype(np.float32)
        _report_split(name, y[chosen], weights, len(kept))
    total = sum(len(groups["y"][name]) for name in SPLITS)
    if total > 2 * settings.events:
        logger.warning(
            "%d events; jobs were planned for %d: set data.delphes.events to the number found",
            total,
            settings.events,
        )
    return groups, attributes(parts, settings)


def draws(parts: Sequence[Part], seed: int) -> np.ndarray:
    """Return three random numbers for each candidate, (N, 3): for its split, its choice, and its place.

    They are those of the entry in the file, however the file was divided.
    """
    drawn = []
    for part in parts:
        entry = part.groups["entry"]
        rng = np.random.default_rng([seed, list(CLASSES.values()).index(part.name), part.file])
        drawn.append(rng.random((int(entry.max(initial=-1)) + 1, 3))[entry])
    return np.concatenate(drawn)


def matched(
    matching: str, bins: np.ndarray, y: np.ndarray, weight: np.ndarray, rank: np.ndarray
) -> np.ndarray:
    """Return the factors of the events' weights, (N,), that match the spectra of the classes; 0 drops one.

    Parameters
    ----------
    matching
        `accept`: in every bin, as many events of each class are kept as the rarer one has, those of lowest
        `rank`. `weights`: background gets the signal's share of its bin over its own; events in bins without
        the other class are dropped. `none`: all are kept.
    bins
        Number of each event's bin.
    """
    if matching == NONE:
        return np.ones(len(y))
    size = int(bins.max(initial=0)) + 1
    if matching == ACCEPT:
        counts = np.stack([np.bincount(bins[y == label], minlength=size) for label in (0, 1)])
        # The position of each event among those of its class and bin, by rank.
        group = 2 * bins + y
        order = np.lexsort((rank, group))
        first = np.searchsorted(group[order], group[order])
        position = np.empty(len(y), np.int64)
        position[order] = np.arange(len(y)) - first
        return (position < counts.min(axis=0)[bins]).astype(np.float64)
    sums = np.stack([np.bincount(bins[y == label], weight[y == label], size) for label in (0, 1)])
    both = (sums > 0).all(axis=0)
    sums *= both
    total = sums.sum(axis=1)
    ratio = np.divide(sums[1] * total[0], sums[0] * total[1], out=np.zeros(size), where=both)
    return np.where(y == 1, both[bins], ratio[bins])


def attributes(parts: Sequence[Part], settings: Settings) -> dict[str, str]:
    """Return the attributes of the file of a sample: what it is, and how it was made."""
    shared = settings.granularity == OVERLAP
    counts = {
        name: {
            "events": sum(part.entries for part in some),
            "candidates": sum(map(len, some)),
            "dropped": total_drops(some),
        }
        for name, some in _by_class(parts).items()
    }
    chosen = {key: value for key, value in vars(settings).items() if key != "events"}
    return {
        "label": f"Delphes{', towers shared among the cells by area' if shared else ''}",
        "note": f"The hardest electron of each event of Delphes files. {NOTE[settings.matching]}",
        "energy_unit": "GeV",
        "units": UNITS,
        "settings": json.dumps(chosen, sort_keys=True),
        "counts": json.dumps(counts, sort_keys=True),
        "versions": json.dumps({name: metadata.version(name) for name in ("awkward", "numpy", "uproot")}),
    }


def _by_class(parts: Sequence[Part]) -> Mapping[str, list[Part]]:
    return {name: [part for part in parts if part.name == name] for name in CLASSES.values()}


def _report_drops(parts: Sequence[Part]) -> None:
    """Log what became of the events of each class; refuse one without candidates."""
    for name, some in _by_class(parts).items():
        dropped = ", ".join(f"{count:,} {reason}" for reason, count in total_drops(some).items() if count)
        candidates, entries = sum(map(len, some)), sum(part.entries for part in some)
        text = f"{candidates:,} candidates of {entries:,} events" + (
            f"; dropped: {dropped}" if dropped else ""
        )
        if not candidates:
            raise InputError(
                f"data.delphes.{name}: {text}; expected some: see which electrons the files have "
                "(docs/delphes.md), or lower data.delphes.min_pt"
            )
        logger.info("%s: %s", name, text)


def _delphes_weights(weight: np.ndarray, settings: Settings) -> np.ndarray:
    """Return the weights of Delphes if the config asks for them, else ones; a warning if they differ."""
    if settings.event_weights:
        return weight
    if len(np.unique(weight)) > 1:
        logger.warning(
            "weights of Delphes (Event.Weight) from %g to %g are not used; data.delphes.event_weights: true "
            "uses them",
            weight.min(),
            weight.max(),
        )
    return np.ones(len(weight))


def _check_classes(y: np.ndarray, split: str, settings: Settings) -> None:
    for label, name in CLASSES.items():
        if not (y == label).any():
            raise InputError(
                f"{split}: no {name} candidates are left after data.delphes.matching: {settings.matching}; "
                "give more events, files with similar pT, or matching: none"
            )


def _report_split(split: str, y: np.ndarray, weight: np.ndarray, before: int) -> None:
    for label, name in CLASSES.items():
        own = weight[y == label]
        effective = effective_events(own)
        logger.info("%s: %s, %d events, as many as %.0f of one weight", split, name, len(own), effective)
    logger.info("%s: %d of %d candidates kept by the matching", split, len(y), before)
