"""Signal efficiency and background rejection of one threshold, in bins of a variable."""

from collections.abc import Iterable, Mapping

import pandas as pd
from matplotlib.figure import Figure
from matplotlib.ticker import LogFormatter

from leptonid import plotting
from leptonid.figures.bins import FORMATS, NOTHING, draw_bins, known_variables, title_of
from leptonid.figures.lines import lines
from leptonid.figures.panels import note_figure
from leptonid.figures.weighting import EVENTS_COLUMNS

COLUMNS = (
    *("classifier", "training", "thresholds", "variable", "low", "high", "working_point", "threshold"),
    *("signal", "background", "signal_efficiency", "signal_efficiency_low", "signal_efficiency_high"),
    *("background_efficiency", "background_efficiency_low", "background_efficiency_high"),
    *("rejection", "rejection_low", "rejection_high", "background_passing", *EVENTS_COLUMNS),
)

# The working point that is drawn: enough background passes to see its bins.
DRAWN = 0.9


@plotting.style()
def binned_points_figure(
    table: pd.DataFrame, classifiers: Iterable[Mapping], unit: str, label: str
) -> Figure:
    """Draw efficiency and rejection of every classifier against each variable, or a note where there is none.

    Trainings of a classifier are averaged, and so are their limits.

    Parameters
    ----------
    table
        `COLUMNS`; rows of the common threshold and `DRAWN` are drawn.
    classifiers
        As of `leptonid.figures.lines.lines`.
    unit
        Unit of energies.
    """
    variables = known_variables(table["variable"])
    if not variables:
        return note_figure(NOTHING, label)
    styles = lines(classifiers)
    table = table[(table["thresholds"] == "common") & (table["working_point"] == DRAWN)]
    means = table.groupby(["classifier", "variable", "low", "high"], sort=False).mean(numeric_only=True)
    means = means.reset_index()
    figure = plotting.new_figure(3.5 + 4.5 * len(variables), 7.4, label)
    panels = figure.subplots(2, len(variables), sharex="col", sharey="row", squeeze=False)
    for row, quantity in enumerate(("signal_efficiency", "rejection")):
        of_quantity = {"value": quantity, "lower": f"{quantity}_low", "upper": f"{quantity}_high"}
        shown = means.assign(**{name: means[column] for name, column in of_quantity.items()})
        for axes, variable in zip(panels[row], variables, strict=True):
            draw_bins(axes, shown[shown["variable"] == variable], styles, FORMATS[variable])
    for axes in panels[0]:
        axes.axhline(DRAWN, color=plotting.GREY, linewidth=0.8, zorder=0)
    for axes, variable in zip(panels[1], variables, strict=True):
        axes.set_xlabel(title_of(variable, unit))
    panels[0, 0].set_ylabel("Signal efficiency")
    panels[1, 0].set(ylabel="Background rejection", yscale="log")
    panels[1, 0].yaxis.set_major_formatter("{x:g}")
    panels[1, 0].yaxis.set_minor_formatter(LogFormatter(minor_thresholds=(2, 0.8)))
    handles, names = panels[0, 0].get_legend_handles_labels()
    title = f"Thresholds that keep {DRAWN:.0%} of\nthe signal's validation events"
    figure.legend(handles, names, loc="outside right upper", handlelength=2.6, title=title, alignment="left")
    return figure
