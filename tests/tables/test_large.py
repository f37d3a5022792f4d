"""Arrays that are mapped from a file hold what those in memory hold."""

import numpy as np
import pytest

from leptonid.tables import large
from leptonid.tables.large import Growing, empty_array


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """The folder of temporary files, for arrays of more than a hundred bytes."""
    monkeypatch.setattr(large, "LARGE", 100)
    monkeypatch.setattr(large.tempfile, "tempdir", str(tmp_path))
    return tmp_path


def is_mapped(array):
    while isinstance(array.base, np.ndarray):
        array = array.base
    return isinstance(array, np.memmap)


@pytest.mark.parametrize("sizes", [[], [3], [0, 4, 5], [30], [3, 30, 0, 7], [9, 9, 9, 9]])
def test_an_array_grows_by_parts(folder, sizes):
    parts = [np.arange(size) + 0.5 for size in sizes]
    growing = Growing(np.float32)
    for part in parts:
        growing.append(part)
        # The array has a copy.
        part += 0
    array = growing.array()
    np.testing.assert_array_equal(array, np.concatenate([np.empty(0), *parts]))
    assert array.dtype == np.float32
    assert is_mapped(array) == (4 * sum(sizes) > 100)
    # The file has no name, and goes with the array.
    assert not list(folder.iterdir())


@pytest.mark.parametrize("shape", [(0, 3), (4, 3), (5, 3), (50, 4)])
def test_an_array_to_be_filled_keeps_its_values(folder, shape):
    array = empty_array(shape)
    array[:] = np.arange(np.prod(shape)).reshape(shape)
    assert array.shape == shape
    assert array.sum() == np.arange(np.prod(shape)).sum()
    assert is_mapped(array) == (array.nbytes > 100)
    assert not list(folder.iterdir())
