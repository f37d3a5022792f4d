"""Titles and lines of classifiers, the same in every figure."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from leptonid.plotting import (
    BLACK,
    BLUE,
    GREEN,
    GREY,
    ORANGE,
    PURPLE,
    SKY,
    VERMILLION,
    WINE,
    plain,
)

SEARCH = "search"

# Colours by position, of networks with their baselines, and of searches.
NETWORK_COLORS = (SKY, ORANGE, BLUE, VERMILLION, GREY, PURPLE, BLACK, GREEN, WINE)
SEARCH_COLORS = (ORANGE, SKY, PURPLE, GREY, GREEN)

# Line styles by kind of inputs or of classifier: the first with the first cycle of colours, and so on.
STYLES = {
    "images": ("-", (0, (10, 1.5)), (0, (14, 1.5, 3, 1.5))),
    "variables": ("--", (0, (2.2, 1)), (0, (6, 3))),
    "efps": ("-.", (0, (6, 1, 1, 1, 1, 1)), (0, (10, 1.5, 1, 1.5))),
    SEARCH: (
        (0, (5, 1.2, 1, 1.2, 1, 1.2, 1, 1.2)),
        (0, (8, 1.5, 3, 1.5)),
        (0, (5, 1.2, 1, 1.2, 1, 1.2, 1, 1.2, 1, 1.2, 1, 1.2)),
    ),
    "trees": (":", (0, (1, 1, 1, 3)), (0, (1, 1, 1, 1, 1, 3))),
    "logistic": ((0, (1, 3)), (0, (1, 3, 2, 3)), (0, (1, 3, 1, 3, 2, 3))),
}


@dataclass(frozen=True)
class Line:
    """Title, colour and line style of a classifier; the title has no mathematics."""

    title: str
    color: str
    linestyle: str | tuple


def lines(classifiers: Iterable[Mapping]) -> dict[str, Line]:
    """Return the lines of classifiers by name; `leptonid.study.classifiers.entries` describes each of them.

    The line style stands for the inputs of a network (images solid, variables dashed, EFPs dash-dotted), for
    searches (dashes and dots) and baselines (dots). The position in the config decides the colour; a baseline
    has that of the network with the same inputs.
    """
    return {entry["name"]: _line(entry) for entry in classifiers}


def _line(entry: Mapping) -> Line:
    kind = entry["inputs"] if entry["kind"] == "network" else entry["kind"]
    colors = SEARCH_COLORS if kind == SEARCH else NETWORK_COLORS
    cycle, place = divmod(entry["position"], len(colors))
    styles = STYLES[kind]
    return Line(plain(entry["title"]), colors[place], styles[cycle % len(styles)])
