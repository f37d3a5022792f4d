"""Sparse images, and where their pixels lie."""

import numpy as np
import pyarrow as pa
import pytest

from layouts import ELECTRONS, PHOTONS
from leptonid.errors import InputError
from leptonid.tables.cells import (
    SparseImages,
    cell_batch,
    cell_images,
    cell_schema,
    padded_sets,
    pixel_positions,
    pixel_type,
    read_cells,
    upright,
)
from leptonid.tables.feather import write_batches, write_feather

ECAL, HCAL, BARREL = ELECTRONS.grids["ecal"], ELECTRONS.grids["hcal"], PHOTONS.grids["barrel"]


def random_images(count, grid, seed=0):
    rng = np.random.default_rng(seed)
    images = rng.exponential(1, (count, *grid.shape)).astype(np.float32)
    images[rng.random(images.shape) < 0.9] = 0
    images[count // 2] = 0
    return images


@pytest.mark.parametrize(
    "rows",
    [
        slice(None), slice(2, 5), slice(5, 2), slice(0, 0), np.array([3, 0, 3, 7]), np.array([], int),
        slice(None, None, 2), np.arange(8) % 3 == 0, slice(-3, None),
    ],
    ids=str,
)  # fmt: skip
def test_rows_of_sparse_images_are_those_of_the_dense_ones(rows):
    images = random_images(8, BARREL)
    sparse = SparseImages.from_dense(images)
    np.testing.assert_array_equal(sparse.dense(rows), images[rows])
    np.testing.assert_array_equal(sparse.take(rows).dense(), images[rows])
    assert sparse.dense(rows).dtype == np.float32


def test_images_can_be_joined():
    parts = [random_images(count, BARREL, seed) for seed, count in enumerate((3, 1, 4))]
    joined = SparseImages.concatenate([SparseImages.from_dense(part) for part in parts])
    np.testing.assert_array_equal(joined.dense(), np.concatenate(parts))
    assert joined.offsets.dtype == np.int64


def test_sparse_images_take_six_bytes_a_cell():
    sparse = SparseImages.from_dense(random_images(500, ECAL))
    assert sparse.pixel.itemsize + sparse.energy.itemsize == 6
    assert pixel_type(40_000) is np.int32


def test_images_of_cells_hold_the_sums_of_pixels():
    pixels = random_images(8, BARREL)
    cells = cell_images(SparseImages.from_dense(pixels), BARREL)
    expected = pixels.reshape(8, 10, 2, 12, 2).sum(axis=(2, 4))[..., None]
    np.testing.assert_allclose(cells.dense(), expected, rtol=1e-6)
    assert cells.shape == BARREL.of_cells.shape == (10, 12, 1)
    # The centre of a cell is the mean of the centres of its pixels.
    centres = pixel_positions(BARREL).reshape(10, 2, 12, 2, 2).mean(axis=(1, 3)).reshape(-1, 2)
    np.testing.assert_allclose(pixel_positions(BARREL.of_cells), centres, atol=1e-12)


@pytest.mark.parametrize("rows", [slice(None), slice(4, 5), np.array([6, 1, 4])], ids=str)
def test_sets_hold_energy_eta_phi_and_flags_of_the_pixels_of_all_images(rows):
    grids = [BARREL, HCAL, ECAL]
    images = [random_images(8, grid, seed) for seed, grid in enumerate(grids)]
    images[1][3], images[2][6] = 0, 0
    sets = padded_sets([SparseImages.from_dense(some) for some in images], grids, rows)
    expected = []
    for event in np.arange(8)[rows]:
        members = []
        for number, (some, grid) in enumerate(zip(images, grids, strict=True)):
            for pixel in np.flatnonzero(some[event]):
                flags = [float(number == other) for other in (1, 2)]
                members.append([some[event].ravel()[pixel], *pixel_positions(grid)[pixel], *flags])
        expected.append(members)
    longest = max(1, *map(len, expected))
    assert sets.shape == (len(expected), longest, 5)
    for found, members in zip(sets, expected, strict=True):
        np.testing.assert_allclose(found[: len(members)], np.reshape(members, (-1, 5)), rtol=1e-6)
        assert (found[len(members) :] == 0).all()


def test_point_clouds_hold_energy_eta_and_phi():
    images = np.zeros((3, *ECAL.shape), np.float32)
    images[0, 15, 15] = 2  # the centre
    images[2, 0, 30] = 1  # high phi, high eta
    images[2, 30, 15] = 3
    clouds = SparseImages.from_dense(images).point_clouds(pixel_positions(ECAL))
    assert [len(cloud) for cloud in clouds] == [1, 0, 2]
    np.testing.assert_allclose(clouds[0], [[2, 0, 0]])
    np.testing.assert_allclose(
        clouds[2], [[1, 15 * 0.025, 15 * np.pi / 126], [3, 0, -15 * np.pi / 126]], rtol=1e-12
    )


def test_columns_are_eta_and_rows_fall_in_phi():
    for grid, size, step in ((ECAL, 31, np.pi / 126), (HCAL, 32, np.pi / 124)):
        eta, phi = pixel_positions(grid).T.reshape(2, size, size)
        assert np.ptp(eta, axis=0).max() == 0
        assert np.ptp(phi, axis=1).max() == 0
        np.testing.assert_allclose(np.diff(eta[0]), 0.025, rtol=1e-12)
        np.testing.assert_allclose(np.diff(phi[:, 0]), -step, rtol=1e-12)
        np.testing.assert_allclose([eta.mean(), phi.mean()], 0, atol=1e-15)


def test_a_layout_turns_and_flips_its_images():
    eta, phi = pixel_positions(BARREL).T.reshape(2, 20, 24)
    np.testing.assert_allclose(np.diff(eta[:, 0]), 0.025, rtol=1e-12)
    np.testing.assert_allclose(np.diff(phi[0]), -np.pi / 128, rtol=1e-12)
    upright_eta, upright_phi = upright(eta, BARREL), upright(phi, BARREL)
    assert upright_eta.shape == (24, 20)
    assert (np.diff(upright_eta, axis=1) > 0).all()
    assert (np.diff(upright_phi, axis=0) < 0).all()
    np.testing.assert_array_equal(upright(eta[None], BARREL)[0], upright_eta)


def test_published_coordinates_stretch_angles_and_read_rows_as_eta():
    """By the public code: numpy.linspace over the edges of the image, rows first."""
    eta, phi = pixel_positions(ECAL, "published").T.reshape(2, 31, 31)
    np.testing.assert_array_equal(eta[:, 3], np.linspace(-0.3875, 0.3875, 31))
    np.testing.assert_array_equal(phi[3], np.linspace(-15.5 * np.pi / 126, 15.5 * np.pi / 126, 31))
    with pytest.raises(ValueError, match="'physical' or 'published'"):
        pixel_positions(ECAL, "other")


def write_cells(path, images, grid, at_once):
    schema = cell_schema("train", grid, pa.float32())
    batches = (
        cell_batch(SparseImages.from_dense(images[start : start + at_once]), start, schema)
        for start in range(0, len(images), at_once)
    )
    return write_batches(batches, schema, path)


@pytest.mark.parametrize("at_once", [3, 8, 100])
def test_tables_of_cells_hold_the_images_in_batches(tmp_path, at_once):
    images = random_images(8, BARREL)
    path = tmp_path / "cells.feather"
    assert write_cells(path, images, BARREL, at_once) == 8
    event, sparse = read_cells(path, BARREL)
    np.testing.assert_array_equal(event, np.arange(8))
    np.testing.assert_array_equal(sparse.dense(), images)
    assert read_cells(path, BARREL, np.float64)[1].energy.dtype == np.float64


def test_cells_of_another_calorimeter_or_outside_the_image_are_refused(tmp_path):
    path = tmp_path / "cells.feather"
    write_cells(path, random_images(8, BARREL), BARREL, 8)
    with pytest.raises(
        InputError, match=r"cells\.feather: expected cells of the ecal, found those of the barrel"
    ):
        read_cells(path, ECAL)
    lists = {"event": [0], "cell": [[480]], "et": [[1.0]]}
    write_feather(pa.table(lists), path, {"calorimeter": "barrel"})
    with pytest.raises(InputError, match=r"cell 480 is outside the barrel image of 480 cells"):
        read_cells(path, BARREL)
    write_feather(pa.table({**lists, "et": [[1.0, 2.0]]}), path, {"calorimeter": "barrel"})
    with pytest.raises(InputError, match="differ in length"):
        read_cells(path, BARREL)
