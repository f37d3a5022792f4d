"""Networks of sets of cells: sizes, symmetries, safety of the EFN, training, ONNX, maps and filters."""

from dataclasses import replace
from functools import cache

import keras
import numpy as np
import onnxruntime
import pytest

from layouts import JETS, PHOTONS, random_split
from leptonid.train.epochs import Epochs
from leptonid.train.export import export_onnx, load_network
from leptonid.train.filters import plane_filters
from leptonid.train.fitting import fit_network
from leptonid.train.maps import gradients, image_maps, logit_of, occlusions, with_images
from leptonid.train.networks.classifier import build_classifier
from leptonid.train.networks.scaling import IMAGE_SCALINGS
from leptonid.train.scaling import STANDARD, fit_image_scaling, fit_scaling
from leptonid.train.training import predict, prediction_batch
from train.made_up import SETS, TRAINING, events_of, photons

KINDS = list(SETS)
SCALINGS = [*IMAGE_SCALINGS, STANDARD]
STANDARDISATION = {"energy": (0.4, -0.9), "place": (np.array([5.0, 4.0]), np.array([0.1, -0.2]))}
WIDTH = 24
GROUPS = random_split(JETS.contents, 40, seed=1)


def random_sets(events=50, width=WIDTH, features=4, seed=0):
    """Return sets of all sizes: the first is empty, the second full."""
    rng = np.random.default_rng(seed)
    cells = rng.uniform(-0.4, 0.4, (events, width, features)).astype(np.float32)
    cells[..., 0] = rng.exponential(1, (events, width))
    cells[..., 3:] = rng.integers(0, 2, cells[..., 3:].shape)
    counts = np.r_[0, width, rng.integers(1, width, events - 2)]
    cells[np.arange(width) >= counts[:, None]] = 0
    return cells


@cache
def logit_network(kind, scaling):
    keras.utils.set_random_seed(0)
    settings = {**SETS[kind], "image_scaling": scaling, "phi_units": 16, "units": 16}
    return logit_of(build_classifier({"cells": (None, 4)}, settings, standardisation=STANDARDISATION))


def logits(kind, cells, scaling):
    return np.asarray(logit_network(kind, scaling)({"cells": cells}))[:, 0]


@pytest.mark.parametrize(
    ("kind", "units", "count"),
    [("pfn", 300, 453_001), ("efn", 300, 452_701), ("pfn", 100, 51_001), ("efn", 100, 50_901)],
)
def test_the_networks_of_the_muons_have_their_numbers_of_parameters(kind, units, count):
    """arXiv:2102.02278, table I, and with the units of its text."""
    settings = {**SETS[kind], "phi_dense": 3, "phi_units": units, "dense": 3, "units": units}
    assert build_classifier({"cells": (None, 3)}, settings).count_params() == count
    # A flag tells a second calorimeter from the first.
    assert build_classifier({"cells": (None, 4)}, settings).count_params() == count + units


@pytest.mark.parametrize("scaling", SCALINGS)
@pytest.mark.parametrize("kind", KINDS)
def test_neither_order_nor_padding_nor_the_place_of_nothing_counts(kind, scaling):
    cells = random_sets()
    expected = logits(kind, cells, scaling)
    assert expected.std() > 0.01
    rng = np.random.default_rng(1)
    permuted = np.stack([event[rng.permutation(WIDTH)] for event in cells])
    np.testing.assert_allclose(logits(kind, permuted, scaling), expected, rtol=0, atol=2e-6)
    padded = np.pad(cells, ((0, 0), (0, 20), (0, 0)))
    np.testing.assert_allclose(logits(kind, padded, scaling), expected, rtol=0, atol=2e-6)
    garbage = cells.copy()
    garbage[cells[..., 0] == 0, 1:] = rng.normal(0, 10, (int((cells[..., 0] == 0).sum()), 3))
    np.testing.assert_array_equal(logits(kind, garbage, scaling), expected)


@pytest.mark.parametrize("scaling", SCALINGS)
def test_an_efn_is_collinear_safe_and_a_pfn_is_not(scaling):
    """Every cell becomes two at its place, of unequal shares."""
    cells = random_sets()
    first, second = cells.copy(), cells.copy()
    share = np.random.default_rng(2).uniform(0.1, 0.9, cells.shape[:2])
    first[..., 0] *= share
    second[..., 0] -= first[..., 0]
    split = np.concatenate([first, second], axis=1)
    np.testing.assert_allclose(
        logits("efn", split, scaling), logits("efn", cells, scaling), rtol=0, atol=5e-6
    )
    assert np.abs(logits("pfn", split, scaling) - logits("pfn", cells, scaling)).mean() > 0.01


@pytest.mark.parametrize("scaling", SCALINGS)
def test_an_efn_is_infrared_safe_and_a_pfn_is_not(scaling):
    """A cell of little energy more: the change falls with its energy, that of a PFN does not."""
    cells = random_sets()[1:]

    def changes(kind, energy):
        more = np.concatenate(
            [cells, np.full((len(cells), 1, 4), [energy, 0.3, -0.2, 1], np.float32)], axis=1
        )
        return np.abs(logits(kind, more, scaling) - logits(kind, cells, scaling)).mean()

    assert changes("efn", 1e-1) > 1e-4
    assert changes("efn", 1e-4) < 2e-3 * changes("efn", 1e-1) + 1e-6
    assert changes("pfn", 1e-4) > 1e-3


def test_weights_of_an_efn_keep_the_scale_but_for_fractions():
    cells = random_sets()[1:]
    louder = cells * np.array([3, 1, 1, 1], np.float32)
    same = {scaling: np.allclose(logits("efn", louder, scaling), logits("efn", cells, scaling), atol=1e-5)
            for scaling in SCALINGS}  # fmt: skip
    assert same == {"none": False, "log": False, "sum": True, "standard": False}


def fitted(kind, folder):
    settings = {**SETS[kind], **TRAINING, "epochs": 2, "dropout": 0.0, "image_scaling": STANDARD}
    return fit_network(photons(240, 0), photons(120, 1), settings, "float32", Epochs(folder, ""))


def test_a_training_is_reproducible_and_its_model_scores_images_and_variables(tmp_path):
    model, history = fitted("pfn", tmp_path / "0")
    scores = predict(model, photons(120, 1))
    again, _ = fitted("pfn", tmp_path / "1")
    np.testing.assert_array_equal(predict(again, photons(120, 1)), scores)
    assert history["loss"].iloc[-1] < history["loss"].iloc[0]
    # The saved network, whose scaling is inside, gives the loss of the training.
    y = photons(120, 1).y
    loss = -np.mean(np.log(np.where(y == 1, scores, 1 - scores)))
    assert loss == pytest.approx(history["val_loss"].min(), rel=1e-4)


def test_batches_of_any_numbers_of_cells_train(tmp_path, monkeypatch):
    """The first two batches have events of one cell, later ones of many."""
    images = np.zeros((96, 20, 24, 1), np.float32)
    images[:, ::8, ::8] = 1 + np.random.default_rng(0).random((96, 3, 3, 1))
    images[:64, 1:] = 0
    images[:64, :, 1:] = 0
    grids = PHOTONS.contents.images
    events = replace(events_of(np.arange(96) % 2, tower=images), grids=grids)
    monkeypatch.setattr("leptonid.train.batches.Batches._shuffled", lambda batches: None)
    settings = {**SETS["efn"], **TRAINING, "batch": 32, "epochs": 1}
    _, history = fit_network(events, events, settings, "float32", Epochs(tmp_path, ""))
    assert np.isfinite(history["loss"]).all()


def test_more_cells_are_scored_in_smaller_batches():
    model = build_classifier({"cells": (None, 3)}, SETS["pfn"])
    assert prediction_batch(model, 10**5) < prediction_batch(model, 10**4) < prediction_batch(model, 10)


def jets(flat=True):
    events = events_of(
        GROUPS["y"],
        GROUPS["moments"].astype(np.float64) if flat else None,
        **{name: GROUPS[name] for name in JETS.images},
    )
    return replace(events, grids=JETS.contents.images)


@pytest.mark.parametrize(
    ("kind", "scaling"),
    [("pfn", "log"), ("pfn", "standard"), ("efn", "none"), ("efn", "log"), ("efn", "standard")],
)
def test_saved_and_as_onnx_it_scores_alike(kind, scaling, tmp_path):
    keras.utils.set_random_seed(3)
    events = jets().as_sets()
    flat = fit_scaling(events.flat, events.weight)
    settings = {**SETS[kind], "image_scaling": scaling}
    images = fit_image_scaling(events, settings)
    model = build_classifier(events.shapes, settings, flat, standardisation=images)
    expected = predict(model, jets())
    assert expected.std() > 0.01
    model.save(tmp_path / "model.keras")
    np.testing.assert_array_equal(predict(load_network(tmp_path / "model.keras"), jets()), expected)
    export_onnx(model, tmp_path / "model.onnx")
    session = onnxruntime.InferenceSession(tmp_path / "model.onnx")
    assert {value.name: value.shape for value in session.get_inputs()} == {
        "cells": ["events", "cells", 5], "flat": ["events", 9],
    }  # fmt: skip
    for rows in (slice(None), [7]):
        (scores,) = session.run(["score"], events.batch(rows))
        np.testing.assert_allclose(scores[:, 0], expected[rows], rtol=0, atol=1e-5)


@pytest.mark.parametrize("kind", KINDS)
def test_maps_are_slopes_and_differences_of_the_logit_of_sets(kind):
    keras.utils.set_random_seed(4)
    events = photons(30, 2).with_flat(None)
    grids, logit = PHOTONS.contents.images, logit_of(build_classifier(events.as_sets().shapes, SETS[kind]))
    every, filled = (with_images(logit, grids, cells) for cells in (120, events.as_sets().most_cells))
    x, sets = events.batch(), events.as_sets()
    expected = np.asarray(logit(sets.batch()))[:, 0]
    for model in (every, filled):
        np.testing.assert_allclose(np.asarray(model(x))[:, 0], expected, atol=1e-6)
    cells = sets.images["tower"].dense()
    place = np.unravel_index(np.argmax(cells.reshape(30, -1), axis=1), (10, 12))
    slopes = gradients(every, x, {"tower": 2}, batch=16)["tower"]
    added = occlusions(filled, x, "tower", 2)
    assert (slopes[cells[..., 0] == 0] != 0).any() == (kind == "efn")
    step = 1e-2
    for event in (0, 17, 29):
        row, column = (axis[event] for axis in place)

        def changed(factor, event=event, row=row, column=column):
            pixels = x["tower"][[event]].copy()
            pixels[0, 2 * row : 2 * row + 2, 2 * column : 2 * column + 2] *= factor
            return float(np.asarray(every({"tower": pixels}))[0, 0])

        energy = cells[event, row, column, 0]
        slope = (changed(1 + step) - changed(1 - step)) / (2 * step * energy)
        assert slopes[event, row, column] == pytest.approx(slope, rel=0.05, abs=1e-4)
        assert added[event, row, column] == pytest.approx(expected[event] - changed(0), abs=1e-5)
    assert len(image_maps(build_classifier(sets.shapes, SETS[kind]), events, grids, seed=0)) == 2 * 120


def test_filters_are_phi_over_the_plane_by_weight():
    keras.utils.set_random_seed(5)
    events = jets(flat=False).as_sets()
    model = build_classifier(events.shapes, SETS["efn"])
    grids = JETS.contents.images
    table = plane_filters(model, grids, points=3).to_pandas()
    assert list(table["image"].unique()) == list(grids)
    assert (table.groupby("image", sort=False).size() == SETS["efn"]["phi_units"]).all()
    kernels, biases = zip(*(model.get_layer(f"phi_{layer}").get_weights() for layer in (1, 2)), strict=True)
    outgoing = model.get_layer("dense_1").get_weights()[0]
    for number, (name, rows) in enumerate(table.groupby("image", sort=False)):
        assert rows["weight"].is_monotonic_decreasing
        left, right, bottom, top = grids[name].extent
        flags = [float(number == other) for other in (1, 2)]
        places = [[eta / 0.1, phi / 0.1, *flags] for phi in (bottom, 0, top) for eta in (left, 0, right)]
        hidden = np.array(places)
        for kernel, bias in zip(kernels, biases, strict=True):
            hidden = np.maximum(hidden @ kernel + bias, 0)
        for row in rows.itertuples():
            np.testing.assert_allclose(row.values, hidden[:, row.filter], atol=1e-5)
            weight = np.linalg.norm(hidden[:, row.filter]) * np.linalg.norm(outgoing[row.filter])
            assert row.weight == pytest.approx(weight, rel=1e-4, abs=1e-6)
