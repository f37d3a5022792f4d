"""Small multiples: one panel per classifier, alike in size and axes."""

from collections.abc import Iterable

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from leptonid import plotting
from leptonid.figures.feature_sets import feature_sets

MOST_COLUMNS = 5


def small_multiples(
    names: Iterable[str], width: float, height: float, label: str, xlabel: str, ylabel: str
) -> tuple[Figure, dict[str, Axes]]:
    """Return a figure with a titled panel, of a size in inches, per classifier, and the panels by name."""
    lines = feature_sets(names)
    rows = -(-len(lines) // MOST_COLUMNS)
    columns = -(-len(lines) // rows)
    # At the least, a legend and the label have room.
    figure = plotting.new_figure(max(8, width * columns + 0.6), height * rows + 1.2, label)
    # Half of the last tick label sticks out on the right.
    figure.get_layout_engine().set(w_pad=0.14)
    panels = figure.subplots(rows, columns, squeeze=False, sharex=True, sharey=True)
    for axes in panels.flat[len(lines) :]:
        axes.remove()
    found = dict(zip(lines, panels.flat, strict=False))
    for place, (name, axes) in enumerate(found.items()):
        axes.set_title(lines[name].title, fontsize=10)
        if place + columns >= len(found):
            axes.tick_params(labelbottom=True)
            axes.set_xlabel(xlabel)
            # Below is nothing that these could touch: no row need move down for them.
            axes.xaxis.set_in_layout(place // columns == rows - 1)
        if place % columns == 0:
            axes.set_ylabel(ylabel)
    return figure, found


@plotting.style()
def note_figure(text: str, label: str) -> Figure:
    """Return a figure that says why there is nothing to draw."""
    figure = plotting.new_figure(6, 3, label)
    figure.text(0.5, 0.5, text, ha="center", va="center", fontsize=13)
    return figure
