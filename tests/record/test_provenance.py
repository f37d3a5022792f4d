"""The manifest: one identifier for a study, wherever and whenever it is run, and another for any other."""

import json
import os
import shutil
import subprocess
from pathlib import Path

import pytest
from snakemake.exceptions import WorkflowError

import provenance

ENVIRONMENT = "dependencies:\n  - python=3.12.1\n  - numpy=1.0\n  - pip=26\n  - pip:\n      - nothing==2.0\n"


@pytest.fixture
def root(tmp_path):
    """A workflow in little."""
    folder = tmp_path / "study"
    for name, text in {
        "Snakefile": "rule all:\n",
        "workflow/rules/data.smk": "rule data:\n",
        "workflow/scripts/leptonid/figures.py": "x = 1\n",
        "envs/data.yaml": ENVIRONMENT,
        "resources/published.csv": "auc\n0.9\n",
        "events.h5": "events",
    }.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)
    return folder


def settings(**changes):
    return {
        "results": "results",
        "data": {"source": "file", "path": "events.h5"},
        "train": {"seeds": [0]},
        **changes,
    }


def made(root, config=None, deployment=(), previous=None):
    return provenance.manifest(config or settings(), "local", list(deployment), root, previous or {})


def identifier(root, config=None, **options):
    return made(root, config, **options)["identifier"]


def test_equal_studies_have_one_identifier_wherever_they_and_their_events_lie(root, tmp_path):
    before = identifier(root)
    other = tmp_path / "elsewhere/study"
    shutil.copytree(root, other)
    (other / "events.h5").rename(tmp_path / "events.h5")
    for path in other.rglob("*"):
        os.utime(path, (1, 1))
    config = settings(
        results="/scratch/results", data={"source": "file", "path": str(tmp_path / "events.h5")}
    )
    assert identifier(other, config) == before


def test_what_is_no_code_does_not_count(root):
    before = identifier(root)
    for name in (
        "workflow/a.pyc",
        "workflow/scripts/.#figures.py",
        "README.md",
        "mine.yaml",
        "results/a.csv",
    ):
        (root / name).parent.mkdir(exist_ok=True)
        (root / name).write_text("x")
    (root / "workflow/broken.py").symlink_to("nowhere")
    assert identifier(root) == before


@pytest.mark.parametrize(
    "name", ["Snakefile", "workflow/rules/data.smk", "workflow/scripts/leptonid/figures.py", "envs/data.yaml"]
)
def test_one_more_line_of_code_makes_another_study(root, name):
    before = identifier(root)
    (root / name).write_text((root / name).read_text() + "# A comment.\n")
    assert identifier(root) != before


@pytest.mark.parametrize(
    "change",
    [
        {"train": {"seeds": [1]}},
        {"data": {"source": "simulation", "path": "events.h5"}},
        # Figures name the events by it where the file does not.
        {"data": {"source": "file", "path": "others.h5"}},
    ],
)
def test_another_config_makes_another_study(root, change):
    shutil.copy(root / "events.h5", root / "others.h5")
    assert identifier(root, settings(**change)) != identifier(root)


def test_another_event_makes_another_study(root):
    before = identifier(root)
    (root / "events.h5").write_text("Events")
    assert identifier(root) != before


def test_another_version_makes_another_study(root, monkeypatch):
    before = made(root)
    monkeypatch.setattr(provenance.metadata, "version", lambda name: "9.9")
    after = made(root)
    assert after["software"]["numpy"] == "9.9" != before["software"]["numpy"]
    assert after["identifier"] != before["identifier"]


def test_versions_are_those_installed_or_those_of_the_environments(root):
    assert made(root)["software"] == {
        "python": provenance.platform.python_version(),
        "numpy": provenance.metadata.version("numpy"),
        "nothing": None,
    }
    assert made(root, deployment=["conda"])["software"] == {
        "python": "3.12.1", "numpy": "1.0", "nothing": "2.0",
    }  # fmt: skip


def test_a_file_of_events_is_read_once(root, monkeypatch):
    hashed = []
    sha256 = provenance._sha256
    monkeypatch.setattr(provenance, "_sha256", lambda path: hashed.append(path.name) or sha256(path))
    first = made(root)
    assert hashed.count("events.h5") == 1
    again = made(root, previous=first)
    assert hashed.count("events.h5") == 1
    assert again["inputs"] == first["inputs"]
    os.utime(root / "events.h5", (1, 1))
    touched = made(root, previous=first)
    assert hashed.count("events.h5") == 2
    assert touched["identifier"] == first["identifier"]


@pytest.mark.parametrize("path", ["missing.h5", "workflow", "nul\0.h5"])
def test_events_that_cannot_be_read_are_left_to_their_check(root, path):
    manifest = made(root, settings(data={"source": "file", "path": path}))
    assert [entry["sha256"] for entry in manifest["inputs"]] == [None]
    # And looked at again when they can be.
    entry = {**made(root)["inputs"][0], "sha256": None}
    assert made(root, previous={"inputs": [entry]})["inputs"][0]["sha256"]


def test_a_simulation_has_no_input(root):
    assert made(root, settings(data={"source": "simulation", "path": "events.h5"}))["inputs"] == []


def git(root, *arguments):
    options = ["-c", "user.name=a", "-c", "user.email=a@b"]
    return subprocess.run(
        ["git", *options, *arguments], cwd=root, check=True, capture_output=True, text=True
    ).stdout.strip()


def test_the_commit_is_named_and_whether_anything_differs_from_it(root):
    git(root, "init", "--quiet")
    assert made(root)["git"] == {"commit": None, "clean": None}
    git(root, "add", ".")
    git(root, "commit", "--quiet", "--message", "one")
    commit = git(root, "rev-parse", "HEAD")
    assert made(root)["git"] == {"commit": commit, "clean": True}
    (root / "workflow/rules/data.smk").write_text("rule other:\n")
    assert made(root)["git"] == {"commit": commit, "clean": False}


def test_the_commit_of_a_repository_around_the_workflow_is_not_its_own(root):
    git(root.parent, "init", "--quiet")
    (root.parent / "note").write_text("")
    git(root.parent, "add", "note")
    git(root.parent, "commit", "--quiet", "--message", "one")
    assert made(root)["git"] == {"commit": None, "clean": None}


def test_a_study_is_run_without_git_too(root, monkeypatch, tmp_path):
    before = identifier(root)
    monkeypatch.setenv("PATH", str(tmp_path))
    manifest = made(root)
    assert manifest["git"] == {"commit": None, "clean": None}
    assert manifest["identifier"] == before


def test_a_manifest_and_its_copy_are_written_and_tell_of_earlier_starts(root, monkeypatch):
    monkeypatch.chdir(root)
    commands = ["snakemake --cores 1", "snakemake 'a b;\nc'"]
    for arguments in (["--cores", "1"], ["a b;\nc"]):
        monkeypatch.setattr("sys.argv", ["/bin/snakemake", *arguments])
        provenance.write_manifest(settings(), "slurm", {"conda"})
    text = Path("results/manifest.json").read_text()
    manifest = json.loads(text)
    digits = manifest["identifier"].removeprefix("sha256:")
    assert [path.name for path in Path("results").rglob("*.*")] == ["manifest.json", f"{digits}.json"]
    assert Path(f"results/manifests/{digits}.json").read_text() == text
    assert [start["command"] for start in manifest["earlier"]] == commands[:1]
    assert manifest["command"] == commands[1]
    assert manifest["snakemake"]["executor"] == "slurm"
    assert manifest["machine"]["cores"] >= 1
    assert set(manifest["earlier"][0]) == set(provenance.START) <= set(manifest)


def test_another_study_leaves_the_manifest_of_the_first(root, monkeypatch):
    monkeypatch.chdir(root)
    for seed in (0, 1):
        provenance.write_manifest(settings(train={"seeds": [seed]}), "local", [])
    manifests = [json.loads(path.read_text()) for path in Path("results/manifests").iterdir()]
    assert sorted(manifest["config"]["train"]["seeds"] for manifest in manifests) == [[0], [1]]
    assert all(not manifest["earlier"] for manifest in manifests)


@pytest.mark.parametrize("damage", ["", "[1]", '{"inputs": '])
def test_a_damaged_manifest_is_made_anew(root, monkeypatch, damage):
    monkeypatch.chdir(root)
    provenance.write_manifest(settings(), "local", [])
    for path in Path("results").rglob("*.json"):
        path.write_text(damage)
    provenance.write_manifest(settings(), "local", [])
    assert json.loads(Path("results/manifest.json").read_text())["earlier"] == []


def test_a_manifest_that_cannot_be_written_ends_the_run(root, monkeypatch):
    monkeypatch.chdir(root)
    Path("results").write_text("a file")
    with pytest.raises(WorkflowError, match=r"results/manifests/.*: the manifest cannot be written"):
        provenance.write_manifest(settings(), "local", [])


def test_a_path_cannot_leave_its_variable():
    command = provenance.shell_prefix("a'; echo b; '") + 'printf %s "$LEPTON_ID_MANIFEST"'
    printed = subprocess.run(["bash", "-c", command], check=True, capture_output=True, text=True).stdout
    assert printed == "a'; echo b; '/manifest.json"
