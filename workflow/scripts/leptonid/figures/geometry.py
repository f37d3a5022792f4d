"""Images and maps of calorimeter cells in eta and phi."""

import math

import numpy as np
from matplotlib.axes import Axes
from matplotlib.image import AxesImage

from leptonid.study.layout import Grid
from leptonid.tables.cells import upright

ETA_TITLE = r"$\Delta\eta$"
PHI_TITLE = r"$\Delta\phi$ [rad]"

# Longer or flatter images are stretched to these ratios of height to width.
ASPECTS = (0.4, 2.5)


def box_aspect(grid: Grid) -> float:
    """Return the height of an image in units of its width."""
    left, right, bottom, top = grid.extent
    return float(np.clip((top - bottom) / (right - left), *ASPECTS))


def draw_image(axes: Axes, image: np.ndarray, grid: Grid, **colors) -> AxesImage:
    """Draw an array of pixels or cells, (rows, columns) as in the file; `colors` are options of `imshow`."""
    extent = grid.extent
    axes.set(xticks=ticks(extent[1]), yticks=ticks(extent[3]))
    return axes.imshow(
        upright(image, grid), extent=extent, origin="upper", aspect="auto", interpolation="nearest", **colors
    )


def ticks(half: float) -> list[float]:
    """Return three ticks, the outer ones at four fifths of an axis from -half to half, to one digit."""
    end = 0.8 * half
    unit = 10.0 ** math.floor(math.log10(end))
    tick = float(f"{math.floor(end / unit) * unit:.1g}")
    return [-tick, 0, tick]
