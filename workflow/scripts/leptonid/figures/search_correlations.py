"""Rank correlations of a search's chosen observables with the variables and with each other."""

import numpy as np
import pyarrow as pa
from matplotlib import colormaps
from matplotlib.figure import Figure
from scipy.stats import rankdata

from leptonid import plotting
from leptonid.figures.events import CLASSES
from leptonid.figures.panels import note_figure
from leptonid.figures.search import Search, nothing_chosen
from leptonid.figures.tables import MISSING
from leptonid.figures.variables import TITLES, VARIABLES

COLORS = colormaps["RdBu_r"]

# Numbers further from zero are white on their dark colour.
DARK = 0.6

# Of a number's cell, inches.
CELL = 0.68
ROW = 0.42


def rank_correlations(columns: np.ndarray) -> np.ndarray:
    """Return Spearman's rank correlation of each two of K columns, shape (K, N), as (K, K).

    It is NaN for a column that is constant, or with fewer than two events.
    """
    ranks = np.array([rankdata(column) for column in columns])
    ranks -= ranks.mean(axis=1, keepdims=True)
    norms = np.sqrt((ranks**2).sum(axis=1))
    with np.errstate(invalid="ignore"):
        return ranks @ ranks.T / np.outer(norms, norms)


@plotting.style()
def correlations_figure(search: Search, events: pa.Table, variables: pa.Table) -> Figure:
    """Draw the correlations of the chosen observables with the variables and each other, in both classes.

    Parameters
    ----------
    events, variables
        As of `read_chosen` and `read_variables` of `leptonid.figures.search`.
    """
    if not search.chosen:
        return note_figure(nothing_chosen(search), search.label)
    names = list(map(str, search.chosen.values()))
    columns = np.array([*(variables[name] for name in VARIABLES), *(events[name] for name in names)])
    titles = [*map(_short_title, VARIABLES), *map(str, search.chosen)]
    rows = [f"{number}. {chosen.title}" for number, chosen in search.chosen.items()]
    width, depth = CELL * len(titles), ROW * len(rows)
    figure = plotting.new_figure(width + 4.6, 2 * depth + 2.9, search.label)
    panels = figure.subplots(2, sharex=True)
    y = events["y"].to_numpy()
    for axes, (value, name) in zip(panels, CLASSES.items(), strict=True):
        found = rank_correlations(columns[:, y == value])[len(VARIABLES) :]
        picture = axes.pcolormesh(found, cmap=COLORS, vmin=-1, vmax=1)
        for (row, column), number in np.ndenumerate(found):
            color = "white" if abs(number) > DARK else "black"
            text = (
                MISSING if np.isnan(number) else f"{round(number, 2) + 0:.2f}".replace("-", "\N{MINUS SIGN}")
            )
            axes.text(column + 0.5, row + 0.5, text, color=color, ha="center", va="center", fontsize=9)
        axes.axvline(len(VARIABLES), color=plotting.BLACK, linewidth=1.5)
        axes.set_yticks(np.arange(len(rows)) + 0.5, rows)
        axes.invert_yaxis()
        axes.tick_params(which="both", length=0)
        axes.minorticks_off()
        axes.set_title(name)
    panels[1].set_xticks(np.arange(len(titles)) + 0.5, titles, fontsize=10)
    figure.colorbar(picture, ax=panels, label="Spearman's rank correlation")
    return figure


def _short_title(name: str) -> str:
    """Return a variable's title without its unit, and a cone below what it is of."""
    return TITLES[name].partition(" [")[0].replace("(", "\n").replace(")", "")
