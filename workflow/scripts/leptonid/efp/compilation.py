"""How the kernels are compiled, and where the code is kept: compiled once and never mixed up."""

import hashlib
from collections.abc import Callable
from functools import cache
from pathlib import Path

import numba
from llvmlite import binding

HERE = Path(__file__).parent

# What the code is made from, beside the file of a function, which is all that numba looks at.
SOURCES = ("compilation.py", "kernels.py", "program.py", "registers.py")


def compiled(function: Callable) -> Callable:
    """Compile a function when it is first called; a decorator.

    The code is kept in `folder_of_code`. It holds no lock on the interpreter. Sums may be taken in any
    order and products fused; not-a-number and infinity keep their meaning.
    """
    before = numba.config.CACHE_DIR
    numba.config.CACHE_DIR = str(folder_of_code())
    try:
        return numba.njit(
            nogil=True, cache=True, error_model="numpy", fastmath={"reassoc", "contract", "nsz"}
        )(function)
    finally:
        numba.config.CACHE_DIR = before


@cache
def folder_of_code() -> Path:
    """Return the folder for the code of this processor and these sources.

    It is below the one that the environment variable NUMBA_CACHE_DIR names, else beside the sources.
    numba writes its files without races, but numbers those of all processors alike: of two kinds that
    compile at the same time into one folder, one could be left with the code of the other.
    """
    digest = hashlib.sha256(repr(sorted(binding.get_host_cpu_features().items())).encode())
    for name in SOURCES:
        digest.update((HERE / name).read_bytes())
    base = Path(numba.config.CACHE_DIR or HERE / "__pycache__")
    return base / f"{binding.get_host_cpu_name()}-{digest.hexdigest()[:16]}"
