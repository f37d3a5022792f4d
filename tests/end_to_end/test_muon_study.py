"""The muon study on the sample that ships: what its networks of cells know beyond isolation."""

import pytest
import yaml

from layouts import ROOT
from leptonid.tables.feather import read_feather

CONFIG = yaml.safe_load((ROOT / "config/muons.yaml").read_text())
COMPARED = ["iso_10", "pfn"]


@pytest.mark.slow
def test_a_network_of_cells_is_better_than_ten_cones(fresh, tmp_path):
    """By more than two standard deviations of the paired difference; the other feature sets are left out."""
    study = fresh.copy(tmp_path / "study")
    features = {
        name: network
        for name, network in CONFIG["train"]["features"].items()
        if name in COMPARED or network is None
    }
    study.configure(
        {
            **CONFIG,
            "efp": {"calorimeters": []},
            "train": {
                **CONFIG["train"],
                "features": features,
                "baselines": dict.fromkeys(["trees", "logistic"]),
            },
            "search": {"searches": dict.fromkeys(["hl", "hl_and_kinematics"])},
        }
    )
    study.run("results/muons/evaluate/comparisons.feather")
    (pair,) = read_feather(study.folder / "results/muons/evaluate/comparisons.feather").to_pylist()
    assert (pair["first"], pair["second"]) == ("pfn", "iso_10")
    assert pair["z"] > 2
    assert pair["weighted"]
    # They agree on most pairs, but by far not on all.
    assert 0.8 < pair["ado"] < 0.97
