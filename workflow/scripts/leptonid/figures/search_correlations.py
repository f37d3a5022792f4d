"""Rank correlations of the observables that a search chose with the variables and with each other."""

import re
from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
from matplotlib import colormaps
from matplotlib.figure import Figure
from matplotlib.textpath import TextPath

from leptonid import plotting
from leptonid.figures.panels import note_figure
from leptonid.figures.search import Search, nothing_chosen
from leptonid.figures.tables import MISSING
from leptonid.plotting import CLASSES

COLUMNS = ("class", "row", "column", "correlation")

COLORS = colormaps["RdBu_r"]

# Numbers further from zero are white on their dark colour.
DARK = 0.6

# Width and height of a cell, inches.
CELL = 0.68
ROW = 0.42

# Size of the titles of columns, points.
TITLE_SIZE = 10


@plotting.style()
def correlations_figure(
    search: Search, table: pd.DataFrame, variables: Sequence[Mapping], classes: Mapping, label: str
) -> Figure:
    """Draw the correlations of the chosen observables with the variables and each other, in both classes.

    Parameters
    ----------
    search
        The search.
    table
        `COLUMNS`: `row` is a pass, `column` the name of a variable or the number of a pass.
    variables
        Name and title of the variables of the layout; those that the table lacks are left out.
    classes
        Title of each class.
    label
        Label of the sample.
    """
    if not search.chosen:
        return note_figure(nothing_chosen(search), label)
    known = set(table["column"])
    variables = [variable for variable in variables if variable["name"] in known]
    columns = [*(variable["name"] for variable in variables), *map(str, search.chosen)]
    titles = [short_title(plotting.formula(variable["title"])) for variable in variables]
    titles += map(str, search.chosen)
    rows = [f"{number}. {plotting.formula(chosen.title)}" for number, chosen in search.chosen.items()]
    turned = max(map(_width, titles)) > 0.95 * CELL
    width, depth = CELL * len(titles), ROW * len(rows)
    figure = plotting.new_figure(max(width, 2) + 4.6, 2 * depth + (3.9 if turned else 2.9), label)
    panels = figure.subplots(2, sharex=True)
    for axes, name in zip(panels, CLASSES, strict=True):
        values = table[table["class"] == name].set_index(["row", "column"])["correlation"].to_dict()
        numbers = np.array([[values[row, column] for column in columns] for row in search.chosen])
        picture = axes.pcolormesh(numbers, cmap=COLORS, vmin=-1, vmax=1)
        for (row, column), number in np.ndenumerate(numbers):
            color = "white" if abs(number) > DARK else "black"
            axes.text(
                column + 0.5, row + 0.5, _text(number), color=color, ha="center", va="center", fontsize=9
            )
        axes.axvline(len(variables), color=plotting.BLACK, linewidth=1.5)
        axes.set_yticks(np.arange(len(rows)) + 0.5, rows)
        axes.invert_yaxis()
        axes.tick_params(which="both", length=0)
        axes.minorticks_off()
        axes.set_title(plotting.formula(classes[name]["title"]))
    rotation = {"rotation": 45, "ha": "right", "rotation_mode": "anchor"} if turned else {}
    panels[1].set_xticks(np.arange(len(titles)) + 0.5, titles, fontsize=TITLE_SIZE, **rotation)
    figure.colorbar(picture, ax=panels, label="Spearman's rank correlation")
    return figure


def short_title(title: str) -> str:
    """Return the title of a variable with a part in brackets, unless it is in a formula, in a second line."""
    match = re.fullmatch(r"([^$(]+)\((.+)\)", title)
    return f"{match[1].rstrip()}\n{match[2]}" if match else title


def _width(title: str) -> float:
    """Return the width of the longest line of a title, inches."""
    paths = (TextPath((0, 0), line, size=TITLE_SIZE) for line in title.splitlines() if line)
    return max((path.get_extents().width / 72 for path in paths), default=0)


def _text(number: float) -> str:
    if np.isnan(number):
        return MISSING
    return f"{round(number, 2) + 0:.2f}".replace("-", "\N{MINUS SIGN}")
