"""The rules of each stage run with nothing but the packages of its environment file; a kill loses nothing.

Conda itself cannot be had everywhere: uv makes the environments, of the same packages from PyPI, and the
rest of what `profiles/conda` does is Snakemake's.
"""

import json
import os
import random
import shutil
import signal
import time
from pathlib import Path

import pytest
import yaml

from conda_by_uv import install
from dag.test_environments import ENVIRONMENTS, programs
from delphes_files import showers, write_delphes
from download_server import serving
from leptonid.study.layout import CLASSES
from same_results import assert_same_results
from tiny_study import EVENTS, TINY, Study

PROFILE = ("--workflow-profile", "profiles/conda")
# What the tiny study does not run, as small as can be.
SIMULATION = {"source": "simulation", "simulation": {"events": 20, "chunk": 20, "pool": 2, "overlay": 1}}
DELPHES = {
    "source": "delphes",
    "delphes": {
        "signal": ["signal.root"],
        "background": ["background.root"],
        "matching": "none",
        "events": 20,
    },
}
CURVE = {"features": ["hl_logistic"]}
EFN = {
    "kind": "efn", "inputs": ["et"], "phi_dense": 1, "phi_units": 2, "dense": 1, "units": 4, "dropout": 0.0,
    "learning_rate": 0.01,
}  # fmt: skip
MORE = {
    "search": {
        **TINY["search"],
        "candidates": ["own.csv"],
        "searches": {**TINY["search"]["searches"], "published": {"candidates": ["efps"], "passes": 1}},
    },
    "evaluate": {"variations": {"classifiers": ["et_and_ht"]}},
}
TARGETS = (
    "results/data/tables/own/valid.feather",
    "results/figures/learning_curve.png",
    "results/tables/variations.md",
    "results/figures/filters_efn.png",
    "results/tables/published_search_published.md",
)
TUNING = {"features": ["hl"], "trials": 1, "jobs": 1, "epochs": 1, "flat": {"units": [2, 4]}}


def with_published_search(text: str) -> str:
    """Return the electrons' layout with published searches like the tiny study's."""
    layout = yaml.safe_load(text)
    searches = layout["published"]["searches"]
    searches |= {"black_box": ["hl"], "efp": {"graphs": [["d<=1"]], "kappas": [1], "betas": [1, 2]}}
    searches.pop("kind", None)
    return yaml.safe_dump(layout, sort_keys=False)


@pytest.fixture(scope="module")
def study(fresh, tmp_path_factory) -> Study:
    """A study after a run in the environments, killed several times: SIGKILL to the whole process group."""
    folder = tmp_path_factory.mktemp("environments")
    study = fresh.copy(folder / "study")
    (folder / "others").mkdir()
    moments = random.Random(1)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PATH", str(install(folder / "conda")), prepend=os.pathsep)
        patch.setenv("PYTHONPATH", str(folder / "others"))
        study.snakemake("--cores", "2", *PROFILE, "--conda-create-envs-only")
        for _ in range(2):
            process = study.start("--cores", "2", *PROFILE)
            time.sleep(moments.uniform(5, 25))
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()
        study.run(*PROFILE)
        shutil.copytree(study.folder / "results", study.folder / "after the kills")
        # One chunk of each split: too few for two folds.
        repetitions = {**TINY["train"]["repetitions"], "folds": 0}
        train = {**TINY["train"], "repetitions": repetitions}
        study.configure({**TINY, "train": train, "data": SIMULATION, "results": "simulated"})
        study.run(*PROFILE, "data")
        for name in CLASSES.values():
            write_delphes(study.folder / f"{name}.root", showers(40, seed=len(name)))
        study.configure({**TINY, "data": DELPHES, "results": "delphes"})
        study.run(*PROFILE, "data")
        with serving((study.folder / "events.h5").read_bytes()) as served:
            download = {"urls": [served.url], "folder": "downloads"}
            study.configure({**TINY, "data": {"source": "download", "download": download}})
            study.run(*PROFILE, "download")
        study.configure({**TINY, "train": {**TINY["train"], "tuning": TUNING}})
        study.run(*PROFILE, "check_efps", "tune", "crate", "describe")
        rows = [f"{split},{event},{event}\n" for split in EVENTS for event in range(EVENTS[split])]
        (study.folder / "own.csv").write_text("".join(["split,event,number\n", *rows]))
        layout = study.folder / "config/layouts/electrons.yaml"
        layout.write_text(with_published_search(layout.read_text()))
        features = {**TINY["train"]["features"], "efn": EFN}
        study.configure(
            {**TINY, **MORE, "train": {**TINY["train"], "learning_curve": CURVE, "features": features}}
        )
        study.run(*PROFILE, *TARGETS)
    return study


@pytest.mark.slow
def test_every_program_runs_in_the_environment_of_its_stage_alone(study):
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
            assert not Path(path).is_relative_to(study.folder.parent / "others"), environment.name


@pytest.mark.slow
def test_a_run_that_is_killed_several_times_ends_with_the_same_results(study, finished):
    """Also shows that a config repeats its results, whatever the environments of its jobs."""
    assert_same_results(finished.folder / "results", study.folder / "after the kills")
