"""Sampled test events with their scores and cells."""

import json

import numpy as np
import pyarrow as pa
import pytest

from evaluate import sample_events
from layouts import PHOTONS
from leptonid.errors import InputError
from leptonid.evaluate.sampled_events import sampled_table, spread_rows
from leptonid.metrics.scored_events import read_test_scores
from leptonid.tables.cells import SparseImages, cell_batch, cell_schema
from leptonid.tables.feather import read_feather, write_batches, write_feather
from random_scores import labels

(GRID,) = PHOTONS.grids.values()


@pytest.mark.parametrize(
    ("signal", "background", "count", "expected"),
    [
        (50, 50, 20, (10, 10)),
        (3, 50, 20, (3, 17)),
        (50, 3, 20, (17, 3)),
        (5, 5, 20, (5, 5)),
        (9, 9, 5, (2, 3)),
    ],
)
def test_half_of_the_events_is_signal_if_there_is_as_much(signal, background, count, expected):
    y = np.random.default_rng(0).permutation(np.repeat([1, 0], [signal, background]))
    rows = spread_rows(y, count)
    assert (np.diff(rows) > 0).all()
    assert ((y[rows] == 1).sum(), (y[rows] == 0).sum()) == expected


def test_events_come_from_everywhere_in_the_file():
    rows = spread_rows(np.repeat([1, 0], 1000), 20)
    assert rows[[0, 9, 10, 19]].tolist() == [0, 999, 1000, 1999]
    assert np.diff(rows).max() <= 112


@pytest.fixture
def cells(tmp_path):
    """Return a table of random cells, in another order than the scores, and the images in it."""
    rng = np.random.default_rng(0)
    images = rng.exponential(2, (400, *GRID.shape)).astype(np.float32)
    images[rng.uniform(size=images.shape) < 0.9] = 0
    path = tmp_path / "cells.feather"
    batch = cell_batch(SparseImages.from_dense(images), 1000, cell_schema("test", GRID, pa.float32()))
    write_batches([batch.take(pa.array(rng.permutation(400)))], batch.schema, path)
    return path, images.reshape(400, -1)


def test_rows_have_the_scores_and_cells_of_their_events(write, cells, tmp_path):
    paths = [write.scores(f"{name}.feather", seed=seed) for seed, name in enumerate("ab")]
    path, images = cells
    output = tmp_path / "sampled.feather"
    settings = {"scores": ["a", "b"], "grids": [vars(GRID)], "events": 30}
    sample_events.main(
        [
            "--scores",
            *paths,
            "--cells",
            str(path),
            "--settings",
            json.dumps(settings),
            "--output",
            str(output),
        ]
    )
    table = read_feather(output).to_pylist()
    scored = read_test_scores(["a", "b"], paths)
    event, y = labels(400)
    assert len(table) == 30
    for row in table:
        place = row["event"] - event[0]
        assert row["y"] == y[place]
        for name in "ab":
            assert row[f"score/{name}"] == scored[name].scores[0][place]
        dense = np.zeros(GRID.pixels, np.float32)
        dense[row["cell/barrel"]] = row["et/barrel"]
        np.testing.assert_array_equal(dense, images[place])


def test_an_event_without_cells_is_named(write, cells, tmp_path):
    scored = read_test_scores(["a"], [write.scores("a.feather")])
    table = read_feather(cells[0])
    write_feather(table.filter(pa.array(table["event"].to_numpy() != 1000)), tmp_path / "less.feather")
    with pytest.raises(InputError, match=r"less\.feather: lacks event 1000"):
        sampled_table(scored, {"barrel": (tmp_path / "less.feather", GRID)}, 400)
