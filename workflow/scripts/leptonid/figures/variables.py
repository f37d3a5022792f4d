"""Distributions of the variables of the layout."""

from collections.abc import Mapping, Sequence

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from leptonid import plotting
from leptonid.figures.histograms import draw_classes, event_count
from leptonid.figures.panels import rows_and_columns
from leptonid.plotting import CLASSES

COLUMNS = ("variable", "class", "low", "high", "share", "outside", "events")

MOST_COLUMNS = 4

# The unit of a variable that stands for the energy unit of the sample.
ENERGY = "energy"


def axis_title(variable: Mapping, energy_unit: str) -> str:
    """Return the axis title of a variable of the layout, with its unit."""
    title, unit = plotting.formula(variable["title"]), variable["unit"]
    if not unit:
        return title
    return f"{title} [{plotting.plain(energy_unit) if unit == ENERGY else plotting.formula(unit)}]"


@plotting.style()
def variables_figure(
    table: pd.DataFrame, variables: Sequence[Mapping], classes: Mapping, energy_unit: str, label: str
) -> Figure:
    """Draw the distribution of each variable in signal and background.

    Parameters
    ----------
    table
        `COLUMNS`, one row per variable, class and bin.
    variables
        Variables of the layout in order: name, title, unit, log. Those that the table lacks are left out.
    classes
        Full and short title of each class.
    energy_unit
        Unit of energies.
    """
    known = set(table["variable"])
    variables = [variable for variable in variables if variable["name"] in known]
    rows, columns = rows_and_columns(len(variables), MOST_COLUMNS)
    figure = plotting.new_figure(max(5, 3.5 * columns), 3.1 * rows + 0.6, label)
    # Titles of panels keep away from the axis above.
    figure.get_layout_engine().set(h_pad=0.07)
    panels = figure.subplots(rows, columns, squeeze=False)
    for axes, variable in zip(panels.flat, variables, strict=False):
        own = table[table["variable"] == variable["name"]]
        _draw(axes, own, classes)
        if variable["log"]:
            axes.set(yscale="log", ylim=(0.5 / event_count(own), 1.5))
            axes.yaxis.set_major_formatter("{x:g}")
        axes.set_xlabel(axis_title(variable, energy_unit))
    for axes in panels.flat[len(variables) :]:
        axes.remove()
    for row in panels:
        row[0].set_ylabel("Fraction of events per bin")
    figure.align_ylabels(panels[:, 0])
    handles, names = panels[0, 0].get_legend_handles_labels()
    figure.legend(handles, names, loc="outside upper center", ncols=len(CLASSES), fontsize=13)
    return figure


def _draw(axes: Axes, table: pd.DataFrame, classes: Mapping) -> None:
    outside = draw_classes(axes, table, classes)
    axes.set(xlim=(table["low"].min(), table["high"].max()), ylim=(0, None))
    axes.xaxis.set_major_locator(MaxNLocator(4))
    axes.set_title(outside, fontsize=11, color=plotting.GREY)
