"""Compile the kernels with numba, and cache the code by processor and sources."""

import hashlib
import logging
import os
import tempfile
from collections.abc import Callable
from functools import cache
from pathlib import Path

import numba
from llvmlite import binding

logger = logging.getLogger(__name__)

HERE = Path(__file__).parent

# Sources that the compiled code depends on; numba's own cache only checks the file of a function.
SOURCES = ("compilation.py", "kernels.py", "program.py", "registers.py")

# Sums may be reordered and products fused; NaN and infinity keep their meaning.
ARITHMETIC = {"error_model": "numpy", "fastmath": {"reassoc", "contract", "nsz"}}


def jit(function: Callable) -> Callable:
    """Compile a function on its first call; a decorator.

    The code is cached in `code_folder`, if there is one, and releases the interpreter lock.
    """
    folder = code_folder()
    before = numba.config.CACHE_DIR
    numba.config.CACHE_DIR = str(folder or "")
    try:
        return numba.njit(nogil=True, cache=folder is not None, **ARITHMETIC)(function)
    finally:
        numba.config.CACHE_DIR = before


def jit_part(function: Callable) -> Callable:
    """Compile a function that only functions with `jit` call; a decorator.

    It is cached as a part of them and cannot be called from Python, which saves a fifth of the time to
    compile.
    """
    return numba.njit(no_cpython_wrapper=True, no_cfunc_wrapper=True, **ARITHMETIC)(function)


@cache
def code_folder() -> Path | None:
    """Return the folder of the code for this processor and these sources.

    It lies in the folder that the environment variable NUMBA_CACHE_DIR names, or else beside the sources, or
    in the user's cache where those are read-only. It is None, with a warning, where nothing can be written.
    numba writes its files atomically, but numbers them in the same way on every processor: if two kinds of
    processors compiled into one folder at the same time, one could load the code of the other.
    """
    digest = hashlib.sha256(repr(sorted(binding.get_host_cpu_features().items())).encode())
    for name in SOURCES:
        digest.update((HERE / name).read_bytes())
    name = f"{binding.get_host_cpu_name()}-{digest.hexdigest()[:16]}"
    given = numba.config.CACHE_DIR
    bases = [Path(given)] if given else [HERE / "__pycache__", *_user_cache()]
    for base in bases:
        if _can_be_written(base / name):
            return base / name
    logger.warning(
        "Compiled code cannot be kept, so that every process compiles it again (ten seconds): %s cannot be "
        "written to; set NUMBA_CACHE_DIR to a folder that can",
        " and ".join(map(str, bases)),
    )
    return None


def _user_cache() -> list[Path]:
    """Return the folder of the user's cache, none where the user has no home."""
    try:
        return [Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "lepton-id"]
    except RuntimeError:
        return []


def _can_be_written(folder: Path) -> bool:
    try:
        folder.mkdir(parents=True, exist_ok=True)
        tempfile.TemporaryFile(dir=folder).close()
    except OSError:
        return False
    return True
