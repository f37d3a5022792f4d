"""Figures with one panel per classifier, and figures that hold only a note."""

from collections.abc import Iterable, Mapping

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from leptonid import plotting
from leptonid.figures.lines import lines

MOST_COLUMNS = 5


def rows_and_columns(count: int, most_columns: int = MOST_COLUMNS) -> tuple[int, int]:
    """Return how many rows and columns of panels a figure of `count` panels has."""
    rows = -(-count // most_columns)
    return rows, -(-count // rows)


def small_multiples(
    names: Iterable[str],
    classifiers: Iterable[Mapping],
    size: tuple[float, float],
    label: str,
    xlabel: str,
    ylabel: str,
) -> tuple[Figure, dict[str, Axes]]:
    """Return a figure with one titled panel per name, of `size` in inches, and the panels by name.

    `classifiers` are as of `lines`.
    """
    titles = {name: line.title for name, line in lines(classifiers).items()}
    names = list(names)
    rows, columns = rows_and_columns(len(names))
    width, height = size
    # A figure of few panels still needs space for its legend and the label.
    figure = plotting.new_figure(max(8, width * columns + 0.6), height * rows + 1.2, label)
    # Half of the last tick label reaches beyond the panel.
    figure.get_layout_engine().set(w_pad=0.14)
    grid = figure.subplots(rows, columns, squeeze=False, sharex=True, sharey=True)
    for axes in grid.flat[len(names) :]:
        axes.remove()
    panels = dict(zip(names, grid.flat, strict=False))
    for place, (name, axes) in enumerate(panels.items()):
        axes.set_title(titles[name], fontsize=10)
        if place + columns >= len(panels):
            axes.tick_params(labelbottom=True)
            axes.set_xlabel(xlabel)
            # Nothing stands below these titles, so that no row needs to make space for them.
            axes.xaxis.set_in_layout(place // columns == rows - 1)
        if place % columns == 0:
            axes.set_ylabel(ylabel)
    return figure, panels


@plotting.style()
def note_figure(text: str, label: str) -> Figure:
    """Return a figure that says why there is nothing to draw."""
    figure = plotting.new_figure(6, 3, label)
    figure.text(0.5, 0.5, text, ha="center", va="center", fontsize=13, parse_math=False)
    return figure
