"""Fixtures of the tests of trainings."""

import pytest

from layouts import PHOTONS, write_events_of
from train.made_up import write_tables


@pytest.fixture(scope="session")
def photon_file(tmp_path_factory):
    """A file of events in a layout with one rectangular image."""
    path = tmp_path_factory.mktemp("photons") / "events.h5"
    write_events_of(PHOTONS, path, train=120, valid=120, test=60)
    return path


@pytest.fixture(scope="session")
def photon_tables(photon_file):
    """Their tables."""
    return write_tables(photon_file, PHOTONS, photon_file.parent)
