"""Compiled code that runs a program (see `leptonid.efp.program`) on events, for every kappa and beta.

For M cells, a matrix has M rows of `width` numbers and a vector has `width` numbers, where `width` is M
rounded up to whole vector registers; the padding is zero.
"""

from pathlib import Path
from typing import NamedTuple

import numba
import numpy as np

from leptonid.compilation import jit_of
from leptonid.efp.program import Code, Program, Shape
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

SOURCES = tuple(Path(__file__).with_name(name) for name in ("kernels.py", "program.py", "registers.py"))

# Sums may be reordered and products fused; NaN and infinity keep their meaning.
ARITHMETIC = {"error_model": "numpy", "fastmath": {"reassoc", "contract", "nsz"}}

jit = jit_of(SOURCES, **ARITHMETIC)

# For functions that only functions with `jit` call: they are cached as a part of them and cannot be called
# from Python, which saves a fifth of the time to compile.
jit_part = numba.njit(no_cpython_wrapper=True, no_cfunc_wrapper=True, **ARITHMETIC)

SUM, DOT, STAR, OPPOSITE = int(Code.SUM), int(Code.DOT), int(Code.STAR), int(Code.OPPOSITE)
MULTIPLY_VECTORS, MULTIPLY_MATRICES = int(Code.MULTIPLY_VECTORS), int(Code.MULTIPLY_MATRICES)
ROWS_VECTOR, COLUMNS_VECTOR = int(Code.ROWS_VECTOR), int(Code.COLUMNS_VECTOR)
PRODUCT_ROWS_VECTOR, PRODUCT_COLUMNS_VECTOR = int(Code.PRODUCT_ROWS_VECTOR), int(Code.PRODUCT_COLUMNS_VECTOR)
MATRIX_MATRIX, TRANSPOSE = int(Code.MATRIX_MATRIX), int(Code.TRANSPOSE)
CLOSE, CLOSE_SQUARE = int(Code.CLOSE), int(Code.CLOSE_SQUARE)
SYMMETRIC, QUADRATIC = int(Shape.SYMMETRIC), int(Shape.QUADRATIC)


class Places(NamedTuple):
    """Sizes in memory: number of cells, length of a row, size of a matrix, start of matrices and scratch."""

    n: int
    width: int
    size: int
    matrices: int
    scratch: int


def workspace(cells: int, program: Program) -> np.ndarray:
    """Return a work array for `run`, for events of up to this number of cells.

    It starts at a whole cache line, as do all rows then: registers that cross lines are up to twice as slow.
    """
    width = -(-cells // LANES) * LANES
    length = (program.vectors + 3) * width + (program.matrices + 2) * width**2
    work = np.empty(length + LANES)
    first = -work.ctypes.data // work.itemsize % LANES
    return work[first : first + length]


@jit
def run(
    instructions, multiplicity, vectors, matrices, kappas, betas, columns, events, ends, order, work, values
):  # fmt: skip
    """Run a program on some events.

    Parameters
    ----------
    instructions, multiplicity, vectors, matrices
        Attributes of the program.
    kappas, betas
        Float64 arrays of equal length: the pairs of exponents, with equal betas next to each other.
    columns
        Int64 array of shape (pairs, graphs): column of `values` for every number; -1 drops it.
    events
        Float64 array of shape (cells of all events, 3): energy fraction, eta, phi.
    ends
        Int64 array: the end of every event in `events`.
    order
        Int64 array: the events to compute.
    work
        The `workspace` of the largest event.
    values
        Float64 array of shape (events, columns): the output.
    """
    for event in order:
        cells = events[ends[event - 1] if event else 0 : ends[event]]
        n = len(cells)
        if n == 0:
            values[event] = 0
            continue
        width = -(-n // LANES) * LANES
        size = width * width
        place = Places(n, width, size, vectors * width, vectors * width + matrices * size)
        work[: place.scratch] = 0
        for pair in range(len(kappas)):
            for cell in range(n):
                work[cell] = cells[cell, 0] ** kappas[pair]
            if multiplicity and (pair == 0 or betas[pair] != betas[pair - 1]):
                _powers(cells, betas[pair], multiplicity, place, work)
            _run_once(instructions, place, work, columns[pair], values[event])


@jit_part
def _powers(cells, beta, multiplicity, place, work):
    """Store theta^beta, theta^(2 beta), ... as the first matrices."""
    first = place.matrices
    for a in range(place.n):
        for b in range(a + 1):
            deta = cells[a, 1] - cells[b, 1]
            dphi = abs(cells[a, 2] - cells[b, 2]) % (2 * np.pi)
            dphi = min(dphi, 2 * np.pi - dphi)
            square = deta * deta + dphi * dphi
            if beta == 2:
                power = square
            elif beta == 1:
                power = np.sqrt(square)
            elif beta == 0.5:
                power = np.sqrt(np.sqrt(square))
            else:
                power = square ** (beta / 2)
            work[first + a * place.width + b] = power
            work[first + b * place.width + a] = power
    for power in range(1, multiplicity):
        last = first + (power - 1) * place.size
        _multiply(work, last, first, last + place.size, place.n * place.width)


@jit_part
def _run_once(instructions, place, work, columns, numbers):
    """Run the program for one pair of exponents."""
    width, size, matrices = place.width, place.size, place.matrices
    line = 0
    while line < len(instructions):
        code, out, a, b, c, d = instructions[line]
        if code == DOT:
            column = columns[out]
            if column >= 0:
                numbers[column] = _dot(work, a * width, b * width, width)
        elif code == MULTIPLY_VECTORS:
            _multiply(work, a * width, b * width, out * width, width)
        elif code == ROWS_VECTOR:
            _rows_vector(work, matrices + a * size, b * width, out * width, place)
        elif code == COLUMNS_VECTOR:
            for i in range(place.n):
                work[out * width + i] = _dot(work, matrices + a * size + i * width, b * width, width)
        elif code == PRODUCT_ROWS_VECTOR:
            left, right = matrices + a * size, matrices + b * size
            _product_rows_vector(work, left, right, c * width, out * width, place.n, width, width)
        elif code == PRODUCT_COLUMNS_VECTOR:
            left, right = matrices + a * size, matrices + b * size
            _product_columns_vector(work, left, right, c * width, out * width, place)
        elif code == MULTIPLY_MATRICES:
            a, b, out = matrices + a * size, matrices + b * size, matrices + out * size
            _multiply(work, a, b, out, place.n * width)
        elif code == MATRIX_MATRIX:
            left, right, out = matrices + a * size, matrices + b * size, matrices + out * size
            _scale_rows(work, left, c * width, place.scratch, place.n, width, width)
            _product(work, place.scratch, right, out, place.n, place.n, d, width)
            if d:
                _mirror(work, out, place.n, width)
        elif code == TRANSPOSE:
            _transpose(work, matrices + a * size, matrices + out * size, place)
        elif code == SUM:
            column = columns[out]
            if column >= 0:
                numbers[column] = work[a * width : a * width + place.n].sum()
        elif code == STAR:
            _star(instructions[line : line + 1 + d], place, work)
            line += d
        elif code == OPPOSITE:
            column = columns[out]
            if column >= 0:
                pairs, sides = matrices + a * size, matrices + b * size
                numbers[column] = _opposite(work, pairs, sides, c * width, place)
        line += 1


@jit_part
def _dot(work, left, right, count):
    sums = zero()
    for j in range(0, count, LANES):
        sums = times_plus(load(work, left + j), load(work, right + j), sums)
    return total(sums)


@jit_part
def _multiply(work, left, right, out, count):
    for j in range(0, count, LANES):
        store(work, out + j, times(load(work, left + j), load(work, right + j)))


@jit_part
def _rows_vector(work, matrix, vector, out, place):
    done = place.n // 4 * 4
    for j in range(0, place.width, LANES):
        s0 = s1 = s2 = s3 = zero()
        row = matrix + j
        for i in range(vector, vector + done, 4):
            s0 = times_plus(spread(work, i), load(work, row), s0)
            s1 = times_plus(spread(work, i + 1), load(work, row + place.width), s1)
            s2 = times_plus(spread(work, i + 2), load(work, row + 2 * place.width), s2)
            s3 = times_plus(spread(work, i + 3), load(work, row + 3 * place.width), s3)
            row += 4 * place.width
        for i in range(vector + done, vector + place.n):
            s0 = times_plus(spread(work, i), load(work, row), s0)
            row += place.width
        store(work, out + j, plus(plus(s0, s1), plus(s2, s3)))


@jit_part
def _product_rows_vector(work, left, right, vector, out, rows, columns, width):
    done = rows // 2 * 2
    for j in range(0, columns, LANES):
        s0 = s1 = zero()
        row = j
        for i in range(vector, vector + done, 2):
            product = times(load(work, left + row), load(work, right + row))
            s0 = times_plus(spread(work, i), product, s0)
            product = times(load(work, left + row + width), load(work, right + row + width))
            s1 = times_plus(spread(work, i + 1), product, s1)
            row += 2 * width
        if done < rows:
            product = times(load(work, left + row), load(work, right + row))
            s0 = times_plus(spread(work, vector + done), product, s0)
        store(work, out + j, plus(s0, s1))


@jit_part
def _product_columns_vector(work, left, right, vector, out, place):
    for i in range(place.n):
        row = i * place.width
        sums = zero()
        for j in range(0, place.width, LANES):
            product = times(load(work, left + row + j), load(work, right + row + j))
            sums = times_plus(product, load(work, vector + j), sums)
        work[out + i] = total(sums)


@jit_part
def _transpose(work, matrix, out, place):
    for i in range(place.n):
        for j in range(place.n):
            move(work, matrix + j * place.width + i, out + i * place.width + j)


@jit_part
def _scale_rows(work, matrix, vector, out, rows, columns, width):
    """Multiply the first columns of the first rows by the row's element of the vector."""
    for i in range(rows):
        factor, row = spread(work, vector + i), i * width
        for j in range(row, row + columns, LANES):
            store(work, out + j, times(factor, load(work, matrix + j)))


@jit_part
def _product(work, left, right, out, size, terms, symmetric, width):
    """Sum left_vi right_vj over v < terms, for i, j < size; of a symmetric result, only for j <= i."""
    for i in range(0, size, LANES):
        for j in range(0, i + 1 if symmetric else size, LANES):
            here = out + i * width + j
            if size - i <= LANES // 2:
                _half_tile(work, left + i, right + j, here, terms, width)
            else:
                _tile(work, left + i, right + j, here, terms, width)


@jit_part
def _mirror(work, matrix, size, width):
    """Copy the elements left of the diagonal to their transposed places."""
    for i in range(0, size, LANES):
        for j in range(0, i, LANES):
            transpose(work, matrix + i * width + j, matrix + j * width + i, width)
        diagonal = matrix + i * width + i
        for row in range(LANES):
            for column in range(row):
                move(work, diagonal + row * width + column, diagonal + column * width + row)


@jit_part
def _tile(work, left, right, out, terms, width):
    """Sum over v < terms for LANES rows and LANES columns."""
    s0 = s1 = s2 = s3 = s4 = s5 = s6 = s7 = zero()
    for v in range(0, terms * width, width):
        column = load(work, right + v)
        row = left + v
        s0 = times_plus(spread(work, row), column, s0)
        s1 = times_plus(spread(work, row + 1), column, s1)
        s2 = times_plus(spread(work, row + 2), column, s2)
        s3 = times_plus(spread(work, row + 3), column, s3)
        s4 = times_plus(spread(work, row + 4), column, s4)
        s5 = times_plus(spread(work, row + 5), column, s5)
        s6 = times_plus(spread(work, row + 6), column, s6)
        s7 = times_plus(spread(work, row + 7), column, s7)
    store(work, out, s0)
    store(work, out + width, s1)
    store(work, out + 2 * width, s2)
    store(work, out + 3 * width, s3)
    store(work, out + 4 * width, s4)
    store(work, out + 5 * width, s5)
    store(work, out + 6 * width, s6)
    store(work, out + 7 * width, s7)


@jit_part
def _half_tile(work, left, right, out, terms, width):
    """As `_tile`, for half of the rows; the others become zero."""
    s0 = s1 = s2 = s3 = zero()
    for v in range(0, terms * width, width):
        column = load(work, right + v)
        row = left + v
        s0 = times_plus(spread(work, row), column, s0)
        s1 = times_plus(spread(work, row + 1), column, s1)
        s2 = times_plus(spread(work, row + 2), column, s2)
        s3 = times_plus(spread(work, row + 3), column, s3)
    store(work, out, s0)
    store(work, out + width, s1)
    store(work, out + 2 * width, s2)
    store(work, out + 3 * width, s3)
    for row in range(LANES // 2, LANES):
        store(work, out + row * width, zero())


@jit_part
def _star(lines, place, work):
    """Compute a star slice by slice in its last index d, and close every slice at once.

    For fixed d, S_abd = sum_c (third_cd vector_c) legs_ca legs_cb is a symmetric matrix product. If S is
    symmetric in all indices, only a, b <= d are computed: the slice then also gives the terms of closings in
    which d is not the summed index.
    """
    n, width, size, matrices = place.n, place.width, place.size, place.matrices
    _, shape, legs, third, vector, closings = lines[0]
    legs, third, vector = matrices + legs * size, matrices + third * size, vector * width
    scaled, part = place.scratch, place.scratch + size
    factors, row = place.scratch + 2 * size, place.scratch + 2 * size + width
    for index in range(1, 1 + closings):
        out = matrices + lines[index, 1] * size
        work[out : out + size] = 0
    for d in range(n):
        rows = d + 1 if shape == SYMMETRIC else n
        terms = d + 1 if shape == QUADRATIC else n
        _weights(work, vector, third + d, factors, terms, width)
        if shape == QUADRATIC:  # terms c < d stand for those c > d as well
            for c in range(d):
                work[factors + c] *= 2
        _scale_rows(work, legs, factors, scaled, terms, rows, width)
        _product(work, scaled, legs, part, rows, terms, True, width)
        _mirror(work, part, rows, width)
        for index in range(1, 1 + closings):
            code, out, left, right, by, _ = lines[index]
            out, column = matrices + out * size, row
            if code == CLOSE_SQUARE:
                _close_square(work, part, left * width, d, row, out, rows, width)
            else:
                by, left, right = by * width, matrices + left * size, matrices + right * size
                if left != right and shape == SYMMETRIC:
                    column = row + width
                    _weights(work, by, right + d, factors, rows, width)
                    _product_rows_vector(work, part, left, factors, column, rows, rows, width)
                _weights(work, by, left + d, factors, rows, width)
                _close(work, part, left, right, factors, by, d, row, out, rows, width)
            if shape == SYMMETRIC:
                for a in range(rows):
                    move(work, row + a, out + d * width + a)
                    move(work, column + a, out + a * width + d)


@jit_part
def _close(work, part, left, right, factors, vector, d, row, out, rows, width):
    """Add vector_d part_ab left_da right_db to a matrix; store sum_c factors_c part_cb right_cb in a row."""
    for b in range(0, rows, LANES):
        sums = zero()
        ends = times(spread(work, vector + d), load(work, right + d * width + b))
        for a in range(rows):
            here = a * width + b
            numbers = load(work, part + here)
            product = times(numbers, load(work, right + here))
            sums = times_plus(spread(work, factors + a), product, sums)
            ab = times_plus(spread(work, left + d * width + a), times(numbers, ends), load(work, out + here))
            store(work, out + here, ab)
        store(work, row + b, sums)


@jit_part
def _close_square(work, part, vector, d, row, out, rows, width):
    """Add vector_d part_ab^2 to a matrix; store sum_c vector_c part_cb^2 in a row."""
    for b in range(0, rows, LANES):
        sums, end = zero(), spread(work, vector + d)
        for a in range(rows):
            here = a * width + b
            square = times(load(work, part + here), load(work, part + here))
            sums = times_plus(spread(work, vector + a), square, sums)
            store(work, out + here, times_plus(end, square, load(work, out + here)))
        store(work, row + b, sums)


@jit_part
def _weights(work, vector, column, out, count, width):
    """Multiply a vector by a column of a matrix."""
    for i in range(count):
        move(work, column + i * width, out + i)
    _multiply(work, vector, out, out, count)


@jit_part
def _opposite(work, pairs, sides, vector, place):
    """Return the sum over a, b, c, d of pairs_ab pairs_cd sides_ac sides_ad sides_bc sides_bd and weights.

    It does not change if (a, b) and (c, d) are exchanged, so that a can be the largest index.
    """
    width = place.width
    scaled, part = place.scratch, place.scratch + place.size
    factors = place.scratch + 2 * place.size
    result = 0.0
    for a in range(place.n):
        # part_cd = sum_b pairs_ab vector_b sides_bc sides_bd, where b < a stands for b > a as well.
        rows = a + 1
        _weights(work, vector, pairs + a, factors, rows, width)
        for b in range(a):
            work[factors + b] *= 2
        _scale_rows(work, sides, factors, scaled, rows, rows, width)
        _product(work, scaled, sides, part, rows, rows, True, width)
        # Sum over c and d with weight 2, or 1 if one of them is a, or both.
        _weights(work, vector, sides + a, factors, rows, width)
        work[factors + rows : factors + width] = 0
        work[factors + a] *= 0.5
        sums = zero()
        for j in range(0, rows, LANES):
            block = below = zero()
            for c in range(j, min(j + LANES, rows)):
                product = times(load(work, part + c * width + j), load(work, pairs + c * width + j))
                block = times_plus(spread(work, factors + c), product, block)
            for c in range(j + LANES, rows):
                product = times(load(work, part + c * width + j), load(work, pairs + c * width + j))
                below = times_plus(spread(work, factors + c), product, below)
            sums = times_plus(plus(block, plus(below, below)), load(work, factors + j), sums)
        corner = a * width + a
        both = work[part + corner] * work[pairs + corner] * work[factors + a] ** 2
        result += 2 * work[vector + a] * (total(sums) + both)
    return result
