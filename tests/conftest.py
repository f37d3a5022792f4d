"""Fixtures that more than one stage uses."""

import fcntl
import gc
import os
from pathlib import Path

import pytest

from layouts import ELECTRONS, write_events_of
from tiny_study import Study


def pytest_configure() -> None:
    """Look for no garbage among the modules that the tests import, which takes seconds; all of them stay."""
    gc.disable()


def pytest_collection_finish() -> None:
    gc.freeze()
    gc.enable()


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark as slow the tests of the finished study, the first of which runs it, and those in a browser."""
    for item in items:
        if not {"finished", "browser"}.isdisjoint(getattr(item, "fixturenames", ())):
            item.add_marker("slow")


@pytest.fixture
def events_file(tmp_path: Path) -> Path:
    """A small HDF5 file in the electrons' layout."""
    path = tmp_path / "events.h5"
    write_events_of(ELECTRONS, path, train=40, valid=16, test=24)
    return path


@pytest.fixture(scope="session")
def fresh(tmp_path_factory) -> Study:
    """A study before its first run; not to be changed: copy it."""
    return Study.create(tmp_path_factory.mktemp("fresh") / "study")


@pytest.fixture(scope="session")
def finished(fresh, tmp_path_factory) -> Study:
    """A study after a complete run; not to be changed: copy it.

    Test processes share it: the first makes it, the others wait.
    """
    base = tmp_path_factory.getbasetemp()
    folder = (base.parent if "PYTEST_XDIST_WORKER" in os.environ else base) / "finished"
    with open(f"{folder}.lock", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not folder.exists():
            study = fresh.copy(folder.with_suffix(f".{os.getpid()}"))
            study.run()
            study.folder.rename(folder)
    return Study(folder)


@pytest.fixture(scope="module")
def browser():
    """A browser; not of the session, as Playwright's event loop would stay the running one."""
    # Here, as it takes a tenth of a second that few tests need.
    from chromium import chromium

    with chromium() as opened:
        yield opened
