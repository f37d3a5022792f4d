"""Saliency and occlusion maps of an image network: one value per calorimeter cell and class."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from matplotlib import colormaps
from matplotlib.axes import Axes
from matplotlib.colors import LogNorm, SymLogNorm
from matplotlib.figure import Figure
from matplotlib.image import AxesImage

from leptonid import plotting
from leptonid.errors import InputError
from leptonid.figures.geometry import ETA_TITLE, PHI_TITLE, box_aspect, draw_image
from leptonid.plotting import CLASSES
from leptonid.study import layout
from leptonid.study.layout import Grid

COLUMNS = ["image", "y", "row", "column", "saliency", "occlusion"]
LABELS = {name: label for label, name in layout.CLASSES.items()}

# A colour scale covers this many powers of ten; that of occlusion is linear around zero.
SALIENCY_DECADES = 3
OCCLUSION_DECADES = 2

SALIENCY = colormaps["viridis_r"]
OCCLUSION = colormaps["RdBu"]
BAR = {"location": "bottom", "shrink": 0.9, "format": "{x:g}"}


@dataclass(frozen=True)
class MappedImage:
    """An image of the network: its grid, title, and energy unit."""

    grid: Grid
    title: str
    unit: str


def map_of(maps: pa.Table, grid: Grid, name: str, quantity: str) -> np.ndarray:
    """Return the map of one image and class, (rows, columns) of calorimeter cells.

    Raises
    ------
    InputError
        If it is missing, incomplete or not finite.
    """
    chosen = maps.filter((pc.field("image") == grid.name) & (pc.field("y") == LABELS[name]))
    row, column = (chosen[axis].to_numpy() for axis in ("row", "column"))
    result = np.full((grid.cell_rows, grid.cell_columns), np.nan)
    if len(row) and row.max() < grid.cell_rows and column.max() < grid.cell_columns:
        result[row, column] = chosen[quantity].to_numpy()
    if not np.isfinite(result).all():
        raise InputError(
            f"the {quantity} map of {grid.name} for {name} is incomplete; delete the maps and run again"
        )
    return result


@plotting.style()
def maps_figure(
    maps: pa.Table, images: Mapping[str, MappedImage], title: str, classes: Mapping, label: str
) -> Figure:
    """Draw the saliency and occlusion maps of each image, for signal (above) and background (below).

    Parameters
    ----------
    maps
        `COLUMNS`, one row per image, class and calorimeter cell.
    images
        The images by name.
    title
        Title of the network.
    classes
        Title of each class.
    """
    names = list(dict.fromkeys(maps["image"].to_pylist()))
    aspects = [box_aspect(images[name].grid) for name in names]
    figure = plotting.new_figure(6.2 * len(names) + 0.4, 2.2 + 5.4 * max(0.5, *aspects), label)
    figure.suptitle(plotting.plain(title), fontsize=14)
    panels = figure.subplots(len(CLASSES), 2 * len(names))
    pairs = [(name, draw) for name in names for draw in (_draw_saliency, _draw_occlusion)]
    for (name, draw), column in zip(pairs, panels.T, strict=True):
        draw(figure, column, maps, images[name], classes)
    for axes in panels.flat:
        axes.label_outer()
    return figure


def _draw_saliency(
    figure: Figure, column: np.ndarray, maps: pa.Table, image: MappedImage, classes: Mapping
) -> None:
    values = {name: map_of(maps, image.grid, name, "saliency") for name in CLASSES}
    most = max(value.max() for value in values.values()) or 1
    norm = LogNorm(most * 10.0**-SALIENCY_DECADES, most)
    picture = _show(column, values, "saliency", image, classes, norm=norm, cmap=SALIENCY)
    title = rf"mean $|\partial\,\mathrm{{logit}}/\partial E_T|$ [1/{plotting.formula(image.unit)}]"
    figure.colorbar(picture, ax=column, **BAR, label=title, extend="min")


def _draw_occlusion(
    figure: Figure, column: np.ndarray, maps: pa.Table, image: MappedImage, classes: Mapping
) -> None:
    values = {name: map_of(maps, image.grid, name, "occlusion") for name in CLASSES}
    most = max(np.abs(value).max() for value in values.values()) or 1
    top = 10.0 ** np.floor(np.log10(most))
    linear = top * 10.0**-OCCLUSION_DECADES
    norm = SymLogNorm(linear, linscale=1, vmin=-most, vmax=most)
    picture = _show(column, values, "occlusion", image, classes, norm=norm, cmap=OCCLUSION)
    bar = figure.colorbar(picture, ax=column, **BAR, label="mean logit added by the cell")
    bar.set_ticks([-top, -linear, 0, linear, top])
    bar.minorticks_off()


def _show(
    column: np.ndarray, values: Mapping, quantity: str, image: MappedImage, classes: Mapping, **colors
) -> AxesImage:
    """Draw the maps of both classes."""
    axes: Axes
    for axes, name in zip(column, CLASSES, strict=True):
        picture = draw_image(axes, values[name], image.grid, **colors)
        axes.set(xlabel=ETA_TITLE, ylabel=PHI_TITLE, box_aspect=box_aspect(image.grid))
        title, of_class = map(plotting.formula, (image.title, classes[name]["title"]))
        axes.set_title(f"{title} {quantity}, {of_class}")
    return picture
