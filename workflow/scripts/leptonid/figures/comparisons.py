"""Comparisons of pairs of classifiers on the same test events: tables, and a figure."""

import math
from collections.abc import Iterable, Mapping

import numpy as np
import pandas as pd
from matplotlib import colormaps
from matplotlib.axes import Axes
from matplotlib.collections import QuadMesh
from matplotlib.colors import BoundaryNorm
from matplotlib.figure import Figure

from leptonid import plotting
from leptonid.figures import weighting
from leptonid.figures.lines import lines
from leptonid.figures.panels import note_figure
from leptonid.figures.tables import MISSING, compact, long_latex_table, markdown_table, or_empty

# One row per pair of classifiers, the better one first, and the best pairs first.
COLUMNS = [
    *("first", "second", "auc_first", "auc_second", "difference"),
    *("uncertainty_test", "uncertainty_seeds", "z", "p", "ado", "uncertainty_ado", *weighting.COLUMNS),
]

TITLES = ("Better", "Worse", "Difference", "z", "p", "ADO")

# Standard deviations at which the colour of a significance changes.
STEPS = (0, 1, 2, 3, 5, 10)

SHADES = colormaps["Blues"]

# Of the numbers in the cells.
TEXT = {"ha": "center", "va": "center", "fontsize": 9}

NO_PAIRS = "There is only one classifier:\nnothing to compare."


def to_markdown(table: pd.DataFrame, label: str) -> str:
    """Return the table as Markdown, a dash where something is missing."""
    return markdown_table(TITLES, _cells(table), _note(table, label))


def to_latex(table: pd.DataFrame, label: str) -> str:
    """Return the table as a LaTeX document, a dash where something is missing."""
    return long_latex_table(TITLES, _cells(table), _note(table, label))


def _cells(table: pd.DataFrame) -> list[list[str]]:
    return [
        [
            row.first,
            row.second,
            compact(row.difference, row.uncertainty_test, row.uncertainty_seeds),
            or_empty(row.z, ".1f") or MISSING,
            or_empty(row.p, ".2g") or MISSING,
            compact(row.ado, row.uncertainty_ado),
        ]
        for row in table.itertuples(index=False)
    ]


def _note(table: pd.DataFrame, label: str) -> str:
    definitions = (
        "Differences of AUC (means over the seeds) on the same test events. In brackets, in units of the "
        "last digit: the uncertainty from the test events, paired (DeLong et al. 1988), then that of the "
        "mean over the seeds, where there are several. z: the difference in units of both; p: its two-sided "
        "normal probability. The scatter of a classifier with one training is unknown and left out: z and p "
        "are then of these trainings, and another seed can change them by more than they say. Of "
        f"{len(table)} pairs of equals, about {len(table) / 20:.2g} would have p < 0.05 by chance. ADO, "
        "average decision ordering: the share of pairs of a signal and a background event that both order "
        "alike, of the trainings with the first seed; ties count one half."
    )
    source = f"Source of the events: {label}."
    return " ".join(filter(None, (definitions, weighting.weighting_note(table), source)))


@plotting.style()
def comparison_figure(table: pd.DataFrame, classifiers: Iterable[Mapping], label: str) -> Figure:
    """Draw significance (below the diagonal) and size of the difference of every pair, best first.

    `classifiers` are as of `leptonid.figures.lines.lines`.
    """
    if table.empty:
        return note_figure(NO_PAIRS, label)
    figure, axes, place = _square(table, classifiers, label)
    above = map(_short, 1000 * table["difference"])
    z = _fill(axes, place, table, "z", map(_short, table["z"]), above, table["z"] >= STEPS[-2])
    shades = _shade(axes, z, norm=BoundaryNorm(STEPS, SHADES.N, extend="max"))
    axes.set_title(
        "Below the diagonal: difference of AUC / its uncertainty\nAbove: difference of AUC, in thousandths"
    )
    figure.colorbar(shades, ax=axes, label="Significance", shrink=0.7)
    return figure


@plotting.style()
def ado_figure(table: pd.DataFrame, classifiers: Iterable[Mapping], label: str) -> Figure:
    """Draw the ADO (below the diagonal) of every pair, best first, and its uncertainty.

    `classifiers` are as of `leptonid.figures.lines.lines`.
    """
    if table.empty:
        return note_figure(NO_PAIRS, label)
    figure, axes, place = _square(table, classifiers, label)
    # The colours span those that there are, up to complete agreement.
    least = np.nanmin(table["ado"], initial=1)
    below = (or_empty(ado, ".3f") or MISSING for ado in table["ado"])
    above = map(_short, 1000 * table["uncertainty_ado"])
    ado = _fill(axes, place, table, "ado", below, above, table["ado"] > (least + 1) / 2)
    shades = _shade(axes, ado, vmin=least - (1 - least) / 4, vmax=1)
    axes.set_title(
        "Below the diagonal: average decision ordering (ADO)\nAbove: its uncertainty, in thousandths"
    )
    figure.colorbar(shades, ax=axes, label="ADO", shrink=0.7)
    return figure


def _square(
    table: pd.DataFrame, classifiers: Iterable[Mapping], label: str
) -> tuple[Figure, Axes, dict[str, int]]:
    """Return a figure, axes with a row and a column per classifier, and the number of each, best first."""
    titles = {name: line.title for name, line in lines(classifiers).items()}
    aucs = dict(zip(table["first"], table["auc_first"], strict=True))
    aucs |= dict(zip(table["second"], table["auc_second"], strict=True))
    place = {name: number for number, name in enumerate(sorted(aucs, key=aucs.get, reverse=True))}
    size = max(3, 0.5 * len(place))
    figure = plotting.new_figure(size + 4.8, size + 2.8, label)
    axes = figure.add_subplot(box_aspect=1)
    axes.set_yticks(range(len(place)), [f"{titles[name]}  {aucs[name]:.4f}" for name in place])
    axes.set_xticks(
        range(len(place)), [titles[name] for name in place], rotation=45, ha="right", rotation_mode="anchor"
    )
    axes.tick_params(which="both", length=0)
    axes.minorticks_off()
    return figure, axes, place


def _fill(
    axes: Axes,
    place: Mapping[str, int],
    table: pd.DataFrame,
    column: str,
    below: Iterable[str],
    above: Iterable[str],
    is_dark: Iterable[bool],
) -> np.ndarray:
    """Write the texts of every pair below and above the diagonal; return a column as the matrix below it."""
    matrix = np.full((len(place), len(place)), np.nan)
    pairs = zip(table["first"].map(place), table["second"].map(place), strict=True)
    cells = zip(pairs, table[column], below, above, is_dark, strict=True)
    for (better, worse), number, under, over, dark in cells:
        matrix[worse, better] = number
        axes.text(better, worse, under, color="white" if dark else "black", **TEXT)
        axes.text(worse, better, over, color=plotting.GREY, **TEXT)
    return matrix


def _shade(axes: Axes, values: np.ndarray, **colors: object) -> QuadMesh:
    """Colour the cells of the matrix, first row above, and return what a colour bar needs."""
    edges = np.arange(len(values) + 1) - 0.5
    shades = axes.pcolormesh(edges, edges, values, cmap=SHADES, **colors)
    axes.set_ylim(edges[-1], edges[0])
    return shades


def _short(number: float) -> str:
    if math.isnan(number):
        return MISSING
    return f"{number:.1f}" if number < 9.95 else f"{number:.0f}"
