"""Calorimeter images: the mean of each class, and single events."""

import numpy as np
from matplotlib import colormaps
from matplotlib.axes import Axes
from matplotlib.colors import LogNorm
from matplotlib.figure import Figure
from matplotlib.image import AxesImage

from leptonid import plotting
from leptonid.calorimeter import Grid, images_from_cells
from leptonid.figures.events import CALORIMETERS, CLASSES, Cells

# A colour scale ends this many powers of ten below the largest value.
DECADES = 4

# The ratio of the classes is shown where both have at least so many events with energy in the cell; the
# other cells are grey.
LEAST_EVENTS = 10

# Colours of what has none are opaque: a PDF frames transparent pixels.
ENERGY = colormaps["viridis_r"].with_extremes(bad="white")
RATIO = colormaps["RdBu"].with_extremes(bad="0.88")


def mean_image(cells: Cells, y: int, grid: Grid) -> np.ndarray:
    """Return the weighted mean ET per cell of all events of class `y`, shape (size, size), float64."""
    weight = np.where(cells.y == y, cells.weight, 0)
    total = np.bincount(
        cells.cell, np.repeat(weight, cells.counts) * cells.et, minlength=grid.size * grid.size
    )
    return (total / weight.sum()).reshape(grid.size, grid.size)


def occupancy(cells: Cells, y: int, grid: Grid) -> np.ndarray:
    """Return how many events of class `y` have energy in each cell, shape (size, size)."""
    chosen = np.repeat(cells.y == y, cells.counts)
    return np.bincount(cells.cell[chosen], minlength=grid.size * grid.size).reshape(grid.size, grid.size)


@plotting.style()
def mean_figure(cells: Cells, grid: Grid, unit: str, label: str) -> Figure:
    """Draw the mean image of signal and of background, and their ratio."""
    figure = plotting.new_figure(13, 4.4, label)
    panels = figure.subplots(1, 3, sharey=True, subplot_kw={"box_aspect": 1})
    means = {y: mean_image(cells, y, grid) for y in CLASSES}
    norm = _log_scale(np.stack(list(means.values())))
    for (y, name), axes in zip(CLASSES.items(), panels[:2], strict=True):
        picture = _show(axes, means[y], grid, norm=norm, cmap=ENERGY)
        axes.set_title(f"{CALORIMETERS[grid.name]}: mean {name}")
    figure.colorbar(picture, ax=panels[:2], label=f"Mean $E_T$ per cell [{unit}]", format="{x:g}")

    known = np.min([occupancy(cells, y, grid) for y in CLASSES], axis=0) >= LEAST_EVENTS
    ratio = np.divide(means[1], means[0], out=np.zeros_like(means[1]), where=known)
    picture = _show(panels[2], ratio, grid, norm=LogNorm(0.1, 10), cmap=RATIO)
    panels[2].set_title(f"{CALORIMETERS[grid.name]}: ratio of the means")
    figure.colorbar(picture, ax=panels[2], label="Signal / background", extend="both", format="{x:g}")
    for axes in panels:
        axes.set_xlabel(r"$\Delta\eta$")
    panels[0].set_ylabel(r"$\Delta\phi$ [rad]")
    return figure


@plotting.style()
def single_figure(cells: Cells, grid: Grid, unit: str, label: str, count: int) -> Figure:
    """Draw the images of the first `count` events of each class."""
    chosen = {y: np.flatnonzero(cells.y == y)[:count] for y in CLASSES}
    columns = max(map(len, chosen.values()))
    figure = plotting.new_figure(2.4 * columns + 2.2, 6, label)
    panels = figure.subplots(
        len(CLASSES), columns, sharex=True, sharey=True, squeeze=False, subplot_kw={"box_aspect": 1}
    )
    images = {y: _images(cells, events, grid) for y, events in chosen.items()}
    norm = _log_scale(np.concatenate(list(images.values())))
    for row, (y, name) in zip(panels, CLASSES.items(), strict=True):
        for axes, event, image in zip(row, cells.event[chosen[y]], images[y], strict=False):
            picture = _show(axes, image, grid, norm=norm, cmap=ENERGY)
            axes.set_title(f"{name}, event {event}")
            if not image.any():
                axes.text(0, 0, "no energy", ha="center", va="center", color=plotting.GREY)
        row[0].set_ylabel(r"$\Delta\phi$ [rad]")
    for axes in panels[-1]:
        axes.set_xlabel(r"$\Delta\eta$")
    figure.colorbar(
        picture, ax=panels, label=f"{CALORIMETERS[grid.name]} $E_T$ per cell [{unit}]", format="{x:g}"
    )
    return figure


def _images(cells: Cells, events: np.ndarray, grid: Grid) -> np.ndarray:
    """Return the dense images, shape (len(events), size, size), of the events at these positions."""
    mine = np.repeat(np.isin(np.arange(len(cells.counts)), events), cells.counts)
    images = images_from_cells(cells.cell[mine], cells.et[mine], cells.counts[events], grid)
    return images[..., 0]


def _log_scale(images: np.ndarray) -> LogNorm:
    """Return a colour scale for the positive cells of some images, at most `DECADES` long."""
    positive = images[images > 0]
    if not len(positive):
        return LogNorm(0.1, 1)
    return LogNorm(max(positive.min(), positive.max() * 10.0**-DECADES), positive.max())


def _show(axes: Axes, image: np.ndarray, grid: Grid, **colors) -> AxesImage:
    """Draw one image, rows from high to low phi."""
    axes.set(xticks=[-0.3, 0, 0.3], yticks=[-0.3, 0, 0.3])
    half_eta, half_phi = grid.size * grid.step_eta / 2, grid.size * grid.step_phi / 2
    return axes.imshow(
        np.ma.masked_less_equal(image, 0),
        extent=(-half_eta, half_eta, -half_phi, half_phi),
        origin="upper",
        aspect="auto",
        interpolation="nearest",
        **colors,
    )
