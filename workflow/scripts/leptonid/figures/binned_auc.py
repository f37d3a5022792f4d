"""The AUC in bins of transverse momentum, pseudorapidity and the number of cells."""

from collections.abc import Iterable, Mapping

import numpy as np
import pandas as pd
from matplotlib.figure import Figure
from matplotlib.ticker import FixedLocator, NullLocator
from scipy.special import expit, logit

from leptonid import plotting
from leptonid.figures.bins import FORMATS, NOTHING, draw_bins, known_variables, title_of
from leptonid.figures.lines import lines
from leptonid.figures.panels import note_figure
from leptonid.figures.weighting import EVENTS_COLUMNS

COLUMNS = (
    *("classifier", "variable", "low", "high", "signal", "background"),
    *("auc", "auc_test", "auc_seeds", *EVENTS_COLUMNS),
)

TICKS = (0.1, 0.3, 0.5, 0.6, 0.7, 0.8, 0.85, 0.9, 0.95, 0.96, 0.97, 0.98, 0.99, 0.995, 0.998, 0.999)

# The logit axis has no place for AUCs of 0 and 1.
LIMITS = (0.01, 0.9995)


@plotting.style()
def binned_auc_figure(table: pd.DataFrame, classifiers: Iterable[Mapping], unit: str, label: str) -> Figure:
    """Draw the AUC of every classifier against each variable, or a note where no variable is known.

    Parameters
    ----------
    table
        `COLUMNS`, one row per classifier, variable and bin.
    classifiers
        As of `leptonid.figures.lines.lines`.
    unit
        Unit of energies.
    """
    variables = known_variables(table["variable"])
    if not variables:
        return note_figure(NOTHING, label)
    value = table["auc"].clip(*LIMITS)
    table = table.assign(value=value, lower=value - table["auc_test"], upper=value + table["auc_test"])
    styles = lines(classifiers)
    figure = plotting.new_figure(3.5 + 4.5 * len(variables), 5.4, label)
    panels = figure.subplots(1, len(variables), sharey=True, squeeze=False)[0]
    # Steps between good classifiers are as wide as those between poor ones.
    panels[0].set_yscale("logit", nonpositive="clip")
    panels[0].set_ylim(_limits(table))
    panels[0].yaxis.set_major_locator(FixedLocator(TICKS))
    panels[0].yaxis.set_major_formatter("{x:g}")
    panels[0].yaxis.set_minor_locator(NullLocator())
    panels[0].set_ylabel("AUC")
    for axes, variable in zip(panels, variables, strict=True):
        draw_bins(axes, table[table["variable"] == variable], styles, FORMATS[variable])
        axes.set_xlabel(title_of(variable, unit))
    handles, names = panels[0].get_legend_handles_labels()
    figure.legend(handles, names, loc="outside right upper", handlelength=2.6)
    return figure


def _limits(table: pd.DataFrame) -> np.ndarray:
    """Return the lowest and the highest AUC of the axis."""
    uncertainty = np.nan_to_num(table["auc_test"])
    low = np.nanmin(table["auc"] - uncertainty, initial=0.99)
    high = np.nanmax(table["auc"] + uncertainty, initial=0.5)
    low, high = logit(np.clip([low, high], *LIMITS))
    return expit(np.array([low - 0.2, high + 0.2]))
