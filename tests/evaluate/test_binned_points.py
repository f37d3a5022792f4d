"""Efficiencies of thresholds in bins."""

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from leptonid.errors import InputError
from leptonid.evaluate.binned_points import COLUMNS, working_points_table
from leptonid.evaluate.binning import filled_cells, read_cell_numbers
from leptonid.metrics.binomial import binomial_interval
from leptonid.metrics.scored_events import ScoredEvents
from leptonid.metrics.working_points import EFFICIENCIES
from leptonid.study.layout import Grid
from leptonid.tables.cells import SparseImages, cell_batch, cell_schema
from leptonid.tables.feather import write_batches


def events(seed, count=600, trainings=1, weighted=False):
    """Return scores that rise with pT, and pT."""
    rng = np.random.default_rng(seed)
    y, pt = rng.permutation(np.arange(count) % 2), rng.uniform(10, 60, count)
    scores = rng.normal(2 * y + pt / 30, size=(trainings, count)).round(1)
    weight = rng.exponential(size=count) if weighted else None
    return ScoredEvents(y, scores, weight, np.arange(count)), pt


@pytest.fixture(params=[False, True], ids=["alike", "weighted"])
def tables(request):
    """Return test and validation events with their pT, and the table."""
    test, valid = (events(seed, trainings=2, weighted=request.param) for seed in (0, 1))
    return test, valid, working_points_table("hl", test[0], valid[0], {"pt": test[1]}, valid[1])


def test_every_row_is_a_count_of_the_test_events_that_pass(tables):
    (test, pt), _, table = tables
    assert list(table) == list(COLUMNS)
    assert len(table) == 2 * len(EFFICIENCIES) * (1 + 5 + 5)
    assert set(table["weighted"]) == {bool((test.weight != 1).any())}
    for row in table.itertuples():
        inside = (pt >= row.low) & ((pt < row.high) | (pt == pt.max()) & (row.high == pt.max()))
        inside |= row.variable == "all"
        passes = test.scores[row.training] >= row.threshold
        for value, name in ((1, "signal"), (0, "background")):
            own = inside & (test.y == value)
            expected = test.weight[own & passes].sum() / test.weight[own].sum()
            assert getattr(row, name) == own.sum()
            assert getattr(row, f"{name}_efficiency") == pytest.approx(expected)
            effective = test.weight[own].sum() ** 2 / (test.weight[own] ** 2).sum()
            limits = binomial_interval(expected, effective)
            assert getattr(row, f"{name}_efficiency_low") == pytest.approx(limits[0])
            assert getattr(row, f"{name}_efficiency_high") == pytest.approx(limits[1])
        if expected:
            assert row.rejection == pytest.approx(1 / expected)
            assert (row.rejection_low, row.rejection_high) == pytest.approx((1 / limits[1], 1 / limits[0]))


def test_thresholds_are_the_tightest_with_that_efficiency_in_the_validation_events(tables):
    _, (valid, pt), table = tables
    for row in table[table["variable"] == "pt"].itertuples():
        own = valid.y == 1
        if row.thresholds == "flat in pt":
            first, last = row.low == table["low"].min(), row.high == table["high"].max()
            own &= ((pt >= row.low) | first) & ((pt < row.high) | last)
        scores, weight = valid.scores[row.training][own], valid.weight[own]
        kept, tighter = (
            weight[passes].sum() / weight.sum()
            for passes in (scores >= row.threshold, scores > row.threshold)
        )
        assert tighter < row.working_point <= kept + 1e-9
        assert row.threshold in scores


def test_thresholds_per_bin_flatten_the_efficiency():
    (test, pt), (valid, valid_pt) = (events(seed, 6000) for seed in (0, 1))
    table = working_points_table("hl", test, valid, {"pt": pt}, valid_pt)
    at_half = table[(table["variable"] == "pt") & (table["working_point"] == 0.5)]
    spread = at_half.groupby("thresholds")["signal_efficiency"].agg(np.ptp)
    assert spread["flat in pt"] < 0.3 * spread["common"]


def test_bins_that_hold_nothing_of_a_class_have_no_numbers():
    y = np.repeat([1, 0, 1, 0], 10)
    test = ScoredEvents(y, np.linspace(0, 1, 40)[None], None, np.arange(40))
    pt = np.repeat([1.0, 1.0, 2.0, 3.0], 10)
    table = working_points_table("hl", test, test, {"pt": pt}, pt)
    bins = table[(table["variable"] == "pt") & (table["working_point"] == 0.9)]
    assert list(np.isnan(bins["background_efficiency"])) == [False, False] * 2
    # No signal in the last bin: neither its efficiency nor a threshold.
    lacking = working_points_table("hl", test, test.take(pt < 2), {"pt": pt}, pt[pt < 2])
    flat = lacking[lacking["thresholds"] == "flat in pt"]
    assert flat[flat["low"] == 2][["threshold", "signal_efficiency", "rejection"]].isna().all().all()
    # No event passes the threshold at the top.
    assert table["rejection"].isna().any() == (table["background_efficiency"] == 0).any()


def test_without_pt_no_threshold_is_per_bin():
    test, _ = events(0)
    table = working_points_table("hl", test, test, {"cells": np.arange(600) % 7}, None)
    assert set(table["thresholds"]) == {"common"}
    assert set(table["variable"]) == {"all", "cells"}


def test_cells_are_counted_once_whatever_their_pixels():
    grid = Grid("image", "barrel", 4, 6, 0.1, 0.1, pixels_per_cell=2)
    images = np.random.default_rng(0).poisson(0.15, (50, *grid.shape)).astype(np.float32)
    expected = images.reshape(50, 2, 2, 3, 2).any(axis=(2, 4)).sum(axis=(1, 2))
    assert filled_cells(SparseImages.from_dense(images), grid).tolist() == expected.tolist()


def test_cell_numbers_are_summed_over_calorimeters(tmp_path):
    grid = Grid("image", "barrel", 2, 3, 0.1, 0.1)
    schema = cell_schema("test", grid, pa.float32())
    images = SparseImages.from_dense(np.arange(24, dtype=np.float32).reshape(4, 2, 3, 1) % 5)
    path = tmp_path / "cells.feather"
    write_batches([cell_batch(images, 0, schema)], schema, path)
    scored = ScoredEvents(np.array([0, 1, 0, 1]), np.zeros((1, 4)), None, np.arange(4))
    assert read_cell_numbers([(path, grid)] * 2, scored).tolist() == (2 * images.counts).tolist()
    with pytest.raises(InputError, match=r"cells\.feather: its events are not those of the scores"):
        read_cell_numbers([(path, grid)], scored.take(scored.y == 1))


def test_the_table_has_types_where_it_has_no_numbers():
    test, _ = events(0)
    table = working_points_table("hl", test, test, {}, None)
    assert len(table) == len(EFFICIENCIES)
    assert isinstance(table["low"].dtype, np.dtype)
    assert pd.isna(table["low"]).all()
