"""Distributions of the seven high-level variables and the jet mass."""

import numpy as np
import pyarrow as pa
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from leptonid import plotting
from leptonid.errors import InputError
from leptonid.figures.events import CLASSES
from leptonid.storage import HL

VARIABLES = (*HL, "mass")

# Axis titles; energies are in the unit of the images.
TITLES = {
    "R_had": r"$R_\mathrm{had}$",
    "w_eta2": r"$w_{\eta 2}$",
    "R_phi": r"$R_\phi$",
    "R_eta": r"$R_\eta$",
    "sigma_eta_eta": r"$\sigma_{\eta\eta}$ [cells]",
    "iso_0.3": r"Iso($\Delta R < 0.3$) [{unit}]",
    "iso_0.4": r"Iso($\Delta R < 0.4$) [{unit}]",
    "mass": r"$M_\mathrm{jet}$ [{unit}]",
}

# Nearly all electrons have the same small value, which would flatten everything else.
LOGARITHMIC = ("R_had",)

SHORT = {"signal": "sig.", "background": "bkg."}

# An axis spans this part of all events; what lies beyond is told above the panel.
SHOWN_QUANTILES = (0.005, 0.995)
BINS = 40


def bin_edges(values: np.ndarray) -> np.ndarray:
    """Return the edges of equal bins over the bulk of the values, shape (BINS + 1,)."""
    low, high = np.quantile(values, SHOWN_QUANTILES)
    if low == high:
        low, high = low - 0.5, high + 0.5
    return np.linspace(low, high, BINS + 1)


def fractions(values: np.ndarray, weight: np.ndarray, edges: np.ndarray) -> tuple[np.ndarray, float]:
    """Return the share of the total weight in each bin, and the share outside all bins."""
    shares = np.histogram(values, edges, weights=weight)[0] / weight.sum()
    return shares, max(0.0, 1 - shares.sum())


@plotting.style()
def variables_figure(events: pa.Table, unit: str, label: str) -> Figure:
    """Draw each variable's distribution in signal and background.

    Raises
    ------
    InputError
        If a value is not finite; the message names variable and event.
    """
    figure = plotting.new_figure(14, 6.8, label)
    panels = figure.subplots(2, 4)
    for axes, name in zip(panels.flat, VARIABLES, strict=True):
        values = events[name].to_numpy()
        if not np.isfinite(values).all():
            event = events["event"].to_numpy()[~np.isfinite(values)][0]
            raise InputError(f"{name}: event {event} has no finite value")
        _draw(axes, values, events["y"].to_numpy(), events["weight"].to_numpy())
        if name in LOGARITHMIC:
            axes.set_yscale("log")
            axes.set_ylim(0.5 / len(values), 1.5)
            axes.yaxis.set_major_formatter("{x:g}")
        axes.set_xlabel(TITLES[name].replace("{unit}", unit))
    for row in panels:
        row[0].set_ylabel("Fraction of events per bin")
    figure.align_ylabels(panels[:, 0])
    handles, names = panels[0, 0].get_legend_handles_labels()
    figure.legend(handles, names, loc="outside upper center", ncols=len(CLASSES), fontsize=13)
    return figure


def _draw(axes: Axes, values: np.ndarray, y: np.ndarray, weight: np.ndarray) -> None:
    edges = bin_edges(values)
    outside = {}
    for value, name in CLASSES.items():
        shares, outside[name] = fractions(values[y == value], weight[y == value], edges)
        color = plotting.CLASS_COLORS[name]
        axes.stairs(shares, edges, color=color, linewidth=1.8, label=name)
        axes.stairs(shares, edges, color=color, fill=True, alpha=0.15)
    axes.set(xlim=(edges[0], edges[-1]), ylim=(0, None))
    axes.xaxis.set_major_locator(MaxNLocator(4))
    beyond = ", ".join(f"{SHORT[name]} {share:.1%}" for name, share in outside.items())
    axes.set_title(f"outside: {beyond}", fontsize=11, color=plotting.GREY)
