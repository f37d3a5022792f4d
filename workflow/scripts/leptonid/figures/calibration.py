"""Calibration curves: the share of signal against the score."""

from collections.abc import Iterable, Mapping

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from leptonid import plotting
from leptonid.figures import weighting
from leptonid.figures.histograms import bin_edges
from leptonid.figures.panels import small_multiples

COLUMNS = (
    *("classifier", "recalibration", "low", "high", "events", "mean_score", "signal_share"),
    *("signal_share_test", *weighting.COLUMNS),
)

METRICS_COLUMNS = (
    *("classifier", "brier", "calibration_error", "recalibrated_brier"),
    "recalibrated_calibration_error",
)

TRAINED = {"fmt": "o", "color": plotting.BLUE}
RECALIBRATED = {"fmt": "s", "color": plotting.ORANGE, "markerfacecolor": "white"}


@plotting.style()
def calibration_figure(
    table: pd.DataFrame, metrics: pd.DataFrame, classifiers: Iterable[Mapping], classes: Mapping, label: str
) -> Figure:
    """Draw the share of signal against the score, and the distribution of the scores, for every classifier.

    Recalibrated scores are drawn beside those of the training, whose distribution is the one shown.

    Parameters
    ----------
    table
        `COLUMNS`, one row per classifier, recalibration and bin.
    metrics
        `METRICS_COLUMNS`.
    classifiers
        As of `leptonid.figures.lines.lines`.
    classes
        Title of each class.
    """
    metrics = metrics.set_index("classifier")
    share = f"Share of {plotting.formula(classes['signal']['title'])}"
    names = table["classifier"].unique()
    figure, panels = small_multiples(names, classifiers, (2.7, 2.6), label, "Score", share)
    for name, axes in panels.items():
        own = table[table["classifier"] == name]
        bins = own[own["recalibration"] == ""]
        edges = bin_edges(bins)
        axes.stairs(
            bins["events"] / bins["events"].sum(), edges, color="0.85", fill=True, label="share of all events"
        )
        axes.plot([0, 1], [0, 1], color=plotting.GREY, linewidth=0.8, label="perfect calibration")
        for kind, points in own[np.isfinite(own["signal_share"])].groupby("recalibration"):
            axes.errorbar(
                points["mean_score"],
                points["signal_share"],
                points["signal_share_test"].to_numpy(),
                **(RECALIBRATED if kind else TRAINED),
                markersize=4.5,
                linewidth=1.2,
                label=f"recalibrated ({kind})" if kind else "test events",
            )
        text = "\n".join(
            f"{title} " + " \N{RIGHTWARDS ARROW} ".join(f"{value:.3f}" for value in values.dropna())
            for title, values in (
                (title, metrics.loc[name, [metric, f"recalibrated_{metric}"]])
                for title, metric in (("Brier", "brier"), ("ECE", "calibration_error"))
            )
        )
        axes.text(0.05, 0.95, text, transform=axes.transAxes, va="top", fontsize=10)
        axes.set(xlim=(0, 1), ylim=(-0.04, 1.04), xticks=[0, 0.5, 1], yticks=[0, 0.5, 1], box_aspect=1)
    handles, texts = axes.get_legend_handles_labels()
    figure.legend(handles, texts, loc="outside upper center", ncols=len(texts))
    return figure
