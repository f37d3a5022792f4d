"""The explorer's view of events: scores of one classifier against another, and images."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from bokeh.models import (
    ColorBar,
    ColumnDataSource,
    CustomJSTickFormatter,
    FixedTicker,
    LogColorMapper,
    LogTicker,
    Span,
    TapTool,
)
from bokeh.palettes import Viridis256
from bokeh.plotting import figure
from scipy.special import logit

from leptonid.evaluate.sampled_events import spread_rows
from leptonid.figures.explorer_plots import FONT, empty_source, new_plot
from leptonid.figures.geometry import box_aspect, ticks
from leptonid.plotting import BLACK, CLASS_COLORS
from leptonid.study.layout import Grid
from leptonid.tables.cells import SparseImages, upright
from leptonid.tables.feather import read_feather

# Scores are drawn by the logarithm of their odds, which spreads those near 0 and 1, cut off at these odds.
LARGEST_LOGIT = np.log(1e5)
SHOWN_SCORES = (1e-5, 1e-3, 0.1, 0.5, 0.9, 0.999, 0.99999)
LOGIT_SCALE = 1000

CLASS_MARKERS = {"signal": "circle", "background": "triangle"}
PARTS = (*CLASS_COLORS, "single")

# Short numbers beside colour bars, which have little room.
SHORT = "return tick < 0.001 ? tick.toExponential(0) : `${Number(tick.toPrecision(3))}`;"

# Width of an image in pixels, and what axes and colour bars take beside it and below it.
WIDTH, AXIS, BAR, FOOT, MARGIN = 172, 62, 82, 46, 10


@dataclass(frozen=True)
class ImageView:
    """An image: its grid, what it is called, and the unit of its energies."""

    grid: Grid
    title: str
    unit: str


@dataclass(frozen=True)
class EventsView:
    """Events as the explorer shows them.

    Parameters
    ----------
    number, y, weight : shape (N,)
    scores : of shape (N,), by classifier
    titles
        Of the classifiers.
    axes
        The classifiers of the horizontal and the vertical axis at first.
    threshold
        Scores of at least this count as signal.
    classes
        Titles by class.
    images, cells
        By calorimeter.
    """

    number: np.ndarray
    y: np.ndarray
    weight: np.ndarray
    scores: Mapping[str, np.ndarray]
    titles: Mapping[str, str]
    axes: tuple[str, str]
    threshold: float
    classes: Mapping[str, str]
    images: Mapping[str, ImageView]
    cells: Mapping[str, SparseImages]

    def fewer(self, count: int) -> "EventsView":
        """Return some of the events, as of `spread_rows`."""
        rows = spread_rows(self.y, count)
        return replace(
            self,
            number=self.number[rows],
            y=self.y[rows],
            weight=self.weight[rows],
            scores={name: score[rows] for name, score in self.scores.items()},
            cells={name: images.take(rows) for name, images in self.cells.items()},
        )

    def content(self) -> dict:
        """Return what the page's script reads."""
        return {
            "number": self.number.tolist(),
            "y": self.y.tolist(),
            "weight": _rounded(self.weight, 6) if (self.weight != 1).any() else None,
            "logits": {name: _logits(score).tolist() for name, score in self.scores.items()},
            "logit_scale": LOGIT_SCALE,
            "classifiers": [[name, self.titles[name]] for name in self.scores],
            "axes": list(self.axes),
            "threshold": self.threshold,
            "classes": [self.classes[name] for name in ("background", "signal")],
            "colors": [CLASS_COLORS[name] for name in ("background", "signal")],
            "markers": [CLASS_MARKERS[name] for name in ("background", "signal")],
            "images": [
                {
                    "name": name,
                    "pixels": view.grid.pixels,
                    "place": _places(view.grid).tolist(),
                    "counts": self.cells[name].counts.tolist(),
                    "pixel": self.cells[name].pixel.tolist(),
                    "energy": _rounded(self.cells[name].energy, 3),
                }
                for name, view in self.images.items()
            ],
        }


def read_events(path: str, classifiers: Sequence[str], images: Mapping[str, ImageView]) -> dict:
    """Return number, y, weight, scores and cells of an `EventsView` from the table of sampled events.

    Raises
    ------
    InputError
        If the file is missing or damaged, or lacks a column.
    """
    lists = [f"{kind}/{name}" for name in images for kind in ("cell", "et")]
    table = read_feather(path, ["event", "y", "weight", *(f"score/{name}" for name in classifiers), *lists])
    cells = {}
    for name, view in images.items():
        pixel, energy = (table[f"{kind}/{name}"].combine_chunks() for kind in ("cell", "et"))
        offsets = np.append(0, np.cumsum(pixel.value_lengths().to_numpy()))
        flat = [values.flatten().to_numpy() for values in (pixel, energy)]
        cells[name] = SparseImages(view.grid.shape, offsets, *flat)
    return {
        **{key: table[column].to_numpy() for key, column in (("number", "event"), ("y", "y"))},
        "weight": table["weight"].to_numpy(),
        "scores": {name: table[f"score/{name}"].to_numpy() for name in classifiers},
        "cells": cells,
    }


def first_axes(ranked: Sequence[str], with_images: Sequence[str], reference: str | None) -> tuple[str, str]:
    """Return the classifiers of the axes at first: the reference, and the best with images.

    `ranked` are the classifiers, the best first. Where one is missing, the best other one takes its place.
    """
    across = reference if reference in ranked else None
    up = next((name for name in ranked if name in with_images and name != across), None)
    rest = [name for name in ranked if name not in (across, up)]
    up = up or (rest.pop(0) if rest else across)
    across = across or (rest[0] if rest else up)
    return across, up


def scores_plot(events: EventsView) -> figure:
    """Return the plot of scores; the page's script fills its source, `scores`."""
    plot = new_plot("box_select,lasso_select,pan,wheel_zoom,reset,save", height=500)
    source = empty_source("scores", "x", "y", "color", "marker")
    points = plot.scatter(
        "x", "y", source=source, marker="marker", size=6, fill_color="color", line_color="color",
        fill_alpha=0.5, line_alpha=0.9, nonselection_fill_alpha=0.06, nonselection_line_alpha=0.15,
    )  # fmt: skip
    plot.add_tools(TapTool(renderers=[points]))
    plot.toolbar.active_drag = plot.select_one({"type": plot.tools[0].__class__})
    ticks = logit(SHOWN_SCORES).tolist()
    for axis in plot.axis:
        axis.ticker = FixedTicker(ticks=ticks)
        axis.major_label_overrides = {
            tick: f"{score:.5f}".rstrip("0") for tick, score in zip(ticks, SHOWN_SCORES, strict=True)
        }
    for dimension in ("width", "height"):
        edge = Span(location=float(logit(events.threshold)), dimension=dimension, line_dash="dashed")
        edge.line_color, edge.line_width = BLACK, 1.5
        plot.add_layout(edge)
    return plot


def image_plots(events: EventsView) -> dict[str, figure]:
    """Return the plots of images: per calorimeter both mean images and the single event's.

    The page's script fills the image of each, and sets the ends of its colours.
    """
    return {
        f"{name}-{part}": _image_plot(view, part, name == list(events.images)[-1])
        for name, view in events.images.items()
        for part in PARTS
    }


def _image_plot(view: ImageView, part: str, is_last: bool) -> figure:
    """Return one plot; of all, only the outer ones have axes, and a colour bar is that of both means."""
    left, right, bottom, top = view.grid.extent
    is_first, has_bar = part == PARTS[0], part != PARTS[0]
    height = round(WIDTH * box_aspect(view.grid))
    plot = new_plot(
        "wheel_zoom,pan,reset",
        sizing_mode="fixed",
        width=WIDTH + (AXIS if is_first else MARGIN) + (BAR if has_bar else MARGIN),
        height=height + (FOOT if is_last else MARGIN) + MARGIN,
        frame_width=WIDTH,
        frame_height=height,
        min_border=MARGIN,
        toolbar_location=None,
        x_range=(left, right),
        y_range=(bottom, top),
        x_axis_label="Δη",
        y_axis_label=f"{view.title}: Δφ [rad]",
        tooltips=[("Δη, Δφ", "$x{0.000}, $y{0.000}"), ("ET", "@image{0.000}")],
    )
    plot.xaxis.visible, plot.yaxis.visible = is_last, is_first
    plot.xaxis.ticker, plot.yaxis.ticker = (FixedTicker(ticks=ticks(end)) for end in (right, top))
    rows, columns = upright(np.zeros(view.grid.shape[:2]), view.grid).shape
    # Bokeh reserves room for the numbers of a colour bar once, so they are long at first.
    colors = LogColorMapper(Viridis256[::-1], low=1e-4, high=1, nan_color="white", name="colors")
    source = ColumnDataSource({"image": [np.full((rows, columns), np.nan, np.float32)]}, name="image")
    plot.image(
        "image", source=source, x=left, y=bottom, dw=right - left, dh=top - bottom, color_mapper=colors
    )
    plot.grid.visible = False
    if has_bar:
        area = "cell" if view.grid.pixels_per_cell == 1 else "pixel"
        kind = "mean ET" if part == "background" else "ET"
        bar = ColorBar(color_mapper=colors, width=10, padding=2, margin=2)
        bar.ticker, bar.formatter = LogTicker(desired_num_ticks=4), CustomJSTickFormatter(code=SHORT)
        bar.title, bar.title_text_font_style = f"{kind} / {area} [{view.unit}]", "normal"
        bar.title_text_font = bar.major_label_text_font = FONT
        bar.major_label_text_font_size = bar.title_text_font_size = "11px"
        plot.add_layout(bar, "right")
    return plot


def _rounded(values: np.ndarray, digits: int) -> list[float]:
    return [float(f"{value:.{digits}g}") for value in values.tolist()]


def _logits(score: np.ndarray) -> np.ndarray:
    """Return the logarithm of the odds in whole parts of 1 / `LOGIT_SCALE`, cut off."""
    return np.round(LOGIT_SCALE * np.clip(logit(score), -LARGEST_LOGIT, LARGEST_LOGIT)).astype(int)


def _places(grid: Grid) -> np.ndarray:
    """Return where each pixel lies in an image drawn from its lower left corner, row by row."""
    drawn = upright(np.arange(grid.pixels).reshape(grid.shape[:2]), grid)[::-1]
    places = np.empty(grid.pixels, int)
    places[drawn.ravel()] = np.arange(grid.pixels)
    return places
