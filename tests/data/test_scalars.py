"""Scalars of images against sums over their cells in plain Python."""

import json
import math
from dataclasses import replace

import numpy as np
import pyarrow as pa
import pytest

from data import compute_scalars
from layouts import ELECTRONS, JETS, PHOTONS, random_split
from leptonid.data.scalars import image_scalars
from leptonid.study.scalars import SCALARS
from leptonid.tables.cells import SparseImages, cell_batch, cell_schema
from leptonid.tables.feather import metadata_of, read_feather, write_batches


def slow_scalars(image, grid):
    """Return the scalars of one image, (rows, columns)."""
    side = grid.pixels_per_cell
    size = {"eta": grid.cell_eta, "phi": grid.cell_phi}
    row_size, column_size = (size[axis.strip("-")] for axis in (grid.row_axis, grid.column_axis))
    cells = []
    for row in range(grid.cell_rows):
        for column in range(grid.cell_columns):
            et = sum(
                float(image[row * side + i, column * side + j]) for i in range(side) for j in range(side)
            )
            along = (row + 0.5 - grid.cell_rows / 2) * row_size
            across = (column + 0.5 - grid.cell_columns / 2) * column_size
            cells.append((et, math.hypot(along, across)))
    total = sum(et for et, _ in cells)
    return {
        "sum_et": total,
        "cells": sum(et != 0 for et, _ in cells),
        "max_et": max(0, *(et for et, _ in cells)),
        "girth": sum(et * theta for et, theta in cells) / total if total > 0 else 0,
    }


@pytest.mark.parametrize("layout", [ELECTRONS, PHOTONS, JETS], ids=["electrons", "photons", "jets"])
def test_scalars_are_sums_over_cells(layout):
    groups = random_split(layout.contents, 6, 1)
    for name, grid in layout.contents.images.items():
        images = groups[name][..., 0].copy()
        images[4] = 0
        images[5] *= -1
        images[2, -1, -1] += 3
        found = image_scalars(SparseImages.from_dense(images[..., None]), grid)
        assert list(found) == list(SCALARS)
        for event, image in enumerate(images):
            expected = slow_scalars(image, grid)
            assert {key: values[event] for key, values in found.items()} == pytest.approx(expected, rel=1e-6)


def test_the_table_has_all_calorimeters_in_parts_of_any_size(tmp_path, monkeypatch):
    groups = random_split(JETS.contents, 20, 2)
    paths, expected = [], {}
    for name, grid in JETS.contents.images.items():
        images = SparseImages.from_dense(groups[name])
        schema = cell_schema("valid", grid, pa.float32())
        paths.append(tmp_path / f"{name}.feather")
        write_batches([cell_batch(images, 0, schema)], schema, paths[-1])
        expected |= {
            f"{grid.calorimeter}/{key}": values for key, values in image_scalars(images, grid).items()
        }
    monkeypatch.setattr(compute_scalars, "ROWS_AT_ONCE", 7)
    settings = {"images": {grid.calorimeter: vars(grid) for grid in JETS.contents.images.values()}}
    output = tmp_path / "scalars.feather"
    options = ["--cells", *paths, "--split", "valid", "--output", output, "--settings", json.dumps(settings)]
    compute_scalars.main(list(map(str, options)))
    table = read_feather(output)
    assert metadata_of(table) == {"split": "valid", "table": "scalars"}
    assert table.column_names == ["event", *expected]
    for name, values in expected.items():
        np.testing.assert_array_equal(table[name], values)


def test_a_cell_of_several_pixels_counts_once():
    grid = replace(ELECTRONS.grids["hcal"])
    image = np.zeros((1, *grid.shape))
    image[0, 4:8, 8:12, 0] = 0.5
    found = image_scalars(SparseImages.from_dense(image), grid)
    assert (found["cells"][0], found["max_et"][0], found["sum_et"][0]) == (1, 8, 8)
    assert found["girth"][0] == pytest.approx(math.hypot(2.5 * grid.cell_phi, 1.5 * grid.cell_eta))
