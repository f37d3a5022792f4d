"""The target `tune`: its jobs, what it says where nothing is asked for, and that its overlay is one."""

import copy
import re
from pathlib import Path

import pandas as pd
import pytest
import yaml
from snakemake.exceptions import WorkflowError
from snakemake.utils import update_config

from configuration import check_config
from leptonid.train.tuning import best_overlay
from study import TINY

ROOT = Path(__file__).parents[2]
DEFAULT = yaml.safe_load((ROOT / "config/config.yaml").read_text())
SEARCH = {"tune": 1, "conclude_tuning": 1, "plot_tuning": 1}


def with_tuning(**tuning):
    """Return the tiny study with a section `train.tuning`."""
    return {**TINY, "train": {**TINY["train"], "tuning": tuning}}


def jobs(study, config, *arguments):
    study.configure(config)
    found = study.jobs(*arguments)
    study.configure(TINY)
    return found


def test_the_trials_are_shared_by_jobs_that_do_not_see_the_test_events(fresh):
    found = jobs(fresh, with_tuning(features=["hl"], trials=7, jobs=3), "tune")
    assert found == {**SEARCH, "check_events": 1, "split_events": 2, "tune_network": 3}


def test_images_are_tuned_too_and_there_are_no_more_jobs_than_trials(fresh):
    found = jobs(fresh, with_tuning(features=["et_and_ht", "hl"], trials=2, jobs=3), "tune")
    assert found == {
        **dict.fromkeys(("conclude_tuning", "plot_tuning"), 2), "tune": 1, "check_events": 1,
        "split_events": 2, "extract_cells": 4, "tune_network": 4,
    }  # fmt: skip


def test_without_feature_sets_it_is_said_what_to_configure(fresh):
    result = fresh.snakemake("--dry-run", "tune", check=False)
    assert result.returncode == 1
    advice = re.search(r"--config '(train=.*?)'$", result.stdout + result.stderr, re.M)
    assert advice, result.stdout + result.stderr
    assert fresh.jobs("tune", "--config", advice[1])["tune_network"] == DEFAULT["train"]["tuning"]["jobs"]


def test_tuning_is_no_part_of_the_study(fresh):
    assert not {"tune_network", "plot_tuning"} & set(jobs(fresh, with_tuning(features=["hl"])))


def test_the_overlay_of_the_best_network_changes_just_its_trainings(finished, tmp_path):
    study = finished.copy(tmp_path / "study")
    trials = pd.DataFrame(
        {"state": ["complete"], "auc": 0.9, "auc_uncertainty": 0.1}
        | {"dense": 2, "units": 5, "dropout": 0.1, "learning_rate": 1e-4}
    )
    (study.folder / "best.yaml").write_text(best_overlay(trials, "hl"))
    result = study.snakemake("--dry-run", "train", "--configfile", "tiny.yaml", "best.yaml")
    outputs = re.findall(r"output: results/train/(\w+)/(\w+)/model", result.stdout)
    assert {features for features, _ in outputs} == {"hl"}
    assert {run for _, run in outputs} == {"seed0", "shuffle0", "fold0", "fold1"}


BAD = {
    "no feature set": ({"features": ["x"]}, "train.tuning.features: no network x; there are: et, ht"),
    "a baseline": ({"features": ["hl_trees"]}, "train.tuning.features: no network hl_trees"),
    "ends turned": ({"flat": {"units": [9, 3]}}, "train.tuning.flat.units: 9 is above 3"),
    "full dropout": ({"images": {"dropout": [0, 1]}}, "train.tuning.images.dropout: dropout must be below 1"),
    "no learning": (
        {"flat": {"learning_rate": [0, 0.1]}},
        "train.tuning.flat.learning_rate: a learning rate must be above 0",
    ),
    "a fraction of a layer": ({"flat": {"dense": [1, 2.5]}}, "train.tuning.flat.dense.1: 2.5"),
    "blocks without images": ({"flat": {"blocks": [1, 2]}}, "train.tuning.flat: unknown key blocks"),
    "no trials": ({"trials": 0}, "train.tuning.trials: 0"),
}


@pytest.mark.parametrize("case", BAD)
def test_a_search_that_cannot_work_is_refused_with_its_key(case):
    tuning, message = BAD[case]
    config = copy.deepcopy(DEFAULT)
    update_config(config, {"train": {"tuning": tuning}})
    with pytest.raises(WorkflowError, match=re.escape(message)):
        check_config(config)
