"""Compile functions with numba, and cache the code by processor and sources."""

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


def jit_of(sources: tuple[Path, ...], **options) -> Callable[[Callable], Callable]:
    """Return a decorator that compiles a function on its first call.

    The code is cached in the `code_folder` of the sources, if there is one; it releases the interpreter lock.

    Parameters
    ----------
    sources
        Files that the compiled code depends on; numba's own cache only checks the file of a function.
    options
        Of `numba.njit`.
    """

    def decorator(function: Callable) -> Callable:
        folder = code_folder(sources)
        before = numba.config.CACHE_DIR
        numba.config.CACHE_DIR = str(folder or "")
        try:
            return numba.njit(nogil=True, cache=folder is not None, **options)(function)
        finally:
            numba.config.CACHE_DIR = before

    return decorator


@cache
def code_folder(sources: tuple[Path, ...]) -> Path | None:
    """Return the folder of the code for this processor and these sources.

    It lies in the folder that the environment variable NUMBA_CACHE_DIR names, or else beside the first
    source, or in the user's cache where that is read-only. It is None, with a warning, where nothing can be
    written. numba writes its files atomically, but numbers them in the same way on every processor: if two
    kinds of processors compiled into one folder at the same time, one could load the code of the other.
    """
    digest = hashlib.sha256(repr(sorted(binding.get_host_cpu_features().items())).encode())
    for source in (Path(__file__), *sources):
        digest.update(source.read_bytes())
    name = f"{binding.get_host_cpu_name()}-{digest.hexdigest()[:16]}"
    given = numba.config.CACHE_DIR
    bases = [Path(given)] if given else [sources[0].parent / "__pycache__", *_user_cache()]
    for base in bases:
        if _can_be_written(base / name):
            return base / name
    logger.warning(
        "Compiled code cannot be kept, so that every process compiles it again (seconds): %s cannot be "
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
