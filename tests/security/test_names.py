"""Jobs run whatever their files are called, and nothing that stands in a name or a label is run."""

import shutil

import pytest

from study import TINY, Study

# All that a shell minds and a name can have; each command would leave a file called canary.
NAME = "it's a; touch canary & touch canary | (touch canary) *?[y]~#!%s=, é"
# What a label can have too.
LABEL = f'{NAME} " $(touch canary) `touch canary` \\ \n {{input}} <results> $HOME'


@pytest.mark.slow
def test_names_and_labels_reach_no_shell(tmp_path):
    study = Study.create(tmp_path / NAME)
    shutil.move(study.folder / "events.h5", study.folder / f"{NAME}.h5")
    data = {"path": f"{NAME}.h5", "label": LABEL}
    study.configure({**TINY, "data": data, "results": f"{NAME}/results"})
    results = study.folder / NAME / "results"
    made = [
        "efp/unique.feather",
        "figures/ecal_mean.png",
        "figures/variables.png",
        "train/hl/seed0/scores.feather",
    ]
    study.run("data", *(f"{NAME}/results/{file}" for file in made))
    assert [file for file in made if not (results / file).is_file()] == []
    assert (results / "logs/train/hl/seed0.log").is_file()
    assert (results / "benchmarks/data/check_events.jsonl").is_file()
    assert list(tmp_path.rglob("canary*")) == []


@pytest.mark.parametrize("name", ["$(touch canary)", "`touch canary`", "a\nb", 'a"b', "a\\b", "{a}", "<a>"])
def test_names_that_snakemake_would_not_quote_are_refused(fresh, tmp_path, name):
    """In a command for a cluster, Snakemake has them in double quotes."""
    study = fresh.copy(tmp_path / "study")
    study.configure({**TINY, "results": name})
    result = study.snakemake("--dry-run", check=False)
    assert result.returncode == 1
    assert f"results: {name!r} holds " in result.stdout + result.stderr
    study.configure(TINY)
    study.folder.rename(tmp_path / name)
    result = Study(tmp_path / name).snakemake("--dry-run", check=False)
    assert result.returncode == 1
    assert "the workflow's folder: " in result.stdout + result.stderr
    assert list(tmp_path.rglob("canary*")) == []
