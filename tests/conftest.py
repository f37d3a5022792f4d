"""Fixtures that more than one stage uses."""

from pathlib import Path

import pytest

from study import Study
from synthetic import write_synthetic_events


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Let one process do all tests of the finished study, so that it is made once."""
    for item in items:
        if "finished" in item.fixturenames:
            item.add_marker(pytest.mark.xdist_group("finished"))


@pytest.fixture
def events_file(tmp_path: Path) -> Path:
    """A small HDF5 file in the published layout."""
    path = tmp_path / "events.h5"
    write_synthetic_events(path, train=40, valid=16, test=24)
    return path


@pytest.fixture(scope="session")
def fresh(tmp_path_factory) -> Study:
    """A study before its first run; not to be changed: copy it."""
    return Study.create(tmp_path_factory.mktemp("fresh") / "study")


@pytest.fixture(scope="session")
def finished(fresh, tmp_path_factory) -> Study:
    """A study after a complete run; not to be changed: copy it."""
    study = fresh.copy(tmp_path_factory.mktemp("finished") / "study")
    study.run()
    return study


@pytest.fixture(scope="session")
def default_study(fresh, tmp_path_factory) -> Study:
    """The default study, as a user runs it; not to be changed: copy what is needed."""
    study = fresh.copy(tmp_path_factory.mktemp("default") / "study")
    study.configure({})
    study.run()
    return study
