"""Compiled code that runs a program (see `leptonid.efp.program`) on events, for every kappa and beta.

For M cells, a matrix has M rows of `width` numbers and a vector has `width` numbers, where `width` is M
rounded up to whole vector registers; the padding is zero.
"""

from pathlib import Path
from typing import NamedTuple

import numpy as np

from leptonid.compilation import jit_of
from leptonid.efp.program import Code, Program, Shape
from leptonid.efp.registers import LANES, load, move, plus, spread, store, times, times_plus, total, zero

SOURCES = tuple(Path(__file__).with_name(name) for name in ("kernels.py", "program.py", "registers.py"))

# Sums may be reordered and products fused; NaN and infinity keep their meaning.
jit = jit_of(SOURCES, error_model="numpy", fastmath={"reassoc", "contract", "nsz"})

SUM, DOT, STAR = int(Code.SUM), int(Code.DOT), int(Code.STAR)
MULTIPLY_VECTORS, MULTIPLY_MATRICES = int(Code.MULTIPLY_VECTORS), int(Code.MULTIPLY_MATRICES)
ROWS_VECTOR, COLUMNS_VECTOR = int(Code.ROWS_VECTOR), int(Code.COLUMNS_VECTOR)
PRODUCT_ROWS_VECTOR, PRODUCT_COLUMNS_VECTOR = int(Code.PRODUCT_ROWS_VECTOR), int(Code.PRODUCT_COLUMNS_VECTOR)
MATRIX_MATRIX, TRANSPOSE = int(Code.MATRIX_MATRIX), int(Code.TRANSPOSE)
CLOSE, CLOSE_SQUARE = int(Code.CLOSE), int(Code.CLOSE_SQUARE)
PLAIN, SYMMETRIC, QUADRATIC = int(Shape.PLAIN), int(Shape.SYMMETRIC), int(Shape.QUADRATIC)


class Places(NamedTuple):
    """Sizes in memory: number of cells, length of a row, size of a matrix, start of matrices and scratch."""

    n: int
    width: int
    size: int
    matrices: int
    scratch: int


def workspace_size(cells: int, program: Program) -> int:
    """Return the length of the work array of `run` for an event with this number of cells."""
    width = -(-cells // LANES) * LANES
    vectors = program.vectors + 2 * program.closings
    return vectors * width + (program.matrices + 2) * width**2


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
        Float64 array of at least the `workspace_size` of the largest event.
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


@jit
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


@jit
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
            _product_rows_vector(work, left, right, c * width, out * width, place)
        elif code == PRODUCT_COLUMNS_VECTOR:
            left, right = matrices + a * size, matrices + b * size
            _product_columns_vector(work, left, right, c * width, out * width, place)
        elif code == MULTIPLY_MATRICES:
            a, b, out = matrices + a * size, matrices + b * size, matrices + out * size
            _multiply(work, a, b, out, place.n * width)
        elif code == MATRIX_MATRIX:
            _scale_rows(work, matrices + a * size, c * width, place.scratch, width, place)
            shape, b, out = SYMMETRIC if a == b else PLAIN, matrices + b * size, matrices + out * size
            for i in range(0, width, LANES):
                _product(work, place.scratch, b, out, i, place.n, shape, place)
        elif code == TRANSPOSE:
            _transpose(work, matrices + a * size, matrices + out * size, place)
        elif code == SUM:
            column = columns[out]
            if column >= 0:
                numbers[column] = work[a * width : a * width + place.n].sum()
        elif code == STAR:
            _star(instructions[line : line + 1 + d], place, work)
            line += d
        line += 1


@jit
def _dot(work, left, right, count):
    sums = zero()
    for j in range(0, count, LANES):
        sums = times_plus(load(work, left + j), load(work, right + j), sums)
    return total(sums)


@jit
def _multiply(work, left, right, out, count):
    for j in range(0, count, LANES):
        store(work, out + j, times(load(work, left + j), load(work, right + j)))


@jit
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


@jit
def _product_rows_vector(work, left, right, vector, out, place):
    width = place.width
    done = place.n // 2 * 2
    for j in range(0, width, LANES):
        s0 = s1 = zero()
        row = j
        for i in range(vector, vector + done, 2):
            product = times(load(work, left + row), load(work, right + row))
            s0 = times_plus(spread(work, i), product, s0)
            product = times(load(work, left + row + width), load(work, right + row + width))
            s1 = times_plus(spread(work, i + 1), product, s1)
            row += 2 * width
        if done < place.n:
            product = times(load(work, left + row), load(work, right + row))
            s0 = times_plus(spread(work, vector + done), product, s0)
        store(work, out + j, plus(s0, s1))


@jit
def _product_columns_vector(work, left, right, vector, out, place):
    for i in range(place.n):
        row = i * place.width
        sums = zero()
        for j in range(0, place.width, LANES):
            product = times(load(work, left + row + j), load(work, right + row + j))
            sums = times_plus(product, load(work, vector + j), sums)
        work[out + i] = total(sums)


@jit
def _transpose(work, matrix, out, place):
    for i in range(place.n):
        for j in range(place.n):
            move(work, matrix + j * place.width + i, out + i * place.width + j)


@jit
def _scale_rows(work, matrix, vector, out, columns, place):
    """Multiply the first columns of every row by the row's element of the vector."""
    for i in range(place.n):
        factor, row = spread(work, vector + i), i * place.width
        for j in range(row, row + columns, LANES):
            store(work, out + j, times(factor, load(work, matrix + j)))


@jit
def _product(work, left, right, out, i, rows, shape, place):
    """Sum left_vi right_vj over v, for the next LANES rows i and all columns j.

    If the result is symmetric, elements left of the diagonal are copied from the previous rows. For a
    quadratic form of a symmetric matrix, terms v > j are left out and terms v < j count twice, except for the
    LANES around v = j.
    """
    width, half = place.width, rows - i <= LANES // 2
    for j in range(0, width, LANES):
        here = out + i * width + j
        twice, count = (j, min(j + LANES, place.n)) if shape == QUADRATIC else (0, place.n)
        if shape == SYMMETRIC and j < i:
            for row in range(LANES):
                for column in range(LANES):
                    move(work, out + (j + column) * width + i + row, here + row * width + column)
        elif half:
            _half_tile(work, left + i, right + j, here, twice, count, width)
        else:
            _tile(work, left + i, right + j, here, twice, count, width)


@jit
def _tile(work, left, right, out, twice, count, width):
    """Sum over v < count for LANES rows and LANES columns; terms v < twice count twice."""
    s0 = s1 = s2 = s3 = s4 = s5 = s6 = s7 = zero()
    for v in range(0, count * width, width):
        if v == twice * width:
            s0, s1, s2, s3 = plus(s0, s0), plus(s1, s1), plus(s2, s2), plus(s3, s3)
            s4, s5, s6, s7 = plus(s4, s4), plus(s5, s5), plus(s6, s6), plus(s7, s7)
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


@jit
def _half_tile(work, left, right, out, twice, count, width):
    """As `_tile`, for half as many rows."""
    s0 = s1 = s2 = s3 = zero()
    for v in range(0, count * width, width):
        if v == twice * width:
            s0, s1, s2, s3 = plus(s0, s0), plus(s1, s1), plus(s2, s2), plus(s3, s3)
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


@jit
def _star(lines, place, work):
    """Compute a star slice by slice in its first index a, and close every slice at once.

    For fixed a, S_abd = sum_c (legs_cb legs_ca vector_c) third_cd is a matrix product. S is symmetric in a
    and b, so only b <= a is computed.
    """
    n, width, size, matrices = place.n, place.width, place.size, place.matrices
    _, shape, legs, third, vector, closings = lines[0]
    legs, third, vector = matrices + legs * size, matrices + third * size, vector * width
    scaled, parts, rows = place.scratch, place.scratch + size, place.scratch + 2 * size
    for a in range(n):
        for c in range(n):
            work[parts + c] = work[legs + c * width + a] * work[vector + c]
        _scale_rows(work, legs, parts, scaled, a + 1, place)
        for index in range(closings):
            # Row `a` of both sides, times the weights of the index that is summed over.
            code, _, left, right, by, _ = lines[1 + index]
            if code == CLOSE:
                row, at = rows + 2 * index * width, matrices + a * width
                _multiply(work, at + left * size, by * width, row, width)
                _multiply(work, at + right * size, by * width, row + width, width)
        for i in range(0, a + 1, LANES):
            _product(work, scaled, third, parts, i, a + 1, shape, place)
            legs_b = i, min(i + LANES, a + 1)
            for index in range(closings):
                code, out, left, right, _, _ = lines[1 + index]
                out, row = matrices + out * size, rows + 2 * index * width
                if code == CLOSE_SQUARE:
                    _close_square(work, a, legs_b, parts, left * width, out, width)
                elif left == right:
                    _close_symmetric(work, a, legs_b, parts, matrices + left * size, row, out, width)
                else:
                    left, right = matrices + left * size, matrices + right * size
                    _close(work, a, legs_b, parts, left, right, row, out, width)


@jit
def _close(work, a, legs_b, parts, left, right, row, out, width):
    for b in range(*legs_b):
        forth = back = zero()
        here = b * width
        for j in range(0, width, LANES):
            part = load(work, parts + here + j)
            forth = times_plus(times(part, load(work, row + j)), load(work, right + here + j), forth)
            back = times_plus(times(part, load(work, row + width + j)), load(work, left + here + j), back)
        work[out + a * width + b] = total(forth)
        work[out + here + a] = total(back)


@jit
def _close_symmetric(work, a, legs_b, parts, side, row, out, width):
    for b in range(*legs_b):
        sums = zero()
        here = b * width
        for j in range(0, width, LANES):
            product = times(load(work, parts + here + j), load(work, row + j))
            sums = times_plus(product, load(work, side + here + j), sums)
        work[out + a * width + b] = work[out + here + a] = total(sums)


@jit
def _close_square(work, a, legs_b, parts, vector, out, width):
    for b in range(*legs_b):
        sums = zero()
        here = b * width
        for j in range(0, width, LANES):
            part = load(work, parts + here + j)
            sums = times_plus(times(part, part), load(work, vector + j), sums)
        work[out + a * width + b] = work[out + here + a] = total(sums)
