"""Mean images of both classes, of a rectangular image."""

import numpy as np
import pyarrow as pa
import pytest

from layouts import PHOTONS
from leptonid.errors import InputError
from leptonid.evaluate.images import average_images
from leptonid.tables.cells import SparseImages, cell_batch, cell_schema
from leptonid.tables.feather import read_feather, write_batches, write_feather
from random_scores import labels

(GRID,) = PHOTONS.grids.values()


@pytest.fixture
def cells(tmp_path):
    """Return a table of random cells, and the images (400, rows, columns) in it."""
    rng = np.random.default_rng(0)
    images = rng.exponential(2, (400, *GRID.shape)).astype(np.float32)
    images[rng.uniform(size=images.shape) < 0.8] = 0
    schema = cell_schema("train", GRID, pa.float32())
    path = tmp_path / "cells.feather"
    write_batches([cell_batch(SparseImages.from_dense(images), 1000, schema)], schema, path)
    return path, images[..., 0].astype(np.float64)


def test_the_mean_image_is_the_weighted_mean_of_dense_images(write, cells):
    path, images = cells
    weight = np.random.default_rng(1).uniform(0.5, 2, 400)
    table = average_images(write.events("train.feather", weight=weight), path, GRID).set_index("class")
    y = labels(400)[1]
    for kind, value in (("signal", 1), ("background", 0)):
        rows = table.loc[kind]
        mean = np.zeros(GRID.shape[:2])
        mean[rows["row"], rows["column"]] = rows["mean"]
        expected = np.average(images[y == value], axis=0, weights=weight[y == value])
        np.testing.assert_allclose(mean, expected, rtol=1e-12)
        np.testing.assert_array_equal(rows["events"], (images[y == value] > 0).sum(axis=0).ravel())


def test_cells_are_matched_to_events_in_any_order(write, cells, tmp_path):
    path, _ = cells
    order = np.random.default_rng(0).permutation(400)
    write_feather(read_feather(path).take(order), tmp_path / "shuffled.feather")
    events = write.events("train.feather")
    expected = average_images(events, path, GRID)
    assert average_images(events, tmp_path / "shuffled.feather", GRID).equals(expected)


def test_events_in_only_one_table_are_refused(write, cells):
    with pytest.raises(InputError, match="event 1398 is in only one of them"):
        average_images(write.events("train.feather", count=398), cells[0], GRID)
