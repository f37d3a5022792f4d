"""Jobs run whatever their files are called, and no shell runs text from a name or a label."""

import shutil

import pytest

from tiny_study import TINY, Study

# All characters special to a shell that a name can have; each command would leave a file called canary.
NAME = "it's a; touch canary & touch canary | (touch canary) *?[y]~#!%s=, é"
# A label can have more.
LABEL = f'{NAME} " $(touch canary) `touch canary` \\ \n {{input}} <results> $HOME'


@pytest.mark.slow
def test_names_and_labels_reach_no_shell(tmp_path):
    study = Study.create(tmp_path / NAME)
    shutil.move(study.folder / "events.h5", study.folder / f"{NAME}.h5")
    data = {"path": f"{NAME}.h5", "label": LABEL}
    study.configure({**TINY, "data": data, "results": f"{NAME}/results"})
    results = study.folder / NAME / "results"
    files = [
        "efp/unique.feather",
        "figures/ecal_mean.png",
        "figures/variables.png",
        "train/hl/seed0/scores.feather",
    ]
    study.run("data", *(f"{NAME}/results/{file}" for file in files))
    assert [file for file in files if not (results / file).is_file()] == []
    assert (results / "logs/train/hl/seed0.log").is_file()
    assert (results / "benchmarks/data/check_events.jsonl").is_file()
    assert list(tmp_path.rglob("canary*")) == []


def test_a_folder_that_snakemake_does_not_quote_is_refused(fresh, tmp_path):
    """Commands for clusters have it in double quotes; tests/study tests other characters and paths."""
    folder = tmp_path / "$(touch canary)"
    result = fresh.copy(folder).dry_run(check=False)
    assert result.returncode == 1
    assert "the workflow's folder: " in result.stdout
    assert list(tmp_path.rglob("canary*")) == []
