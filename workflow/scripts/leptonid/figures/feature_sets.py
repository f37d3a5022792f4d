"""What a feature set is called, and the line it is drawn with, in every figure and table."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from itertools import cycle
from typing import TypeVar

from leptonid.errors import InputError
from leptonid.plotting import BLACK, BLUE, GREEN, GREY, ORANGE, PURPLE, SKY, VERMILLION, WINE

Item = TypeVar("Item")


@dataclass(frozen=True)
class FeatureSet:
    """A readable title and a line.

    Images have solid lines, observables dashed, EFPs dash-dotted, searches a dash and dots; a baseline
    has the colour of the network that sees the same, with dots.
    """

    title: str
    color: str
    linestyle: str | tuple


# What a search has found is named after it.
SEARCH = "search_"
DASH_AND_DOTS = (0, (5, 1.2, 1, 1.2, 1, 1.2, 1, 1.2))

KNOWN = {
    "et": FeatureSet("ECal image", SKY, "-"),
    "ht": FeatureSet("HCal image", ORANGE, "-"),
    "et_and_ht": FeatureSet("ECal + HCal images", BLUE, "-"),
    "et_and_ht_and_hl": FeatureSet("ECal + HCal images + 7 HL", BLACK, "-"),
    "mass": FeatureSet("jet mass", GREY, "--"),
    "hl": FeatureSet("7 HL", VERMILLION, "--"),
    "hl_and_mass": FeatureSet("7 HL + jet mass", PURPLE, "--"),
    "efp": FeatureSet("EFPs", GREEN, "-."),
    "hl_and_efp": FeatureSet("7 HL + EFPs", WINE, "-."),
    "search_hl": FeatureSet("7 HL + chosen EFPs", ORANGE, DASH_AND_DOTS),
    "search_hl_and_mass": FeatureSet("7 HL + jet mass + chosen EFPs", PURPLE, DASH_AND_DOTS),
    "search_hl_irc_safe": FeatureSet("7 HL + chosen EFPs, κ = 1", SKY, DASH_AND_DOTS),
    "search_hl_and_mass_irc_safe": FeatureSet("7 HL + jet mass + chosen EFPs, κ = 1", GREY, DASH_AND_DOTS),
    "search_nothing": FeatureSet("chosen EFPs", GREEN, DASH_AND_DOTS),
}

BASELINES = {"trees": ("trees", ":"), "logistic": ("linear", (0, (1, 3)))}

SPARE_COLORS = (BLUE, VERMILLION, GREEN, PURPLE, SKY, ORANGE, BLACK, WINE)
SPARE_LINES = [
    (color, linestyle) for linestyle in ((0, (7, 1.5)), (0, (6, 1, 1, 1, 1, 1))) for color in SPARE_COLORS
]
SPARE_SEARCH_LINES = [(color, (0, (8, 1.5, 3, 1.5))) for color in SPARE_COLORS]


def feature_sets(names: Iterable[str]) -> dict[str, FeatureSet]:
    """Return what is known of each name; others keep their name and get spare lines in the order given.

    A baseline is known by its feature set, where that is known or named as well; a search by its own name.
    """
    names = list(dict.fromkeys(names))
    kinds = {name: kind_of(name, {*KNOWN, *names}) for name in names}
    spare, spare_of_searches = cycle(SPARE_LINES), cycle(SPARE_SEARCH_LINES)
    sets = dict(KNOWN)
    # Baselines after what they are baselines of.
    for name in sorted(names, key=lambda name: len(name) if kinds[name][1] in BASELINES else 0):
        features, kind = kinds[name]
        if kind in BASELINES:
            title, linestyle = BASELINES[kind]
            sets[name] = FeatureSet(f"{sets[features].title}, {title}", sets[features].color, linestyle)
        elif name.startswith(SEARCH) and name not in sets:
            sets[name] = FeatureSet(f"{name.removeprefix(SEARCH)} search", *next(spare_of_searches))
        elif name not in sets:
            sets[name] = FeatureSet(name, *next(spare))
    return {name: sets[name] for name in names}


def kind_of(name: str, known: Collection[str]) -> tuple[str, str]:
    """Return which feature set a classifier sees, and what it is: `network`, or a key of `BASELINES`.

    A baseline is named after a feature set that is among the known names; of a search there is none.
    """
    features, _, kind = name.rpartition("_")
    of_baseline = kind in BASELINES and features in known and not name.startswith(SEARCH)
    return (features, kind) if of_baseline else (name, "network")


def by_feature_set(features: Sequence[str], items: Sequence[Item]) -> dict[str, list[Item]]:
    """Collect one item per training under its feature set's name, in the order of first mention.

    Raises
    ------
    InputError
        If names and items do not pair up.
    """
    if len(features) != len(items):
        raise InputError(
            f"every file needs a feature set: found {len(features)} names and {len(items)} files"
        )
    return {
        name: [item for feature, item in zip(features, items, strict=True) if feature == name]
        for name in dict.fromkeys(features)
    }
