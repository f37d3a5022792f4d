"""Scalars of images: how much energy there is, in how many cells, and how far from the centre."""

from dataclasses import replace

import numpy as np

from leptonid.study.layout import Grid
from leptonid.tables.cells import SparseImages, cell_sums, pixel_positions


def image_scalars(images: SparseImages, grid: Grid) -> dict[str, np.ndarray]:
    """Return the scalars of N images by name, each (N,) float64; see `leptonid.study.scalars`.

    With ET the transverse energies of the calorimeter cells that are not 0 (a cell may be several pixels) and
    theta their distances in eta and phi from the image's centre: `sum_et`, the sum of ET; `cells`, the number
    of cells; `max_et`, the largest ET; `girth`, the sum of ET theta over the sum of ET, 0 where that is not
    positive.
    """
    event, cell, et = cell_sums(images, grid)
    count = len(images)
    whole = replace(grid, rows=grid.cell_rows, columns=grid.cell_columns, pixels_per_cell=1)
    theta = np.hypot(*pixel_positions(whole).T)[cell]
    total = np.bincount(event, et, count)
    largest = np.zeros(count)
    np.maximum.at(largest, event, et)
    moment = np.bincount(event, et * theta, count)
    return {
        "sum_et": total,
        "cells": np.bincount(event, et != 0, count),
        "max_et": largest,
        "girth": np.divide(moment, total, out=np.zeros(count), where=total > 0),
    }
