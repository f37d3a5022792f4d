"""How many events of each class are taken for which class."""

from collections.abc import Mapping

import pandas as pd
from matplotlib import colormaps
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from leptonid import plotting
from leptonid.figures import evaluation
from leptonid.figures.evaluation import Evaluation
from leptonid.figures.events import CLASSES
from leptonid.figures.panels import small_multiples

COLUMNS = {
    **{"features": str, "true": str, "predicted": str, "threshold": float},
    **{"events": float, "share": float, "share_test": float, "share_seeds": float},
}

SHADES = colormaps["Blues"]

SHORT = {"signal": "sig.", "background": "bkg."}


def confusion_table(evaluations: Mapping[str, Evaluation], threshold: float) -> pd.DataFrame:
    """Return one row per classifier, true class and predicted class.

    `events` are their mean number in the trainings, `share` their share of the events of the true class,
    with its uncertainty from the test events and its standard deviation between seeds.
    """
    lines = []
    for name, each in evaluations.items():
        for (true, predicted), share in evaluation.confusion(each).items():
            events = share.value * each.measured.events[true]
            numbers = (threshold, events, share.value, share.test, share.seeds)
            lines.append((name, CLASSES[true], CLASSES[predicted], *numbers))
    return pd.DataFrame(lines, columns=list(COLUMNS))


@plotting.style()
def confusion_figure(table: pd.DataFrame, label: str) -> Figure:
    """Draw the confusion matrix of every classifier."""
    figure, panels = small_multiples(table["features"].unique(), 2.7, 2.6, label, "Taken for", "True class")
    for name, axes in panels.items():
        _draw(axes, table[table["features"] == name])
    threshold = f"{table['threshold'].iloc[0]:g}"
    figure.suptitle(
        f"Share of the test events of each class; signal: score of at least {threshold}", fontsize=13
    )
    return figure


def _draw(axes: Axes, table: pd.DataFrame) -> None:
    places = {name: place for place, name in enumerate(CLASSES.values())}
    for row in table.itertuples(index=False):
        x, y = places[row.predicted], places[row.true]
        axes.fill_between([x - 0.5, x + 0.5], y - 0.5, y + 0.5, color=SHADES(0.9 * row.share), lw=0)
        color = "white" if row.share > 0.6 else "black"
        text = f"{100 * row.share:.1f} %\n± {100 * row.share_test:.1f} %"
        axes.text(x, y - 0.1, text, ha="center", va="center", color=color, fontsize=11)
        axes.text(x, y + 0.33, f"{row.events:,.0f}", ha="center", va="center", color=color, fontsize=9)
    axes.set(xlim=(-0.5, 1.5), ylim=(1.5, -0.5), box_aspect=1)
    names = [SHORT[name] for name in places]
    axes.set_xticks([0, 1], names)
    axes.set_yticks([0, 1], names, rotation=90, va="center")
    axes.tick_params(which="both", length=0)
    axes.minorticks_off()
