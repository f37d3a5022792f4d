"""Confusion matrices."""

from collections.abc import Iterable, Mapping

import pandas as pd
from matplotlib import colormaps
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from leptonid import plotting
from leptonid.figures import weighting
from leptonid.figures.panels import small_multiples
from leptonid.plotting import CLASSES

COLUMNS = (
    *("classifier", "true", "predicted", "threshold", "events", "share", "share_test", "share_seeds"),
    *weighting.COLUMNS,
)

SHADES = colormaps["Blues"]


@plotting.style()
def confusion_figure(
    table: pd.DataFrame, classifiers: Iterable[Mapping], classes: Mapping, label: str
) -> Figure:
    """Draw the confusion matrix of every classifier.

    Parameters
    ----------
    table
        `COLUMNS`, one row per classifier, true and predicted class.
    classifiers
        As of `leptonid.figures.lines.lines`.
    classes
        Full and short title of each class.
    """
    names = table["classifier"].unique()
    figure, panels = small_multiples(names, classifiers, (2.7, 2.6), label, "Predicted class", "True class")
    for name, axes in panels.items():
        _draw(axes, table[table["classifier"] == name], classes)
    signal, threshold = plotting.formula(classes["signal"]["title"]), table["threshold"].iloc[0]
    figure.suptitle(
        f"Share of the test events of each class; {signal}: score of at least {threshold:g}",
        fontsize=13,
    )
    return figure


def _draw(axes: Axes, table: pd.DataFrame, classes: Mapping) -> None:
    for row in table.itertuples(index=False):
        x, y = CLASSES.index(row.predicted), CLASSES.index(row.true)
        axes.fill_between([x - 0.5, x + 0.5], y - 0.5, y + 0.5, color=SHADES(0.9 * row.share), lw=0)
        color = "white" if row.share > 0.6 else "black"
        text = f"{100 * row.share:.1f} %\n± {100 * row.share_test:.1f} %"
        axes.text(x, y - 0.1, text, ha="center", va="center", color=color, fontsize=11)
        axes.text(x, y + 0.33, f"{row.events:,.0f}", ha="center", va="center", color=color, fontsize=9)
    axes.set(xlim=(-0.5, 1.5), ylim=(1.5, -0.5), box_aspect=1)
    names = [plotting.formula(classes[name]["short"]) for name in CLASSES]
    axes.set_xticks([0, 1], names)
    axes.set_yticks([0, 1], names, rotation=90, va="center")
    axes.tick_params(which="both", length=0)
    axes.minorticks_off()
