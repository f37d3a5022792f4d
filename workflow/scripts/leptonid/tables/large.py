"""Arrays that may be larger than memory: in a temporary file without a name, mapped into memory.

The file lies in the folder that TMPDIR names. The system can take the pages of the array back at any time, so
that they need not fit into memory together.
"""

import tempfile

import numpy as np

# Bytes of an array that is held in memory, at most.
LARGE = 2**25


def empty_array(shape: tuple[int, ...], dtype: np.dtype | type = np.float64) -> np.ndarray:
    """Return an array to be filled."""
    if np.prod(shape, dtype=float) * np.dtype(dtype).itemsize <= LARGE:
        return np.empty(shape, dtype)
    with tempfile.TemporaryFile() as file:
        return np.asarray(np.memmap(file, dtype, "w+", shape=shape))


class Growing:
    """An array (N,) of unknown length that is made of parts."""

    def __init__(self, dtype: np.dtype | type):
        self.dtype = np.dtype(dtype)
        self._parts: list[np.ndarray] = []
        self._bytes = 0
        self._file = None

    def append(self, values: np.ndarray) -> None:
        """Append a copy of values, (M,), in the type of the array."""
        self._parts.append(np.array(values, self.dtype))
        self._bytes += self._parts[-1].nbytes
        if self._bytes <= LARGE:
            return
        if self._file is None:
            self._file = tempfile.TemporaryFile()  # noqa: SIM115  closed with the array
        for part in self._parts:
            self._file.write(part.data)
        self._parts = []

    def array(self) -> np.ndarray:
        """Return all values, (N,)."""
        if self._file is None:
            return np.concatenate([np.empty(0, self.dtype), *self._parts])
        self._file.flush()
        return np.asarray(np.memmap(self._file, self.dtype, "r"))
