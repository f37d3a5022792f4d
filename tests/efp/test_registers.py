"""Vector registers in compiled code, compared with numpy."""

import numba
import numpy as np
import pytest

from leptonid.efp.registers import (
    LANES,
    load,
    move,
    plus,
    spread,
    store,
    times,
    times_plus,
    total,
    transpose,
    zero,
)

ARRAY = np.random.default_rng(0).normal(size=5 * LANES)
# Some are not multiples of the length of a register.
POSITIONS = [0, 1, 5, LANES, 4 * LANES]


def compile_and_run(function, *arguments):
    """Return an array of NaNs after a compiled function has written to it."""
    out = np.full(3 * LANES, np.nan)
    numba.njit(function)(out, *arguments)
    return out


def nans_except(values, position):
    """Return an array of NaNs with these values from a position on."""
    expected = np.full(3 * LANES, np.nan)
    expected[position : position + LANES] = values
    return expected


def test_a_register_is_loaded_and_stored_at_any_position():
    def copy(out, array, position, target):
        store(out, target, load(array, position))

    for target in (0, 3, 2 * LANES):
        for position in POSITIONS:
            found = compile_and_run(copy, ARRAY, position, target)
            np.testing.assert_array_equal(found, nans_except(ARRAY[position : position + LANES], target))


def test_one_number_is_spread():
    def fill(out, array, position):
        store(out, 1, spread(array, position))

    for position in (*POSITIONS, len(ARRAY) - 1):
        np.testing.assert_array_equal(compile_and_run(fill, ARRAY, position), nans_except(ARRAY[position], 1))


def test_one_number_is_moved():
    def replace(out, array, origin, target):
        move(array, origin, target)

    for origin, target in [(0, 1), (7, 30), (39, 8), (4, 4)]:
        array, expected = ARRAY.copy(), ARRAY.copy()
        expected[target] = expected[origin]
        compile_and_run(replace, array, origin, target)
        np.testing.assert_array_equal(array, expected)


def test_a_square_is_transposed():
    def flip(out, array, origin, target, width):
        transpose(array, origin, target, width)

    width = LANES + 3
    for origin, target in [(2, 1 + width * LANES), (1 + width * LANES, 3), (1, 1)]:
        array = np.random.default_rng(0).normal(size=2 * LANES * width)
        expected = array.copy()
        squares = [
            np.lib.stride_tricks.sliding_window_view(values[first:], LANES, writeable=True)[::width][:LANES]
            for values, first in ((array, origin), (expected, target))
        ]
        squares[1][:] = squares[0].T.copy()
        compile_and_run(flip, array, origin, target, width)
        np.testing.assert_array_equal(array, expected)


def test_zero_is_zero():
    def clear(out):
        store(out, 2, zero())

    found = compile_and_run(clear)
    np.testing.assert_array_equal(found, nans_except(0, 2))
    assert not np.signbit(found[2])


@pytest.mark.parametrize(("of_registers", "of_arrays"), [(times, np.multiply), (plus, np.add)])
def test_products_and_sums_agree_with_numpy(of_registers, of_arrays):
    def combine(out, array):
        store(out, 0, of_registers(load(array, 0), load(array, 11)))

    found = compile_and_run(combine, ARRAY)
    np.testing.assert_array_equal(found, nans_except(of_arrays(ARRAY[:LANES], ARRAY[11 : 11 + LANES]), 0))


def test_a_product_with_a_sum_is_rounded_once():
    def combine(out, array):
        store(out, 0, times_plus(load(array, 0), load(array, 8), load(array, 16)))

    array = ARRAY[: 3 * LANES].copy()
    # (1 + e) (1 - e) - 1 = -e^2, which is lost if the product is rounded.
    e = 2.0**-30
    array[[0, 8, 16]] = 1 + e, 1 - e, -1
    found = compile_and_run(combine, array)
    assert found[0] == -(e**2)
    left, right, added = array.reshape(3, LANES)
    np.testing.assert_allclose(found[:LANES], left * right + added, rtol=1e-12, atol=1e-12)


def test_the_total_is_the_sum_of_all_places():
    def add_up(out, array, position):
        out[0] = total(load(array, position))

    whole = 2.0 ** np.arange(5 * LANES)
    for position in POSITIONS:
        found = compile_and_run(add_up, whole, position)
        assert found[0] == whole[position : position + LANES].sum()
        assert np.isnan(found[1:]).all()
    for place in range(LANES):
        assert np.isnan(compile_and_run(add_up, np.where(np.arange(LANES) == place, np.nan, 1), 0)[0])


def test_a_register_is_kept_over_a_loop():
    def dot(out, array):
        sums = zero()
        for position in range(0, len(array), LANES):
            sums = times_plus(load(array, position), load(array, position), sums)
        out[0] = total(sums)

    assert compile_and_run(dot, ARRAY)[0] == pytest.approx((ARRAY**2).sum(), rel=1e-15)
