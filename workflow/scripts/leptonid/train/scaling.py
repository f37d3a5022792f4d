"""Scaling of what a network sees: fitted to the training events, part of the trained model."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import NormalDist

import numpy as np

from leptonid.tables.cells import cell_images, pixel_positions
from leptonid.tables.large import empty_array
from leptonid.tables.reader import Events
from leptonid.tables.slices import slices

# Values that are held a second time.
VALUES_AT_ONCE = 2**24

# Of a quantile scaling: a power of 2, which a binary search needs.
KNOTS = 256

# The smallest probability that has a normal quantile of its own: values reach from -3.1 to 3.1.
SMALLEST = 0.001

# Where the knots are: at equal distances between the quantiles of the smallest and the largest probability.
NORMAL = NormalDist()
LARGEST = NORMAL.inv_cdf(1 - SMALLEST)
PROBABILITIES = [NORMAL.cdf(quantile) for quantile in np.linspace(-LARGEST, LARGEST, KNOTS - 1)]

# The scaling of images that is fitted.
STANDARD = "standard"

# Values whose relative difference is smaller than this are one: EFPs that are computed together with others
# can differ in their last bit.
SAME = 1e-12


@dataclass(frozen=True)
class Part:
    """Scaling of some of the flat variables, all of one kind.

    Parameters
    ----------
    kind
        `standard`: mean 0 and standard deviation 1. `log`: the same of sign(u) log(1 + |u|), where
        u = (x - c) / m with the median c of x and the median m of the |x - c| > 0. `quantile`: normal
        quantiles, -3.1 to 3.1, of the rank among the training events; equal values have their mean rank.
    columns : shape (C,)
        Which of the variables.
    scale, offset : shape (C,), float64
        For `standard` and `log`: the factor, and what is added then.
    centre, unit : shape (C,), float64
        For `log`: c and m.
    edges, quantiles : shape (C, KNOTS), float64
        For `quantile`: values, rising, filled up with infinity, and their normal quantiles. In between the
        scaling is linear, beyond them constant.
    """

    kind: str
    columns: np.ndarray
    scale: np.ndarray | None = None
    offset: np.ndarray | None = None
    centre: np.ndarray | None = None
    unit: np.ndarray | None = None
    edges: np.ndarray | None = None
    quantiles: np.ndarray | None = None

    def scaled(self, values: np.ndarray) -> np.ndarray:
        """Return the scaled values, float64, of the variables of this part; `values` has shape (N, C)."""
        if self.kind == "quantile":
            knots = zip(values.T, self.edges, self.quantiles, strict=True)
            return np.column_stack([np.interp(*column_and_knots) for column_and_knots in knots])
        if self.kind == "log":
            values = logarithm(values, self.centre, self.unit)
        return values * self.scale + self.offset


def logarithm(values: np.ndarray, centre: np.ndarray, unit: np.ndarray) -> np.ndarray:
    """Return sign(u) log(1 + |u|) of u = (values - centre) / unit."""
    relative = (values - centre) / unit
    return np.sign(relative) * np.log1p(np.abs(relative))


def fit_scaling(
    values: np.ndarray, weight: np.ndarray, kinds: str | Sequence[str] = "standard"
) -> list[Part]:
    """Fit the scaling of F variables to training events.

    Parameters
    ----------
    values : shape (N, F)
    weight : shape (N,), not negative
    kinds
        Kind of all variables, or of each: see `Part`.

    Returns
    -------
    One part for each kind that there is; the scaled variables are those of the parts, one after the other.
    """
    kinds = np.broadcast_to(np.array(kinds), values.shape[1])
    return [FITS[kind](values, weight, np.flatnonzero(kinds == kind)) for kind in FITS if kind in kinds]


def scaled(parts: Sequence[Part], values: np.ndarray) -> np.ndarray:
    """Return the scaled variables, (N, F) float32, of values (N, F)."""
    result = empty_array(values.shape, np.float32)
    for rows in slices(len(values), max(1, VALUES_AT_ONCE // values.shape[1])):
        block = values[rows]
        np.concatenate([part.scaled(block[:, part.columns]) for part in parts], axis=1, out=result[rows])
    return result


def standardisation(values: np.ndarray, weight: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return scale and offset, (F,) float64: values * scale + offset has weighted mean 0 and deviation 1.

    EFPs range over 40 orders of magnitude, so all is float64, and no deviation is too small to divide by. A
    constant variable becomes 0.

    Parameters
    ----------
    values : shape (N, F).
    weight : shape (N,).
    """
    blocks = slices(len(values), max(1, VALUES_AT_ONCE // values.shape[1]))
    magnitude = np.max([np.abs(values[rows]).max(axis=0) for rows in blocks], axis=0)
    magnitude[magnitude == 0] = 1
    sums = sum((values[rows] / magnitude * weight[rows, None]).sum(axis=0) for rows in blocks)
    total = weight[:, None].sum(axis=0)
    mean = sums / total
    squares = sum(
        ((values[rows] / magnitude - mean) ** 2 * weight[rows, None]).sum(axis=0) for rows in blocks
    )
    spread = np.sqrt(squares / total)
    constant = spread <= 1e-12 * np.abs(mean)
    scale = np.where(constant, 0, 1 / np.where(constant, 1, spread))
    return scale / magnitude, -mean * scale


def fit_image_scaling(events: Events, settings: Mapping) -> dict[str, tuple[np.ndarray, np.ndarray]]:
    """Return scale and offset of images or cells where `image_scaling` is `standard`, or else nothing.

    values * scale + offset has weighted mean 0 and deviation 1 (arXiv:2102.02278, appendix).

    Parameters
    ----------
    events
        Training events; as sets for a network of sets.
    settings
        `image_scaling`; `image_pixels`: whether networks see the sums of cells.

    Returns
    -------
    Of sets: `energy` of the cells, shape (), and `place`, eta and phi, shape (2,). Else by the name of each
    image: of all its pixels, empty ones included, shape ().
    """
    if settings["image_scaling"] != STANDARD or not events.images:
        return {}
    if events.sets:
        features = np.concatenate(
            [
                np.column_stack([images.energy, pixel_positions(events.grids[name])[images.pixel]])
                for name, images in events.images.items()
            ]
        )
        weight = np.concatenate(
            [np.repeat(events.weight, images.counts) for images in events.images.values()]
        )
        scale, offset = standardisation(features, weight)
        return {"energy": (scale[0], offset[0]), "place": (scale[1:], offset[1:])}
    found = {}
    for name, images in events.images.items():
        if settings["image_pixels"] == "cells":
            images = cell_images(images, events.grids[name])
        # All empty pixels as one, of their common weight.
        weight = np.repeat(events.weight, images.counts)
        empty = images.shape[0] * images.shape[1] * events.weight.sum() - weight.sum()
        values = np.append(images.energy.astype(np.float64), 0)[:, None]
        scale, offset = standardisation(values, np.append(weight, empty))
        found[name] = scale[0], offset[0]
    return found


def _fit_standard(values: np.ndarray, weight: np.ndarray, columns: np.ndarray) -> Part:
    return Part("standard", columns, *standardisation(_columns(values, columns), weight))


def _fit_log(values: np.ndarray, weight: np.ndarray, columns: np.ndarray) -> Part:
    used = weight > 0
    centre = np.array([np.median(values[used, column]) for column in columns])
    unit = np.array(
        [_unit(values[used, column], middle) for column, middle in zip(columns, centre, strict=True)]
    )
    logarithms = empty_array((len(values), len(columns)))
    for rows in slices(len(values), max(1, VALUES_AT_ONCE // values.shape[1])):
        logarithms[rows] = logarithm(values[rows][:, columns], centre, unit)
    return Part("log", columns, *standardisation(logarithms, weight), centre, unit)


def _fit_quantile(values: np.ndarray, weight: np.ndarray, columns: np.ndarray) -> Part:
    edges = np.full((len(columns), KNOTS), np.inf)
    quantiles = np.zeros((len(columns), KNOTS))
    for row, column in enumerate(columns):
        knots = normal_quantiles(values[:, column], weight)
        edges[row, : len(knots[0])], quantiles[row, : len(knots[0])] = knots
        quantiles[row, len(knots[0]) :] = knots[1][-1]
    return Part("quantile", columns, edges=edges, quantiles=quantiles)


# In the order of the parts.
FITS = {"standard": _fit_standard, "log": _fit_log, "quantile": _fit_quantile}


def normal_quantiles(values: np.ndarray, weight: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return at most `KNOTS` values of a variable, rising, and the normal quantiles of their mean ranks.

    Parameters
    ----------
    values : shape (N,)
    weight : shape (N,), not negative
    """
    values, weight = values[weight > 0], weight[weight > 0]
    order = np.argsort(values, kind="stable")
    values, weight = values[order], weight[order]
    # Runs of values that are the same.
    first = np.flatnonzero(np.append(True, np.diff(values) > SAME * np.abs(values[1:])))
    total = np.add.reduceat(weight, first)
    rank = (np.cumsum(total) - total / 2) / total.sum()
    # From the last that has the smallest quantile to the first that has the largest.
    lowest = max(0, np.searchsorted(rank, SMALLEST, "right") - 1)
    at = np.unique([lowest, *np.searchsorted(rank, PROBABILITIES).clip(max=len(rank) - 1)])
    probabilities = np.clip(rank[at], SMALLEST, 1 - SMALLEST)
    return values[first[at]], np.array([*map(NORMAL.inv_cdf, probabilities)])


def _columns(values: np.ndarray, columns: np.ndarray) -> np.ndarray:
    """Return some columns, those of all variables without a copy."""
    return values if len(columns) == values.shape[1] else values[:, columns]


def _unit(values: np.ndarray, centre: float) -> float:
    """Return the median of the distances from the centre that are not 0, or else 1."""
    distances = np.abs(values - centre)
    distances = distances[distances > SAME * np.abs(centre)]
    return float(np.median(distances)) if len(distances) else 1.0
