"""The AUC in bins of transverse momentum and pseudorapidity."""

from collections.abc import Mapping
from itertools import pairwise

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FixedLocator, NullLocator
from scipy.special import expit, logit

from leptonid import plotting
from leptonid.errors import InputError
from leptonid.figures.events import read_events
from leptonid.figures.feature_sets import feature_sets
from leptonid.figures.panels import note_figure
from leptonid.figures.scores import ScoredEvents
from leptonid.storage import read_schema

COLUMNS = {
    **{"features": str, "variable": str, "low": float, "high": float, "signal": int, "background": int},
    **{"auc": float, "auc_test": float, "auc_seeds": float},
}

# Axis titles; energies are in the unit of the images.
TITLES = {"pt": "$p_T$ [{unit}]", "abs_eta": r"$|\eta|$"}

FORMS = {"pt": ".1f", "abs_eta": ".2f"}

TICKS = (0.1, 0.3, 0.5, 0.6, 0.7, 0.8, 0.85, 0.9, 0.95, 0.96, 0.97, 0.98, 0.99, 0.995, 0.998, 0.999)

# On an axis, 0 and 1 are infinitely far.
SHOWN = (0.01, 0.9995)

BINS = 5


def read_kinematics(path: str, scored: ScoredEvents) -> dict[str, np.ndarray]:
    """Return `pt` and `abs_eta` of the scored events, shapes (N,), those that the table of events has.

    Raises
    ------
    InputError
        As from `read_events`, and if the table has other events or a value that is not finite.
    """
    columns = [name for name in ("pt", "eta") if name in read_schema(path).names]
    table = read_events(path, columns)
    if not np.array_equal(table["event"], scored.event) or not np.array_equal(table["y"], scored.y):
        raise InputError(f"{path}: its events are not those of the scores; train on the same data")
    values = {name: table[name].to_numpy() for name in columns}
    for name, each in values.items():
        if not np.isfinite(each).all():
            raise InputError(
                f"{path}: {name}: event {scored.event[~np.isfinite(each)][0]} has no finite value"
            )
    if "eta" in values:
        values["abs_eta"] = np.abs(values.pop("eta"))
    return values


def binned_auc_table(
    scored: Mapping[str, ScoredEvents], kinematics: Mapping[str, np.ndarray]
) -> pd.DataFrame:
    """Return one row per classifier, variable and bin, from `low` up to `high`, with equally many events.

    `auc` is the mean over the trainings, `auc_test` its uncertainty from the test events (DeLong et al.)
    and `auc_seeds` the trainings' standard deviation; NaN in a bin without signal or background.
    """
    lines = []
    for name, each in scored.items():
        for variable, values in kinematics.items():
            edges = np.unique(np.quantile(values, np.linspace(0, 1, BINS + 1)))
            place = np.searchsorted(edges[1:-1], values, side="right")
            for number, (low, high) in enumerate(pairwise(edges)):
                numbers = _auc(each, place == number)
                lines.append((name, variable, low, high, *numbers))
    return pd.DataFrame(lines, columns=list(COLUMNS))


def _auc(scored: ScoredEvents, chosen: np.ndarray) -> tuple[int, int, float, float, float]:
    """Return signal and background events, AUC and its uncertainties of the chosen events."""
    y = scored.y[chosen]
    signal, background = int((y == 1).sum()), int((y == 0).sum())
    if not signal or not background:
        return signal, background, np.nan, np.nan, np.nan
    part = ScoredEvents(y, scored.scores[:, chosen])
    aucs = part.aucs()
    spread = np.std(aucs, ddof=1) if len(aucs) > 1 else np.nan
    return signal, background, aucs.mean(), part.auc_uncertainty(), spread


@plotting.style()
def binned_auc_figure(table: pd.DataFrame, unit: str, label: str) -> Figure:
    """Draw the AUC of every classifier against each variable; say so where none is known."""
    variables = [name for name in TITLES if name in set(table["variable"])]
    if not variables:
        text = "The file of events has neither pt nor eta:\nthere is nothing to bin the AUC in."
        return note_figure(text, label)
    figure = plotting.new_figure(12.5, 5.4, label)
    panels = figure.subplots(1, len(variables), sharey=True, squeeze=False)[0]
    # Steps from one good classifier to the next are as wide as those among poor ones.
    panels[0].set_yscale("logit", nonpositive="clip")
    panels[0].set_ylim(_reach(table))
    panels[0].yaxis.set_major_locator(FixedLocator(TICKS))
    panels[0].yaxis.set_major_formatter("{x:g}")
    panels[0].yaxis.set_minor_locator(NullLocator())
    panels[0].set_ylabel("AUC")
    for axes, variable in zip(panels, variables, strict=True):
        _draw(axes, table[table["variable"] == variable], FORMS[variable])
        axes.set_xlabel(TITLES[variable].replace("{unit}", unit))
    handles, names = panels[0].get_legend_handles_labels()
    figure.legend(handles, names, loc="outside right upper", handlelength=2.6)
    return figure


def _reach(table: pd.DataFrame) -> np.ndarray:
    """Return the least and the greatest AUC of the axis."""
    uncertainty = np.nan_to_num(table["auc_test"])
    low = np.nanmin(table["auc"] - uncertainty, initial=0.99)
    high = np.nanmax(table["auc"] + uncertainty, initial=0.5)
    low, high = logit(np.clip([low, high], *SHOWN))
    return expit(np.array([low - 0.2, high + 0.2]))


def _draw(axes: Axes, table: pd.DataFrame, form: str) -> None:
    """Draw one variable: classifiers side by side in every bin, as their error bars would hide each other."""
    lines = feature_sets(table["features"])
    for place, (name, line) in enumerate(lines.items()):
        bins = table[table["features"] == name]
        x = np.arange(len(bins)) + 0.7 * ((place + 0.5) / len(lines) - 0.5)
        drawn = axes.errorbar(
            x,
            bins["auc"].clip(*SHOWN),
            bins["auc_test"],
            color=line.color,
            linestyle=line.linestyle,
            linewidth=1.2,
            marker="o",
            markersize=3.5,
            label=line.title,
        )
        for bar in drawn.lines[2]:
            bar.set_linestyle("-")
    edges = [*bins["low"], bins["high"].iloc[-1]]
    axes.set_xticks(np.arange(len(edges)) - 0.5, [f"{edge:{form}}" for edge in edges])
    axes.tick_params(axis="x", which="both", length=0)
    for edge in range(1, len(bins)):
        axes.axvline(edge - 0.5, color="0.85", linewidth=0.8, zorder=0)
    axes.set_xlim(-0.5, len(bins) - 0.5)
