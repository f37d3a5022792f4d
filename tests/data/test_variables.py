"""High-level variables and mass against slow, plain-Python versions of their definitions."""

import math

import numpy as np
import pytest

from layouts import ELECTRONS
from leptonid.data.variables.electrons import ECAL, HCAL, high_level, mass

STEP_ETA, STEP_PHI = 0.025, math.pi / 126


@pytest.fixture(scope="module")
def images():
    """Sparse random images like real ones, and the eta of their centres."""
    rng = np.random.default_rng(3)
    et = rng.exponential(1, (12, *ECAL.shape)) * (rng.random((12, *ECAL.shape)) < 0.1)
    et[:, 15, 15] += 10
    towers = rng.exponential(2, (12, 8, 8, 1)) * (rng.random((12, 8, 8, 1)) < 0.2)
    ht = np.repeat(np.repeat(towers, 4, axis=1), 4, axis=2) / 16
    return et.astype(np.float32), ht.astype(np.float32), rng.uniform(-2, 2, 12)


def cells_of(et, centre):
    """Yield (eta, phi relative to the centre in cells, energy) of the cells of one ECal image."""
    for row in range(31):
        for column in range(31):
            eta, phi = column - 15, 15 - row
            yield eta, phi, float(et[row, column, 0]) * math.cosh(centre + eta * STEP_ETA)


def slow_variables(et, ht, centre):
    """Return the seven variables of one event, written down as the paper defines them."""
    cells = list(cells_of(et, centre))

    def energy(half_eta, half_phi):
        return sum(e for eta, phi, e in cells if abs(eta) <= half_eta and abs(phi) <= half_phi)

    window = [(eta * STEP_ETA, e) for eta, phi, e in cells if abs(eta) <= 1 and abs(phi) <= 2]
    total = sum(e for _, e in window)
    mean = sum(e * eta for eta, e in window) / total
    w_eta2 = math.sqrt(sum(e * eta**2 for eta, e in window) / total - mean**2)
    weighted = [(eta, abs(math.log(e))) for eta, phi, e in cells if e > 0 and abs(eta) <= 2 and abs(phi) <= 2]
    sigma = math.sqrt(sum(w * eta**2 for eta, w in weighted) / sum(w for _, w in weighted))

    def cone(radius):
        return sum(e for eta, phi, e in cells if math.hypot(eta * STEP_ETA, phi * STEP_PHI) < radius)

    return [
        float(ht.astype(float).sum() / et.astype(float).sum()),
        w_eta2,
        energy(1, 1) / energy(1, 3),
        energy(1, 3) / energy(3, 3),
        sigma,
        cone(0.3),
        cone(0.4),
    ]


@pytest.mark.parametrize("grid", [ECAL, HCAL], ids=["ecal", "hcal"])
def test_images_are_those_of_the_layout(grid):
    of_layout = ELECTRONS.images[grid.name].grid
    computed = {key: value for key, value in vars(of_layout).items() if not key.startswith("published")}
    assert computed.items() <= vars(grid).items()
    assert len(ELECTRONS.groups["hl"].variables) == 7


def test_variables_follow_their_definitions(images):
    expected = [slow_variables(et, ht, centre) for et, ht, centre in zip(*images, strict=True)]
    np.testing.assert_allclose(high_level(*images), expected, rtol=1e-5)


def test_mass_is_the_invariant_mass_of_massless_cells(images):
    for index, (et, ht, centre) in enumerate(zip(*images, strict=True)):
        vector = np.zeros(4)
        for image, size, step_eta, step_phi in (
            (et, 31, STEP_ETA, STEP_PHI),
            (ht, 32, 0.1 / 4, math.pi / 31 / 4),
        ):
            for row in range(size):
                for column in range(size):
                    eta = centre + (column - (size - 1) / 2) * step_eta
                    phi = ((size - 1) / 2 - row) * step_phi
                    direction = [math.cosh(eta), math.cos(phi), math.sin(phi), math.sinh(eta)]
                    vector += float(image[row, column, 0]) * np.array(direction)
        expected = math.sqrt(vector[0] ** 2 - (vector[1:] ** 2).sum())
        assert mass(*images)[index, 0] == pytest.approx(expected, rel=1e-4)


def test_two_cells_have_the_textbook_mass():
    et = np.zeros((1, *ECAL.shape), np.float32)
    et[0, 15, 15], et[0, 15, 25] = 10, 4
    expected = math.sqrt(2 * 10 * 4 * (math.cosh(10 * STEP_ETA) - 1))
    found = mass(et, np.zeros((1, *HCAL.shape), np.float32), np.array([0.7]))
    assert found[0, 0] == pytest.approx(expected, rel=1e-5)


def test_nothing_is_nan_where_windows_or_weights_are_empty():
    et = np.zeros((2, *ECAL.shape), np.float32)
    et[1, 15, 15] = 1  # ln(1 GeV) = 0: the only weight of sigma_eta_eta vanishes
    ht = np.zeros((2, *HCAL.shape), np.float32)
    assert np.isfinite(high_level(et, ht, np.zeros(2))).all()
    assert np.isfinite(mass(et, ht, np.zeros(2))).all()


def test_a_single_cell_has_no_width():
    et = np.zeros((1, *ECAL.shape), np.float32)
    et[0, 15, 15] = 20
    ht = np.zeros((1, *HCAL.shape), np.float32)
    energy = 20 * math.cosh(1.1)
    expected = [[0, 0, 1, 1, 0, energy, energy]]
    np.testing.assert_allclose(high_level(et, ht, np.array([1.1])), expected, rtol=1e-6)
