"""Filters of an Energy Flow Network over the plane, in the style of arXiv:1810.05165 (figures 6 and 8)."""

from collections.abc import Mapping

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from matplotlib import colormaps
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from leptonid import plotting
from leptonid.errors import InputError
from leptonid.figures.geometry import ETA_TITLE, PHI_TITLE, box_aspect
from leptonid.study.layout import Grid

COLUMNS = ["image", "filter", "weight", "values"]

# Filters that have a panel of their own, those of the largest weight.
SINGLE = 4

# A filter's band, in units of its largest value.
BAND = (0.45, 0.55)

COLORS = colormaps["viridis"]
SINGLE_COLORS = colormaps["viridis_r"]


def filters_of(filters: pa.Table, image: str) -> tuple[np.ndarray, np.ndarray]:
    """Return the numbers, (L,), and values, (L, points, points), of the filters of an image that are not 0.

    Raises
    ------
    InputError
        If there are none, or their values are no square.
    """
    chosen = filters.filter(pc.field("image") == image)
    values = np.array(chosen["values"].to_pylist())
    points = int(np.sqrt(values.shape[-1])) if values.ndim == 2 else 0
    if not points or points**2 != values.shape[1]:
        raise InputError(f"the filters of {image} are incomplete; delete the table and run again")
    used = values.max(axis=1) > 0
    return chosen["filter"].to_numpy()[used], values[used].reshape(-1, points, points)


@plotting.style()
def filters_figure(
    filters: pa.Table, images: Mapping[str, tuple[Grid, str]], title: str, label: str
) -> Figure:
    """Draw, for each image, the bands of all filters at half of their largest value, and some filters alone.

    Parameters
    ----------
    filters
        `COLUMNS`, see `leptonid.train.filters.plane_filters`.
    images
        The grid and title of each image by name.
    title
        Title of the network.
    """
    aspect = max(box_aspect(grid) for grid, _ in images.values())
    size = 3.4
    figure = plotting.new_figure(size * (1 + SINGLE), 1.0 + (0.9 + 0.8 * size * aspect) * len(images), label)
    figure.suptitle(plotting.plain(title), fontsize=14)
    panels = figure.subplots(len(images), 1 + SINGLE, squeeze=False)
    for row, (name, (grid, image_title)) in zip(panels, images.items(), strict=True):
        numbers, values = filters_of(filters, name)
        shown = plotting.formula(image_title)
        _draw_bands(row[0], values, grid)
        row[0].set_title(f"{shown}, {len(values)} filters")
        for place, axes in enumerate(row[1:]):
            if place >= len(values):
                axes.remove()
                continue
            draw = {"origin": "lower", "extent": grid.extent, "aspect": "auto", "cmap": SINGLE_COLORS}
            axes.imshow(values[place], vmin=0, **draw)
            axes.set(title=f"{shown}, filter {numbers[place]}", xlabel=ETA_TITLE, box_aspect=box_aspect(grid))
    return figure


def _draw_bands(axes: Axes, values: np.ndarray, grid: Grid) -> None:
    left, right, bottom, top = grid.extent
    axes.set(xlabel=ETA_TITLE, ylabel=PHI_TITLE, box_aspect=box_aspect(grid))
    axes.set(xlim=(left, right), ylim=(bottom, top))
    eta, phi = (np.linspace(*ends, values.shape[1]) for ends in ((left, right), (bottom, top)))
    # The filters of the largest weight last, above the others.
    for place in reversed(range(len(values))):
        color = COLORS(1 - place / len(values))
        axes.contourf(eta, phi, values[place] / values[place].max(), BAND, colors=[color], alpha=0.8)
