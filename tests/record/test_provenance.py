"""The manifest: equal studies have equal identifiers wherever and whenever they run, others differ."""

import hashlib
import json
import os
import shutil
import subprocess
from pathlib import Path

import pytest
from snakemake.exceptions import WorkflowError
from snakemake.utils import format as format_shell

import provenance

ENVIRONMENT = "dependencies:\n  - python=3.12.1\n  - numpy=1.0\n  - pip=26\n  - pip:\n      - nothing==2.0\n"


@pytest.fixture
def root(tmp_path):
    """A small stand-in for the workflow."""
    folder = tmp_path / "study"
    for name, text in {
        "Snakefile": "rule all:\n",
        "workflow/rules/data.smk": "rule data:\n",
        "workflow/scripts/leptonid/figures.py": "x = 1\n",
        "envs/data.yaml": ENVIRONMENT,
        "resources/photons/published.csv": "auc\n0.9\n",
        "photons.yaml": "classes: {signal: {title: photons}}\n",
        "events.h5": "events",
    }.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)
    return folder


def settings(**changes):
    return {
        "results": "results",
        "train": {"seeds": [0]},
        **changes,
        "data": {
            "source": "file",
            "path": "events.h5",
            "layout": "photons.yaml",
            "delphes": {"signal": [], "background": []},
            **changes.get("data", {}),
        },
    }


def manifest_of(root, config=None, deployment=(), previous=None):
    return provenance.manifest(config or settings(), "local", list(deployment), root, previous or {})


def identifier(root, config=None, **options):
    return manifest_of(root, config, **options)["identifier"]


def test_equal_studies_have_one_identifier_wherever_they_and_their_events_lie(root, tmp_path):
    before = identifier(root)
    other = tmp_path / "elsewhere/study"
    shutil.copytree(root, other)
    (other / "events.h5").rename(tmp_path / "events.h5")
    for path in other.rglob("*"):
        os.utime(path, (1, 1))
    config = settings(
        results="/scratch/results",
        data={"path": str(tmp_path / "events.h5"), "layout": str(other / "photons.yaml")},
    )
    assert identifier(other, config) == before


def test_files_that_are_not_code_do_not_count(root):
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
        {"data": {"source": "simulation"}},
        # The file's name is the label where the file has none.
        {"data": {"path": "others.h5"}},
        # So is the layout's name that of its captions.
        {"data": {"layout": "others.yaml"}},
    ],
)
def test_another_config_makes_another_study(root, change):
    shutil.copy(root / "events.h5", root / "others.h5")
    shutil.copy(root / "photons.yaml", root / "others.yaml")
    assert identifier(root, settings(**change)) != identifier(root)


@pytest.mark.parametrize("name", ["events.h5", "photons.yaml"])
def test_other_events_or_another_layout_make_another_study(root, name):
    before = identifier(root)
    (root / name).write_text((root / name).read_text() + "published: {}")
    assert identifier(root) != before


def test_another_version_makes_another_study(root, monkeypatch):
    before = manifest_of(root)
    monkeypatch.setattr(provenance.metadata, "version", lambda name: "9.9")
    after = manifest_of(root)
    assert after["software"]["numpy"] == "9.9" != before["software"]["numpy"]
    assert after["identifier"] != before["identifier"]


def test_versions_are_as_installed_or_as_the_environments_pin_them(root):
    assert manifest_of(root)["software"] == {
        "python": provenance.platform.python_version(),
        "numpy": provenance.metadata.version("numpy"),
        "nothing": None,
    }
    assert manifest_of(root, deployment=["conda"])["software"] == {
        "python": "3.12.1", "numpy": "1.0", "nothing": "2.0",
    }  # fmt: skip


def test_an_event_file_is_hashed_once(root, monkeypatch):
    hashed = []
    sha256 = provenance._sha256
    monkeypatch.setattr(provenance, "_sha256", lambda path: hashed.append(path.name) or sha256(path))
    first = manifest_of(root)
    assert hashed.count("events.h5") == 1
    again = manifest_of(root, previous=first)
    assert hashed.count("events.h5") == 1
    assert again["inputs"] == first["inputs"]
    os.utime(root / "events.h5", (1, 1))
    touched = manifest_of(root, previous=first)
    assert hashed.count("events.h5") == 2
    assert touched["identifier"] == first["identifier"]


@pytest.mark.parametrize("path", ["missing.h5", "workflow", "nul\0.h5"])
def test_unreadable_events_have_no_hash(root, path):
    manifest = manifest_of(root, settings(data={"path": path}))
    assert [entry["sha256"] for entry in manifest["inputs"]] == [None]
    # They are hashed as soon as they can be read.
    entry = {**manifest_of(root)["inputs"][0], "sha256": None}
    assert manifest_of(root, previous={"inputs": [entry]})["inputs"][0]["sha256"]


def test_every_file_of_events_is_an_input(root):
    shutil.copy(root / "events.h5", root / "others.h5")
    path = {"train": ["events.h5", "others.h5"], "valid": "events.h5", "test": "others.h5"}
    manifest = manifest_of(root, settings(data={"path": path}))
    assert [entry["path"] for entry in manifest["inputs"]] == ["events.h5", "others.h5"]
    assert manifest["identifier"] != identifier(root)
    # A list of one file is that file.
    assert identifier(root, settings(data={"path": ["events.h5"]})) != identifier(
        root, settings(data={"path": path})
    )


def downloaded(expected=None, url="https://x.org/events.h5"):
    return settings(data={"source": "download", "download": {"urls": [url], "sha256": expected}})


def test_a_download_is_the_same_study_as_its_file_and_names_its_address(root):
    digits = hashlib.sha256(b"events").hexdigest()
    assert identifier(root, downloaded()) == identifier(root)
    assert identifier(root, downloaded(digits, "http://mirror.org/events.h5")) == identifier(root)
    receipt = root / "events.h5.receipt.json"
    receipt.write_text(json.dumps({"url": "https://x.org/events.h5", "sha256": digits}))
    (entry,) = manifest_of(root, downloaded())["inputs"]
    assert (entry["url"], entry["sha256"]) == ("https://x.org/events.h5", digits)
    receipt.write_text(json.dumps({"url": "https://x.org/events.h5", "sha256": "of another file"}))
    assert "url" not in manifest_of(root, downloaded())["inputs"][0]


def test_a_file_in_the_place_of_a_download_must_be_the_pinned_one(root, monkeypatch):
    monkeypatch.chdir(root)
    digits = hashlib.sha256(b"events").hexdigest()
    provenance.write_manifest(downloaded(digits.upper()), "local", [])
    Path("events.h5").write_text("others")
    with pytest.raises(
        WorkflowError, match=rf"events\.h5: its SHA-256 is .*, expected {digits} \(data\.down"
    ):
        provenance.write_manifest(downloaded(digits), "local", [])
    # Not there yet: the download looks itself.
    Path("events.h5").unlink()
    provenance.write_manifest(downloaded(digits), "local", [])


def test_delphes_files_are_inputs(root):
    (root / "s.root").write_text("signal")
    (root / "b.root").write_text("background")
    delphes = {"signal": ["s.root"], "background": ["b.root"]}
    study = settings(data={"source": "delphes", "delphes": delphes})
    manifest = manifest_of(root, study)
    assert [entry["path"] for entry in manifest["inputs"]] == ["s.root", "b.root"]
    (root / "b.root").write_text("other")
    assert manifest_of(root, study)["identifier"] != manifest["identifier"]


def test_a_simulation_has_no_input(root):
    assert manifest_of(root, settings(data={"source": "simulation"}))["inputs"] == []


def git(root, *arguments):
    options = ["-c", "user.name=a", "-c", "user.email=a@b"]
    return subprocess.run(
        ["git", *options, *arguments], cwd=root, check=True, capture_output=True, text=True
    ).stdout.strip()


def test_the_commit_is_named_and_whether_anything_differs_from_it(root):
    git(root, "init", "--quiet")
    assert manifest_of(root)["git"] == {"commit": None, "clean": None}
    git(root, "add", ".")
    git(root, "commit", "--quiet", "--message", "one")
    commit = git(root, "rev-parse", "HEAD")
    assert manifest_of(root)["git"] == {"commit": commit, "clean": True}
    (root / "workflow/rules/data.smk").write_text("rule other:\n")
    assert manifest_of(root)["git"] == {"commit": commit, "clean": False}


def test_a_repository_that_does_not_track_the_workflow_gives_no_commit(root):
    git(root.parent, "init", "--quiet")
    (root.parent / "note").write_text("")
    git(root.parent, "add", "note")
    git(root.parent, "commit", "--quiet", "--message", "one")
    assert manifest_of(root)["git"] == {"commit": None, "clean": None}


def test_a_manifest_needs_no_git(root, monkeypatch, tmp_path):
    before = identifier(root)
    monkeypatch.setenv("PATH", str(tmp_path))
    manifest = manifest_of(root)
    assert manifest["git"] == {"commit": None, "clean": None}
    assert manifest["identifier"] == before


def test_a_manifest_and_its_copy_list_earlier_starts(root, monkeypatch):
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
def test_a_damaged_manifest_is_replaced(root, monkeypatch, damage):
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


def run_with_prefix(results, command, **environment):
    prefix = format_shell(provenance.shell_prefix(results))
    return subprocess.run(
        ["bash", "-c", prefix + command], check=True, capture_output=True, text=True,
        env={"PATH": os.environ["PATH"], **environment},
    ).stdout  # fmt: skip


def test_a_path_with_quotes_stays_in_its_variable():
    printed = run_with_prefix("a'; echo b; '", 'printf %s "$LEPTON_ID_MANIFEST"')
    assert printed == "a'; echo b; '/manifest.json"


def test_programs_find_the_library_before_other_packages():
    command = 'printf %s "$PYTHONPATH"'
    assert run_with_prefix("results", command) == "workflow/scripts"
    assert run_with_prefix("results", command, PYTHONPATH="a:b") == "workflow/scripts:a:b"
