"""Scores of training events beside those of test events."""

from collections.abc import Iterable, Mapping

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from leptonid import plotting
from leptonid.figures.histograms import bin_edges
from leptonid.figures.panels import small_multiples
from leptonid.plotting import CLASSES

COLUMNS = (
    *("classifier", "training", "class", "train_events", "test_events"),
    *("ks", "p", "auc_train", "auc_test", "gap", "gap_uncertainty"),
    *("weighted", "effective_train", "effective_test"),
)
HISTOGRAM_COLUMNS = ("classifier", "training", "role", "class", "low", "high", "share", "effective")


@plotting.style()
def overtraining_figure(
    table: pd.DataFrame,
    histograms: pd.DataFrame,
    classifiers: Iterable[Mapping],
    classes: Mapping,
    label: str,
) -> Figure:
    """Draw the scores of training events (filled) and test events (points) of every classifier.

    Several trainings are drawn together, with the largest of their distances.

    Parameters
    ----------
    table
        `COLUMNS`, one row per classifier, training and class.
    histograms
        `HISTOGRAM_COLUMNS`: distributions of the scores.
    classifiers
        As of `leptonid.figures.lines.lines`.
    classes
        Title of each class.
    """
    names = table["classifier"].unique()
    titles = {kind: plotting.formula(classes[kind]["title"]) for kind in CLASSES}
    figure, panels = small_multiples(
        names, classifiers, (2.9, 2.7), label, "Score", "Fraction of events per bin"
    )
    for name, axes in panels.items():
        own = histograms[histograms["classifier"] == name]
        for kind in CLASSES:
            _draw(axes, own[own["class"] == kind], plotting.CLASS_COLORS[kind], titles[kind])
        worst = table[table["classifier"] == name].sort_values("ks").groupby("class").last()
        text = "\n".join(
            f"{titles[kind]}: KS {worst.loc[kind, 'ks']:.3f}, p = {worst.loc[kind, 'p']:.2g}"
            for kind in CLASSES
        )
        axes.text(0.5, 0.96, text, transform=axes.transAxes, ha="center", va="top", fontsize=9)
        axes.set_yscale("log")
        # The text stands above the curves.
        axes.set(xlim=(0, 1), xticks=[0, 0.5, 1], ylim=(0.3 / worst["test_events"].sum(), 20))
    handles, texts = axes.get_legend_handles_labels()
    figure.legend(handles, texts, loc="outside upper center", ncols=len(texts))
    return figure


def _draw(axes: Axes, histograms: pd.DataFrame, color: str, title: str) -> None:
    """Draw one class, the mean over the trainings."""
    bins = histograms.groupby(["role", "low"]).agg({"high": "first", "share": "mean", "effective": "first"})
    train, test = (bins.loc[role].reset_index() for role in ("train", "test"))
    edges = bin_edges(train)
    axes.stairs(train["share"], edges, color=color, fill=True, alpha=0.3, label=f"{title}, training")
    filled = test[test["share"] > 0]
    axes.errorbar(
        (filled["low"] + filled["high"]) / 2,
        filled["share"],
        np.sqrt(filled["share"] * (1 - filled["share"]) / filled["effective"]),
        fmt="o",
        color=color,
        markersize=3,
        linewidth=1,
        label=f"{title}, test",
    )
