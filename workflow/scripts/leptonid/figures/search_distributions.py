"""Distributions of the observables that a search has chosen, in all events and in the misordered pairs."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FixedFormatter, FixedLocator, MaxNLocator

from leptonid import plotting
from leptonid.figures.events import CLASSES
from leptonid.figures.panels import note_figure
from leptonid.figures.search import Search, nothing_chosen
from leptonid.figures.variables import SHORT, SHOWN_QUANTILES, bin_edges, fractions

MOST_COLUMNS = 5

# Values over more powers of ten have a logarithmic axis, with so many of them named.
DECADES = 2
MOST_TICKS = 4
# The part of the axis that the names of zero and of a power of ten need between them.
ROOM = 0.14

# The bin of zeros is so many others wide, and so far left of them.
ZEROS = 2

# A bin with more of a class would flatten everything else: shares have a logarithmic axis then.
LARGEST_SHARE = 0.4


@dataclass(frozen=True)
class Scale:
    """Equal bins over the bulk of an observable's values, or of their logarithms to the base of 10.

    `edges` are those of the bins. On a logarithmic scale with `zeros` they have the first bin, with a gap
    to the others that is always empty.
    """

    edges: np.ndarray
    logarithmic: bool = False
    zeros: bool = False

    @classmethod
    def of(cls, values: np.ndarray) -> "Scale":
        """Return the scale of values, shape (N,)."""
        positive = values[values > 0]
        if not len(positive) or (values < 0).any():
            return cls(bin_edges(values))
        low, high = np.quantile(positive, SHOWN_QUANTILES)
        if high <= 10**DECADES * low:
            return cls(bin_edges(values))
        edges = bin_edges(np.log10(positive))
        zeros = len(positive) < len(values)
        if zeros:
            edges = np.append(edges[0] - np.array([2, 1]) * ZEROS * (edges[1] - edges[0]), edges)
        return cls(edges, logarithmic=True, zeros=zeros)

    def places(self, values: np.ndarray) -> np.ndarray:
        """Return where on the axis values lie; minus infinity is outside."""
        if not self.logarithmic:
            return values
        places = np.log10(values, where=values > 0, out=np.full(len(values), -np.inf))
        if self.zeros:
            places[places < self.edges[2]] = -np.inf
            places[values == 0] = self.edges[:2].mean()
        return places

    def set_ticks(self, axes: Axes) -> None:
        """Give an axis its ends, and name zero and powers of ten."""
        axes.set_xlim(self.edges[0], self.edges[-1])
        if not self.logarithmic:
            axes.xaxis.set_major_locator(MaxNLocator(4))
            axes.ticklabel_format(axis="x", scilimits=(-3, 4), useMathText=True)
            return
        powers = np.arange(np.ceil(self.edges[2 if self.zeros else 0]), np.floor(self.edges[-1]) + 1)
        ticks, named = {}, powers
        if self.zeros:
            zero = self.edges[:2].mean()
            ticks[zero] = "0"
            named = powers[powers > zero + ROOM * (self.edges[-1] - self.edges[0])]
        ticks |= {power: f"$10^{{{power:.0f}}}$" for power in named[:: -(-len(named) // MOST_TICKS)]}
        axes.xaxis.set_major_locator(FixedLocator(list(ticks)))
        axes.xaxis.set_major_formatter(FixedFormatter(list(ticks.values())))
        axes.xaxis.set_minor_locator(FixedLocator(powers))


@plotting.style()
def distributions_figure(search: Search, events: pa.Table) -> Figure:
    """Draw each chosen observable's distribution in both classes: in all events, below in misordered pairs.

    Parameters
    ----------
    events
        As of `leptonid.figures.search.read_chosen`.
    """
    if not search.chosen:
        return note_figure(nothing_chosen(search), search.label)
    blocks = -(-len(search.chosen) // MOST_COLUMNS)
    columns = -(-len(search.chosen) // blocks)
    figure = plotting.new_figure(max(5, 3.3 * columns + 0.5), 6.6 * blocks + 0.7, search.label)
    panels = figure.subplots(2 * blocks, columns, squeeze=False)
    y, weight = (events[name].to_numpy() for name in ("y", "weight"))
    for place, (number, chosen) in enumerate(search.chosen.items()):
        block, column = divmod(place, columns)
        pair = panels[2 * block : 2 * block + 2, column]
        values = events[str(chosen)].to_numpy()
        scale = Scale.of(values)
        found = [
            _shares(scale, values, y, each) for each in (weight, events[f"misordered_{number}"].to_numpy())
        ]
        largest = max((shares.max() for each in found for shares, _ in each.values()), default=0)
        for axes, shares in zip(pair, found, strict=True):
            _draw(axes, scale, shares)
            if largest > LARGEST_SHARE:
                axes.set(yscale="log", ylim=(0.5 / len(values), 1.5))
                axes.yaxis.set_major_formatter("{x:g}")
        pair[0].set_title(f"{number}. {chosen.title}\n", fontsize=12)
        pair[0].tick_params(labelbottom=False)
        pair[1].set_xlabel(chosen.symbol)
        if column == 0:
            pair[0].set_ylabel("Fraction of\nevents per bin")
            pair[1].set_ylabel("Fraction of\nmisordered pairs per bin")
    for axes in panels[-2:, len(search.chosen) - columns * (blocks - 1) :].flat:
        axes.remove()
    figure.align_ylabels()
    handles, names = panels[0, 0].get_legend_handles_labels()
    figure.legend(handles, names, loc="outside upper center", ncols=len(CLASSES), fontsize=13)
    return figure


def _shares(
    scale: Scale, values: np.ndarray, y: np.ndarray, weight: np.ndarray
) -> dict[str, tuple[np.ndarray, float]]:
    """Return each class's shares of the bins and the share outside; nothing without weights."""
    places = scale.places(values)
    members = {name: y == value for value, name in CLASSES.items()}
    return {
        name: fractions(places[chosen], weight[chosen], scale.edges)
        for name, chosen in members.items()
        if weight[chosen].any()
    }


def _draw(axes: Axes, scale: Scale, found: Mapping[str, tuple[np.ndarray, float]]) -> None:
    for name, (shares, _) in found.items():
        color = plotting.CLASS_COLORS[name]
        axes.stairs(shares, scale.edges, color=color, linewidth=1.8, label=name)
        axes.stairs(shares, scale.edges, color=color, fill=True, alpha=0.15)
    axes.set_ylim(bottom=0)
    scale.set_ticks(axes)
    beyond = ", ".join(f"{SHORT[name]} {outside:.1%}" for name, (_, outside) in found.items())
    text = f"outside: {beyond}" if found else "no misordered pairs"
    axes.annotate(
        text,
        (0.5, 1),
        (0, 6),
        "axes fraction",
        "offset points",
        ha="center",
        fontsize=11,
        color=plotting.GREY,
        annotation_clip=False,
    )
