"""Where the compiled kernels are kept, so that they are compiled once and never mixed up."""

import hashlib
import importlib
from pathlib import Path
from types import ModuleType

import numba
from llvmlite import binding

HERE = Path(__file__).parent

# What the compiled code is made from. numba itself looks at the file of a function only.
SOURCES = ("kernels.py", "program.py", "registers.py")


def kernels_folder(base: str | Path) -> Path:
    """Return the folder below `base` of the code of this processor and these sources.

    numba writes its files without races, but numbers those of all processors alike: of two kinds that
    compile at the same time into one folder, one could be left with the code of the other.
    """
    digest = hashlib.sha256(repr(sorted(binding.get_host_cpu_features().items())).encode())
    for name in SOURCES:
        digest.update((HERE / name).read_bytes())
    return Path(base) / f"{binding.get_host_cpu_name()}-{digest.hexdigest()[:16]}"


def load_kernels() -> ModuleType:
    """Return the module of the kernels, compiled before or compiled now.

    The code is kept below the folder that the environment variable NUMBA_CACHE_DIR names, else beside
    the sources.
    """
    before = numba.config.CACHE_DIR
    numba.config.CACHE_DIR = str(kernels_folder(before or HERE / "__pycache__"))
    try:
        return importlib.import_module("leptonid.efp.kernels")
    finally:
        numba.config.CACHE_DIR = before
