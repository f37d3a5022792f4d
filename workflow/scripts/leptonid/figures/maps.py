"""What an image network sees: saliency and occlusion of each calorimeter cell, per class."""

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from matplotlib import colormaps
from matplotlib.axes import Axes
from matplotlib.colors import LogNorm, SymLogNorm
from matplotlib.figure import Figure
from matplotlib.image import AxesImage

from leptonid import plotting
from leptonid.calorimeter import IMAGES, Grid
from leptonid.errors import InputError
from leptonid.figures.events import CALORIMETERS, CLASSES

COLUMNS = ["image", "y", "row", "column", "saliency", "occlusion"]

# A colour scale ends so many powers of ten below the largest value; that of occlusion is linear from there.
SALIENCY_DECADES = 3
OCCLUSION_DECADES = 2

SALIENCY = colormaps["viridis_r"]
OCCLUSION = colormaps["RdBu"]
BAR = {"location": "bottom", "shrink": 0.9, "format": "{x:g}"}


def map_of(maps: pa.Table, image: str, y: int, quantity: str) -> np.ndarray:
    """Return one map of a table of maps, (rows, columns).

    Raises
    ------
    InputError
        If it is not there, incomplete or not finite.
    """
    chosen = maps.filter((pc.field("image") == image) & (pc.field("y") == y))
    row, column = (chosen[name].to_numpy() for name in ("row", "column"))
    side = int(row.max(initial=-1)) + 1
    result = np.full((side, side), np.nan)
    if len(row) and column.max() < side:
        result[row, column] = chosen[quantity].to_numpy()
    if not side or not np.isfinite(result).all():
        raise InputError(f"the {quantity} map of {image} and class {y} is not whole; make the maps anew")
    return result


@plotting.style()
def maps_figure(maps: pa.Table, title: str, unit: str, label: str) -> Figure:
    """Draw the saliency and occlusion maps of each image, for signal (above) and background (below)."""
    images = list(dict.fromkeys(maps["image"].to_pylist()))
    figure = plotting.new_figure(6.2 * len(images) + 0.4, 7.6, label)
    figure.suptitle(title, fontsize=14)
    panels = figure.subplots(len(CLASSES), 2 * len(images), subplot_kw={"box_aspect": 1})
    drawn = [(image, draw) for image in images for draw in (_draw_saliency, _draw_occlusion)]
    for (image, draw), column in zip(drawn, panels.T, strict=True):
        draw(figure, column, maps, image, unit)
    for axes in panels.flat:
        axes.label_outer()
    return figure


def _draw_saliency(figure: Figure, column: np.ndarray, maps: pa.Table, image: str, unit: str) -> None:
    values = {y: map_of(maps, image, y, "saliency") for y in CLASSES}
    most = max(each.max() for each in values.values()) or 1
    norm = LogNorm(most * 10.0**-SALIENCY_DECADES, most)
    picture = _show(column, values, "saliency", IMAGES[image], norm=norm, cmap=SALIENCY)
    title = rf"mean $|\partial\,\mathrm{{logit}}/\partial E_T|$ [1/{unit}]"
    figure.colorbar(picture, ax=column, **BAR, label=title, extend="min")


def _draw_occlusion(figure: Figure, column: np.ndarray, maps: pa.Table, image: str, unit: str) -> None:
    values = {y: map_of(maps, image, y, "occlusion") for y in CLASSES}
    most = max(np.abs(each).max() for each in values.values()) or 1
    top = 10.0 ** np.floor(np.log10(most))
    linear = top * 10.0**-OCCLUSION_DECADES
    norm = SymLogNorm(linear, linscale=1, vmin=-most, vmax=most)
    picture = _show(column, values, "occlusion", IMAGES[image], norm=norm, cmap=OCCLUSION)
    bar = figure.colorbar(picture, ax=column, **BAR, label="mean logit added by the cell")
    bar.set_ticks([-top, -linear, 0, linear, top])
    bar.minorticks_off()


def _show(column: np.ndarray, values: dict, quantity: str, grid: Grid, **colors) -> AxesImage:
    """Draw the maps of both classes, rows from high to low phi; a cell may be several pixels of the grid."""
    half_eta, half_phi = grid.size * grid.step_eta / 2, grid.size * grid.step_phi / 2
    axes: Axes
    for axes, (y, name) in zip(column, CLASSES.items(), strict=True):
        picture = axes.imshow(
            values[y],
            extent=(-half_eta, half_eta, -half_phi, half_phi),
            origin="upper",
            aspect="auto",
            interpolation="nearest",
            **colors,
        )
        axes.set(
            xticks=[-0.3, 0, 0.3], yticks=[-0.3, 0, 0.3], xlabel=r"$\Delta\eta$", ylabel=r"$\Delta\phi$ [rad]"
        )
        axes.set_title(f"{CALORIMETERS[grid.name]} {quantity}, {name}")
    return picture
