"""Calorimeter images: the mean of each class, and single events."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from matplotlib import colormaps
from matplotlib.axes import Axes
from matplotlib.colors import LogNorm
from matplotlib.figure import Figure
from matplotlib.image import AxesImage
from matplotlib.ticker import FuncFormatter, NullFormatter

from leptonid import plotting
from leptonid.errors import InputError
from leptonid.figures.geometry import ETA_TITLE, PHI_TITLE, box_aspect, draw_image
from leptonid.plotting import CLASSES
from leptonid.study import layout
from leptonid.study.layout import Grid
from leptonid.tables.cells import read_cells
from leptonid.tables.feather import read_feather

COLUMNS = ("class", "row", "column", "mean", "events")

# A colour scale covers at most this many powers of ten.
DECADES = 4

# The ratio is shown where both classes have at least this many events with energy in the pixel.
LEAST_EVENTS = 10

# Ratio of the ends of a colour bar below which it may have only one power of ten.
SHORT_BAR = 100

# Colours of masked pixels are opaque, as a PDF draws frames around transparent pixels.
ENERGY = colormaps["viridis_r"].with_extremes(bad="white")
RATIO = colormaps["RdBu"].with_extremes(bad="0.88")


@dataclass(frozen=True)
class Words:
    """Titles in figures of images: of the image, of each class in full, and the unit of energies."""

    image: str
    classes: Mapping
    unit: str

    def of_class(self, name: str) -> str:
        """Return the title of a class."""
        return plotting.formula(self.classes[name]["title"])


def read_single_events(
    events_path: str, cells_path: str, grid: Grid, count: int
) -> dict[str, tuple[np.ndarray, np.ndarray]]:
    """Return numbers and images, (N, rows, columns), of the first `count` events of each class.

    Raises
    ------
    InputError
        If a file is missing or damaged, or the two are not of the same events.
    """
    table = read_feather(events_path, ["event", "y"])
    labels = table["y"].to_numpy()
    chosen = {name: np.flatnonzero(labels == y)[:count] for y, name in layout.CLASSES.items()}
    first = slice(0, 1 + max((int(rows[-1]) for rows in chosen.values() if len(rows)), default=0))
    event, images = read_cells(cells_path, grid, rows=first)
    if not np.array_equal(event, table["event"].to_numpy()[first]):
        raise InputError(f"{cells_path}: its events are not those of {events_path}; delete it and run again")
    return {name: (event[rows], images.dense(rows)[..., 0]) for name, rows in chosen.items()}


@plotting.style()
def mean_figure(table: pd.DataFrame, grid: Grid, words: Words, label: str) -> Figure:
    """Draw the mean image of each class, and the ratio of both.

    `table` has `COLUMNS`, one row per class and pixel.
    """
    aspect = box_aspect(grid)
    figure = plotting.new_figure(13, 0.7 + 3.7 * max(aspect, 0.7), label)
    image, unit = map(plotting.formula, (words.image, words.unit))
    panels = figure.subplots(1, 3, sharey=True, subplot_kw={"box_aspect": aspect})
    means = {name: _pixels(table, name, "mean", grid) for name in CLASSES}
    norm = _log_scale(np.stack(list(means.values())))
    for name, axes in zip(CLASSES, panels[:2], strict=True):
        picture = draw_image(axes, _positive(means[name]), grid, norm=norm, cmap=ENERGY)
        axes.set_title(f"{image}: mean {words.of_class(name)}")
    _energy_bar(figure, picture, panels[:2], f"Mean $E_T$ per {_area(grid)} [{unit}]")

    events = [_pixels(table, name, "events", grid) for name in CLASSES]
    signal, background = means.values()
    known = (np.min(events, axis=0) >= LEAST_EVENTS) & (background > 0)
    ratio = np.divide(signal, background, out=np.zeros_like(signal), where=known)
    picture = draw_image(panels[2], _positive(ratio), grid, norm=LogNorm(0.1, 10), cmap=RATIO)
    panels[2].set_title(f"{image}: ratio of the means")
    title = " / ".join(words.of_class(name) for name in CLASSES)
    figure.colorbar(picture, ax=panels[2], label=title[0].upper() + title[1:], extend="both", format="{x:g}")
    for axes in panels:
        axes.set_xlabel(ETA_TITLE)
    panels[0].set_ylabel(PHI_TITLE)
    return figure


@plotting.style()
def single_figure(
    events: Mapping[str, tuple[Sequence[int], np.ndarray]], grid: Grid, words: Words, label: str
) -> Figure:
    """Draw single events: their numbers and images as of `read_single_events`."""
    aspect = box_aspect(grid)
    columns = max(len(numbers) for numbers, _ in events.values())
    figure = plotting.new_figure(2.4 * columns + 2.2, 1.4 + 4.6 * aspect, label)
    panels = figure.subplots(
        len(CLASSES), columns, sharex=True, sharey=True, squeeze=False, subplot_kw={"box_aspect": aspect}
    )
    norm = _log_scale(np.concatenate([images for _, images in events.values()]))
    for row, name in zip(panels, CLASSES, strict=True):
        for axes, number, image in zip(row, *events[name], strict=False):
            picture = draw_image(axes, _positive(image), grid, norm=norm, cmap=ENERGY)
            axes.set_title(f"{words.of_class(name)}, event {number}")
            if not image.any():
                axes.text(0, 0, "no energy", ha="center", va="center", color=plotting.GREY)
        for axes in row[len(events[name][0]) :]:
            axes.remove()
        row[0].set_ylabel(PHI_TITLE)
    for axes in panels[-1]:
        axes.set_xlabel(ETA_TITLE)
    image, unit = map(plotting.formula, (words.image, words.unit))
    title = f"{image} $E_T$ per {_area(grid)} [{unit}]"
    _energy_bar(figure, picture, list(figure.axes), title)
    return figure


def _energy_bar(figure: Figure, picture: AxesImage, panels: Sequence[Axes], label: str) -> None:
    """Add a logarithmic colour bar; one that is too short for two powers of ten has further labels."""
    bar = figure.colorbar(picture, ax=panels, label=label, format="{x:g}")
    short = bar.vmax < SHORT_BAR * bar.vmin
    bar.ax.yaxis.set_minor_formatter(FuncFormatter(_label_2_and_5) if short else NullFormatter())


def _label_2_and_5(number: float, _: int) -> str:
    text = f"{number:g}"
    return text if text.strip("0.")[:1] in ("2", "5") else ""


def _area(grid: Grid) -> str:
    return "cell" if grid.pixels_per_cell == 1 else "pixel"


def _pixels(table: pd.DataFrame, name: str, quantity: str, grid: Grid) -> np.ndarray:
    """Return a quantity of one class, (rows, columns)."""
    own = table[table["class"] == name]
    pixels = np.zeros(grid.shape[:2])
    pixels[own["row"], own["column"]] = own[quantity]
    return pixels


def _positive(image: np.ndarray) -> np.ma.MaskedArray:
    return np.ma.masked_less_equal(image, 0)


def _log_scale(images: np.ndarray) -> LogNorm:
    """Return a colour scale for the positive pixels of images, at most `DECADES` long."""
    positive = images[images > 0]
    if not len(positive):
        return LogNorm(0.1, 1)
    return LogNorm(max(positive.min(), positive.max() * 10.0**-DECADES), positive.max())
