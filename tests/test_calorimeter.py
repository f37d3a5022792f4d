"""Where the cells of the images lie."""

import numpy as np
import pytest

from leptonid.calorimeter import ECAL, HCAL


def test_columns_are_ascending_eta_and_rows_descending_phi():
    for grid in (ECAL, HCAL):
        eta, phi = grid.positions().T.reshape(2, grid.size, grid.size)
        np.testing.assert_allclose(np.diff(eta, axis=1), grid.step_eta)
        np.testing.assert_allclose(np.diff(phi, axis=0), -grid.step_phi)
        np.testing.assert_allclose([eta.sum(), phi.sum()], 0, atol=1e-9)


def test_the_ecal_centre_is_its_middle_cell():
    np.testing.assert_array_equal(ECAL.positions()[15 * 31 + 15], [0, 0])


def test_the_sizes_are_those_of_the_paper():
    """arXiv:2011.01984, section III.C: cells (dphi, deta) of (pi/126, 0.025) and (pi/31, 0.1)."""
    assert (ECAL.step_phi, ECAL.step_eta) == (np.pi / 126, 0.025)
    assert (4 * HCAL.step_phi, 4 * HCAL.step_eta) == pytest.approx((np.pi / 31, 0.1))


def test_published_coordinates_take_edges_for_centres_and_rows_for_eta():
    eta, phi = ECAL.positions("published").T.reshape(2, 31, 31)
    np.testing.assert_allclose(eta[:, 0], np.linspace(-0.3875, 0.3875, 31))
    np.testing.assert_allclose(phi[0], np.linspace(-15.5 * np.pi / 126, 15.5 * np.pi / 126, 31))
