"""Whole studies on SLURM give the results of one machine."""

import pytest

from same_results import assert_same_results
from slurm.studies import ClusterStudy

pytestmark = pytest.mark.slurm


@pytest.mark.usefixtures("cluster")
def test_a_study_on_slurm_gives_the_same_results_as_a_local_one(finished, fresh, tmp_path):
    study = ClusterStudy(fresh.copy(tmp_path / "study").folder)
    study.run()
    assert_same_results(finished.folder / "results", study.folder / "results")


@pytest.mark.timeout(5 * 3600)
@pytest.mark.usefixtures("cluster")
def test_the_default_study_on_slurm_gives_the_same_results_as_a_local_one(fresh, tmp_path):
    local = fresh.copy(tmp_path / "local")
    local.configure({})
    study = ClusterStudy(local.copy(tmp_path / "slurm").folder)
    local.run()
    study.run()
    assert_same_results(local.folder / "results", study.folder / "results")
