"""What survives other simulations, from made-up results of studies; no study is run."""

from types import SimpleNamespace

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
import yaml
from sklearn.metrics import roc_auc_score

import robustness
from layouts import ROOT
from leptonid.errors import InputError
from leptonid.evaluate.comparisons import comparison_table
from leptonid.evaluate.frames import write_frame
from leptonid.metrics.scored_events import ScoredEvents
from leptonid.study.config import prepare_config
from leptonid.study.config_schema import read_default_config
from leptonid.tables.files import write_json

NAMES = ["et_and_ht", *robustness.SAME_COLUMNS, "hl"]


def merge(config, overlay):
    """Return a config with an overlay."""
    merged = {
        key: merge(config.get(key) or {}, value) if isinstance(value, dict) else value
        for key, value in overlay.items()
    }
    return {**config, **merged}


def test_the_reduced_study_accepts_all_changes_and_differs_from_the_reference():
    overlay = yaml.safe_load((ROOT / robustness.CONFIG).read_text())
    simulations = []
    for changes in robustness.STUDIES.values():
        config = merge(read_default_config(), overlay)
        config["data"]["simulation"] |= changes
        prepare_config(config)
        assert set(config["train"]["features"]) == {"et_and_ht", "hl", "hl_and_efp"}
        assert list(config["search"]["searches"]) == [robustness.SEARCH]
        simulations.append(config["data"]["simulation"])
    assert len({str(sorted(simulation.items())) for simulation in simulations}) == len(simulations)
    default = read_default_config()["data"]["simulation"]
    assert {name for name in default if simulations[0][name] != default[name]} == {"events", "chunk", "pool"}


def write_study(folder, separations, stopped=False):
    """Write the tables of a study whose classifiers separate Gaussian classes by so much."""
    rng = np.random.default_rng(0)
    y = np.arange(4000) % 2
    common = rng.normal(size=4000)
    scored = {
        name: ScoredEvents(y, (separation * y + common + 0.1 * rng.normal(size=4000))[None])
        for name, separation in separations.items()
    }
    (folder / "evaluate").mkdir(parents=True)
    write_frame(comparison_table(scored), folder / "evaluate/comparisons.feather")
    aucs = [(name, events.aucs().mean()) for name, events in scored.items()]
    aucs.append(("search_hl", 0.99))
    write_frame(pd.DataFrame(aucs, columns=["classifier", "auc"]), folder / "evaluate/auc.feather")
    passes = folder / "search/hl/pass1"
    passes.mkdir(parents=True)
    choice = {"stopped": "enough"} if stopped else {"stopped": None, "inputs": ["hl", "ecal/sum_et"]}
    write_json(choice, passes / "choice.json")
    columns = {"pass": [0, 1, 2], "gap_closed": [np.nan, 0.4, 0.6]}
    table = pd.DataFrame({**columns, "gap_closed_uncertainty": [np.nan, 0.05, 0.04]})
    write_frame(table[:1] if stopped else table, folder / "search/hl/passes.feather")
    return folder


@pytest.fixture
def folders(tmp_path):
    """A reference, a study with two pairs turned round, one of them by little, and one that stopped."""
    separations = dict(zip(NAMES, (2.0, 1.8, 1.7, 1.0), strict=True))
    return {
        "reference": write_study(tmp_path / "reference", separations),
        "other": write_study(tmp_path / "other", {**separations, "hl_and_efp": 1.6, "et_and_ht": 1.6999}),
        "stopped": write_study(tmp_path / "stopped", separations, stopped=True),
    }


def test_numbers_of_a_study_are_those_of_its_tables(folders):
    row = robustness.study("other", folders["other"])
    assert row["ranking"].split()[1:] == ["et_and_ht", "hl_and_efp", "hl"]
    assert row["first_observable"] == "ecal/sum_et"
    assert (row["gap_closed_first"], row["gap_closed_uncertainty_first"]) == (0.4, 0.05)
    assert (row["gap_closed_last"], row["passes"]) == (0.6, 2)
    # The trees are the better ones here.
    difference = row["auc_hl_and_efp"] - row["auc_hl_and_efp_trees"]
    assert row["network_minus_trees"] == pytest.approx(difference)
    assert difference < 0 < row["network_minus_trees_uncertainty"]
    stopped = robustness.study("stopped", folders["stopped"])
    assert np.isnan(stopped["gap_closed_first"])
    assert stopped["passes"] == 0


def test_pairs_that_are_turned_round_are_named_with_their_significance(folders):
    pairs = {name: robustness.comparisons(folder) for name, folder in folders.items()}
    turned = robustness.turned_pairs(pairs["other"], pairs["reference"])
    assert sorted(turned) == [
        ("hl_and_efp_trees", "et_and_ht", False),
        ("hl_and_efp_trees", "hl_and_efp", True),
    ]
    assert robustness.turned_pairs(pairs["stopped"], pairs["reference"]) == []
    studies = pd.DataFrame([robustness.study(name, folder) for name, folder in folders.items()])
    lines = robustness.studies_table(studies, pairs).splitlines()
    assert "hl_and_efp_trees above et_and_ht (not significant)" in lines[3]
    assert "hl_and_efp_trees above hl_and_efp" in lines[3]
    assert lines[3].count("(not significant)") == 1
    assert "| no pair |" in lines[4]


def test_domain_shift_is_the_paired_difference_to_the_own_training(folders, monkeypatch):
    rng = np.random.default_rng(1)
    y = np.arange(500) % 2
    noise = {name: rng.normal(size=500) for name in folders}

    def score(path, classifier, threads, splits):
        assert (path.name, threads, splits) == ("events.h5", 2, ["test"])
        strength = 2 if classifier.trained == path.parents[2].name else 1
        return pa.table({"y": y, "score": strength * y + noise[path.parents[2].name]})

    monkeypatch.setattr(robustness, "score_file", score)
    monkeypatch.setattr(
        robustness, "load_classifier", lambda folder: SimpleNamespace(trained=folder.parents[2].name)
    )
    for folder in folders.values():
        for name in ("hl", "et_and_ht"):
            (folder / "train" / name / "seed0").mkdir(parents=True)
    shift = robustness.domain_shift(folders, 2)
    assert len(shift) == 2 * 3 * 3
    table = shift.set_index(["classifier", "train", "test"])
    for test in folders:
        assert table.loc[("hl", test, test), "difference"] == 0
        own, foreign = (roc_auc_score(y, strength * y + noise[test]) for strength in (2, 1))
        other = next(name for name in folders if name != test)
        row = table.loc[("hl", other, test)]
        assert row["auc"] == pytest.approx(foreign)
        assert row["difference"] == pytest.approx(foreign - own)
        assert 0 < row["paired"] < np.sqrt(2) * row["uncertainty"]
    text = robustness.shift_tables(shift)
    assert text.count(" trained on | reference | other | stopped |") == 2


def test_a_failed_study_is_named(tmp_path, monkeypatch):
    monkeypatch.setattr(robustness.subprocess, "run", lambda command: SimpleNamespace(returncode=1))
    with pytest.raises(InputError, match=r"snakemake evaluate --cores 2 .*seed_2\.yaml: ended with 1"):
        robustness.run_study(tmp_path / "seed_2", {"events": 20, "seed": 2}, "2")
    written = yaml.safe_load((tmp_path / "seed_2.yaml").read_text())
    assert written == {"results": str(tmp_path / "seed_2"), "data": {"simulation": {"events": 20, "seed": 2}}}
