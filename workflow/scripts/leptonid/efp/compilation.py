"""Compile the kernels with numba, and cache the code by processor and sources."""

import hashlib
from collections.abc import Callable
from functools import cache
from pathlib import Path

import numba
from llvmlite import binding

HERE = Path(__file__).parent

# Sources that the compiled code depends on; numba's own cache only checks the file of a function.
SOURCES = ("compilation.py", "kernels.py", "program.py", "registers.py")


def jit(function: Callable) -> Callable:
    """Compile a function on its first call; a decorator.

    The code is cached in `code_folder` and releases the interpreter lock. Sums may be reordered and products
    fused; NaN and infinity keep their meaning.
    """
    before = numba.config.CACHE_DIR
    numba.config.CACHE_DIR = str(code_folder())
    try:
        return numba.njit(
            nogil=True, cache=True, error_model="numpy", fastmath={"reassoc", "contract", "nsz"}
        )(function)
    finally:
        numba.config.CACHE_DIR = before


@cache
def code_folder() -> Path:
    """Return the folder of the code for this processor and these sources.

    It lies in the folder that the environment variable NUMBA_CACHE_DIR names, or else beside the sources.
    numba writes its files atomically, but numbers them in the same way on every processor: if two kinds of
    processors compiled into one folder at the same time, one could load the code of the other.
    """
    digest = hashlib.sha256(repr(sorted(binding.get_host_cpu_features().items())).encode())
    for name in SOURCES:
        digest.update((HERE / name).read_bytes())
    base = Path(numba.config.CACHE_DIR or HERE / "__pycache__")
    return base / f"{binding.get_host_cpu_name()}-{digest.hexdigest()[:16]}"
