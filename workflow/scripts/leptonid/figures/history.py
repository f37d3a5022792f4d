"""Learning curves: loss and AUC of every training, epoch by epoch."""

from collections.abc import Iterable, Mapping, Sequence

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import MaxNLocator

from leptonid import plotting
from leptonid.figures.lines import lines
from leptonid.figures.panels import rows_and_columns

COLUMNS = {"epoch": int, "loss": float, "auc": float, "val_loss": float, "val_auc": float}
QUANTITIES = {"loss": "Loss", "auc": "AUC"}
COLORS = {"": ("training", plotting.BLUE), "val_": ("validation", plotting.VERMILLION)}
BEST = {"color": plotting.BLACK, "marker": "o", "markersize": 6}


def best_epoch(history: pd.DataFrame) -> pd.Series:
    """Return the first epoch with the lowest validation loss, whose weights are kept."""
    return history.loc[history["val_loss"].idxmin()]


@plotting.style()
def learning_figure(
    histories: Mapping[str, Sequence[pd.DataFrame]], classifiers: Iterable[Mapping], label: str
) -> Figure:
    """Draw loss (above) and AUC (below) of every training, one pair of panels per network.

    Parameters
    ----------
    histories
        One table with `COLUMNS` per training, by network.
    classifiers
        As of `leptonid.figures.lines.lines`.
    """
    styles = lines(classifiers)
    rows, columns = rows_and_columns(len(histories))
    figure = plotting.new_figure(max(5.2, 2.9 * columns + 0.6), 4.2 * rows + 0.6, label)
    panels = figure.subplots(2 * rows, columns, squeeze=False)
    for place, (name, trainings) in enumerate(histories.items()):
        row, column = divmod(place, columns)
        pair = panels[2 * row : 2 * row + 2, column]
        for axes, quantity in zip(pair, QUANTITIES, strict=True):
            _draw(axes, trainings, quantity)
        pair[0].set_title(styles[name].title)
        pair[0].tick_params(labelbottom=False)
        pair[1].set_xlabel("Epoch")
    for row, axes in enumerate(panels[:, 0]):
        axes.set_ylabel(list(QUANTITIES.values())[row % 2])
    figure.align_ylabels(panels[:, 0])
    for axes in panels[-2:, columns - (rows * columns - len(histories)) :].flat:
        axes.remove()
    handles = [Line2D([], [], color=color, label=title) for title, color in COLORS.values()]
    handles.append(Line2D([], [], **BEST, linestyle="", label="best epoch"))
    figure.legend(handles=handles, loc="outside upper center", ncols=len(handles), fontsize=13)
    return figure


def _draw(axes: Axes, histories: Sequence[pd.DataFrame], quantity: str) -> None:
    """Draw one quantity of all trainings of a network."""
    for history in histories:
        for prefix, (_, color) in COLORS.items():
            axes.plot(history["epoch"], history[prefix + quantity], color=color, linewidth=1.4)
        best = best_epoch(history)
        axes.plot(best["epoch"], best[f"val_{quantity}"], **BEST, zorder=3)
    axes.xaxis.set_major_locator(MaxNLocator(4, integer=True))
    axes.yaxis.set_major_locator(MaxNLocator(4))
