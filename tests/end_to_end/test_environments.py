"""The rules of each stage run with nothing but the packages of its environment file.

Conda itself cannot be had everywhere: uv makes the environments, of the same packages from PyPI, and the
rest of what `profiles/conda` does is Snakemake's.
"""

import json
import os
from pathlib import Path

import pytest

from conda_by_uv import install
from dag.test_environments import ENVIRONMENTS, programs
from tiny_study import TINY

# Every program, each of them as seldom as can be.
CONFIG = {
    **TINY,
    "efp": {**TINY["efp"], "chunk": 40},
    "train": {
        **TINY["train"],
        "features": {**TINY["train"]["features"], "hl_and_efp": None},
        "baselines": {"trees": None, "logistic": {"iterations": 20}},
        "repetitions": {"shuffles": 0, "folds": 0},
        "tuning": {"features": ["hl"], "trials": 1, "jobs": 1, "epochs": 1, "flat": {"units": [2, 4]}},
    },
    "search": {**TINY["search"], "passes": 1},
}
SIMULATION = {"source": "simulation", "simulation": {"events": 20, "chunk": 20, "pool": 2, "overlay": 1}}


@pytest.mark.slow
def test_every_program_runs_in_the_environment_of_its_stage_alone(fresh, tmp_path, monkeypatch):
    study = fresh.copy(tmp_path / "study")
    commands = install(tmp_path / "conda")
    monkeypatch.setenv("PATH", str(commands), prepend=os.pathsep)
    (tmp_path / "others").mkdir()
    monkeypatch.setenv("PYTHONPATH", str(tmp_path / "others"))
    profile = ("--workflow-profile", "profiles/conda")
    study.configure({**CONFIG, "data": SIMULATION, "results": "simulated"})
    study.run(*profile, "data")
    study.configure(CONFIG)
    study.run(*profile, "all", "check_efps", "tune", "crate")

    for environment in ENVIRONMENTS:
        (copy,) = (
            path
            for path in (study.folder / ".snakemake/conda").glob("*.yaml")
            if path.read_text() == environment.read_text()
        )
        prefix = copy.with_suffix("")
        runs = [json.loads(line) for line in (prefix / "runs.jsonl").read_text().splitlines()]
        started = [run["argv"][1] for run in runs if run["argv"][1].startswith("workflow/scripts/")]
        ran = {program.removeprefix("workflow/scripts/") for program in started}
        assert ran == set(programs(environment)), environment.name
        for path in {path for run in runs for path in run["path"]}:
            assert "site-packages" not in path or Path(path).is_relative_to(prefix), environment.name
            assert not Path(path).is_relative_to(tmp_path / "others"), environment.name
