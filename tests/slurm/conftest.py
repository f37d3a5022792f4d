"""A SLURM cluster for all tests of this folder, and a study to run on it."""

from collections.abc import Iterator

import pytest

from slurm.cluster import Cluster
from slurm.studies import TABLES, ClusterStudy
from tiny_study import Study


@pytest.fixture(scope="session")
def cluster(tmp_path_factory) -> Iterator[Cluster]:
    """A SLURM with three nodes."""
    with Cluster(tmp_path_factory.mktemp("slurm")) as cluster:
        yield cluster


@pytest.fixture(scope="session")
def split(fresh, tmp_path_factory) -> Study:
    """A study with the tables of events, which a training on variables needs; not to be changed."""
    study = fresh.copy(tmp_path_factory.mktemp("split") / "study")
    study.run(*TABLES)
    return study


@pytest.fixture
def study(cluster, split, tmp_path) -> Iterator[ClusterStudy]:
    """A copy of it to run on SLURM."""
    yield ClusterStudy(split.copy(tmp_path / "study").folder)
    cluster.cancel()
