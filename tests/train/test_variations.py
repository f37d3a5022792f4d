"""Test events with changed cells."""

import json

import numpy as np
import pandas as pd
import pytest
from scipy.ndimage import shift as shifted_by_scipy

from layouts import PHOTONS
from leptonid.study.layout import Grid
from leptonid.tables.cells import SparseImages
from leptonid.train.export import load_network
from leptonid.train.networks.classifier import build_classifier
from leptonid.train.training import predict
from leptonid.train.variations import Change, changed_images, scores_of_changes
from train import vary_events
from train.made_up import CNN, events_of, table_options

GRID = Grid("tower", "barrel", 4, 6, 0.1, 0.1)
COARSE = Grid("tower", "barrel", 4, 6, 0.1, 0.1, pixels_per_cell=2)


def images(grid=GRID, count=30, seed=0):
    """Return images whose cells are spread evenly over their pixels."""
    rng = np.random.default_rng(seed)
    cells = rng.exponential(size=(count, grid.cell_rows, grid.cell_columns))
    cells *= rng.uniform(size=cells.shape) < 0.4
    side = grid.pixels_per_cell
    return (cells.repeat(side, 1).repeat(side, 2) / side**2)[..., None].astype(np.float32)


def changed(pixels, grid=GRID, seed=0, **change):
    made = changed_images(
        SparseImages.from_dense(pixels), grid, Change(**change), np.random.default_rng(seed)
    )
    return made.dense()


@pytest.mark.parametrize("grid", [GRID, COARSE], ids=["fine", "coarse"])
def test_no_change_changes_nothing(grid):
    assert np.array_equal(changed(images(grid), grid), images(grid))


def test_a_scale_is_a_factor_on_every_cell():
    np.testing.assert_allclose(changed(images(), scale=1.05), 1.05 * images(), rtol=1e-6)


def test_cells_below_a_threshold_become_empty_after_the_scale():
    made = changed(images(), scale=2, threshold=1)
    np.testing.assert_allclose(made, np.where(2 * images() < 1, 0, 2 * images()), rtol=1e-6)
    coarse = images(COARSE)
    energy = 4 * coarse
    np.testing.assert_allclose(changed(coarse, COARSE, threshold=0.5), np.where(energy < 0.5, 0, coarse))


def test_smearing_gives_every_cell_a_gaussian_factor_of_its_own():
    pixels = np.ones((4000, 4, 6, 1), np.float32)
    factors = changed(pixels, smear=0.2)
    assert factors.mean() == pytest.approx(1, abs=0.003)
    assert factors.std() == pytest.approx(0.2, rel=0.02)
    assert abs(np.corrcoef(factors[:, 0, 0, 0], factors[:, 0, 1, 0])[0, 1]) < 0.05
    assert changed(pixels, smear=2).min() == 0
    assert np.array_equal(factors, changed(pixels, smear=0.2))
    coarse = changed(pixels, COARSE, smear=0.2).reshape(-1, 2, 2, 3, 2)
    assert (coarse == coarse[:, :, :1, :, :1]).all()


@pytest.mark.parametrize("axes", [("-phi", "eta"), ("eta", "phi"), ("phi", "-eta")])
@pytest.mark.parametrize("share", [(0.25, 0), (0, -0.4), (-0.3, 0.6), (1, 0)])
def test_a_shift_divides_energy_between_neighbours(axes, share):
    grid = Grid("tower", "barrel", 4, 6, 0.1, 0.1, row_axis=axes[0], column_axis=axes[1])
    along = dict(zip(("eta", "phi"), share, strict=True))
    steps = [(-1 if axis.startswith("-") else 1) * along[axis.strip("-")] for axis in axes]
    expected = [shifted_by_scipy(image[..., 0], steps, order=1, mode="grid-constant") for image in images()]
    np.testing.assert_allclose(changed(images(), grid, shift=share)[..., 0], expected, atol=1e-6)


def test_a_shift_of_coarse_cells_is_in_units_of_cells():
    cells = images(COARSE).reshape(-1, 2, 2, 3, 2).sum(axis=(2, 4))[..., None]
    made = changed(images(COARSE), COARSE, shift=(0.25, 0.5))
    coarse = made.reshape(-1, 2, 2, 3, 2)
    fine = changed(cells, Grid("tower", "barrel", 2, 3, 0.2, 0.2), shift=(0.25, 0.5))
    np.testing.assert_allclose(coarse.sum(axis=(2, 4)), fine[..., 0], rtol=1e-5)
    assert (coarse == coarse[:, :, :1, :, :1]).all()


def test_only_named_images_change_and_variables_stay():
    flat = np.random.default_rng(1).normal(size=(30, 2))
    events = events_of(np.arange(30) % 2, flat, tower=images(), other=images(seed=1))

    def score(events):
        sums = [events.images[name].dense().sum(axis=(1, 2, 3)) for name in ("tower", "other")]
        return np.column_stack([*sums, events.flat[:, 0]]) @ [1, 100, 1e4]

    changes = {"both": Change(scale=2), "one": Change(scale=2, images=("other",))}
    table = scores_of_changes(score, events, {"tower": GRID, "other": GRID}, changes, 0).to_pandas()
    assert list(table) == ["event", "y", "weight", "score", "score_both", "score_one"]
    tower, other = (images(seed=seed).sum(axis=(1, 2, 3)) for seed in (0, 1))
    np.testing.assert_allclose(table["score_both"] - table["score"], tower + 100 * other, rtol=1e-4)
    np.testing.assert_allclose(table["score_one"] - table["score"], 100 * other, rtol=1e-4)


def test_the_program_scores_the_test_events_with_every_change(photon_tables, tmp_path, monkeypatch):
    # The threads of TensorFlow cannot change once a test has used it.
    monkeypatch.setattr(vary_events, "use_threads", lambda threads: None)
    layout = PHOTONS.contents.as_settings()
    events = photon_tables.read("test", photon_tables.inputs(["tower"], layout))
    model = build_classifier(events.shapes, CNN)
    model.save(tmp_path / "model.keras")
    changes = [["up", {"scale": 1.5}], ["none", {"scale": 1}]]
    settings = {"inputs": ["tower"], "layout": layout, "changes": changes, "seed": 0}
    output = tmp_path / "variations.feather"
    options = [
        "--model",
        str(tmp_path / "model.keras"),
        *table_options(photon_tables),
        "--output",
        str(output),
    ]
    vary_events.main([*options, "--settings", json.dumps(settings)])
    table = pd.read_feather(output)
    expected = predict(load_network(tmp_path / "model.keras"), events)
    assert table["score"].to_numpy() == pytest.approx(expected)
    assert table["score_none"].tolist() == table["score"].tolist()
    assert (table["score_up"] != table["score"]).any()
