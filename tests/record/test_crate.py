"""The crate: valid by the validator of its profiles, honest about what made what, the same bytes again."""

import hashlib
import json
import os
import shutil
import zipfile
from datetime import datetime
from pathlib import Path

import pyarrow as pa
import pytest
from matplotlib.figure import Figure
from rocrate_validator.models import Severity

import provenance
from leptonid import plotting
from leptonid.errors import InputError
from leptonid.storage import write_feather
from record.validation import issues
from study import Study
from write_crate import main

ROOT = Path(__file__).parents[2]
LABEL = "lepton-id simulation (stand-in)"


@pytest.fixture
def results(tmp_path, monkeypatch):
    """A folder of results with one study, in a folder with the workflow's files."""
    for name in ("workflow", "envs", "config", "resources", "profiles", "tools"):
        (tmp_path / name).symlink_to(ROOT / name)
    for name in ("Snakefile", "CITATION.cff", "README.md"):
        shutil.copy(ROOT / name, tmp_path)
    (tmp_path / "events.h5").write_text("events")
    monkeypatch.chdir(tmp_path)
    results = tmp_path / "results"
    write_feather(pa.table({"y": [0, 1]}), results / "data/test.feather", {"label": LABEL})
    start("2026-01-01T00:00:00+00:00", seeds=[0])
    for name in ("tables/auc.csv", "report.html"):
        write(results / name, at="2026-01-01T01:00:00+00:00")
    draw(results / "figures/roc.png", at="2026-01-01T00:30:00+00:00")
    draw(results / "figures/roc.pdf", at="2026-01-01T00:30:00+00:00")
    return results


def start(time, **train):
    """Start a study, as `onstart` does; its config is what the report leaves."""
    config = {"results": "results", "data": {"source": "file", "path": "events.h5"}, "train": train}

    class Then(datetime):
        @classmethod
        def now(cls, zone=None):
            return cls.fromisoformat(time)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(provenance, "datetime", Then)
        patch.setattr("sys.argv", ["snakemake", "--cores", "2"])
        provenance.write_manifest(config, "local", [])
    Path("results/config.yaml").write_text(json.dumps(config))
    return json.loads(Path("results/manifest.json").read_text())["identifier"]


def write(path, at):
    path.parent.mkdir(exist_ok=True)
    path.write_text(path.name)
    os.utime(path, (datetime.fromisoformat(at).timestamp(),) * 2)


def draw(path, at):
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("LEPTON_ID_MANIFEST", "results/manifest.json")
        plotting.save(Figure((1, 1)), [path])
    os.utime(path, (datetime.fromisoformat(at).timestamp(),) * 2)


def pack(output="crate.zip"):
    """Write the crate of the results, and return its path."""
    made = [
        *Path("results").glob("figures/*"),
        *Path("results").glob("tables/*"),
        Path("results/report.html"),
    ]
    main(
        [
            "--workflow", *provenance.code_files(), "CITATION.cff", "README.md", "config/config.yaml",
            "--citation", "CITATION.cff",
            "--settings", '{"folder": "results"}',
            "--results", *map(str, sorted(made)),
            "--config", "results/config.yaml",
            "--events", "results/data/test.feather",
            "--output", output,
        ]
    )  # fmt: skip
    return Path(output).absolute()


def entities(crate):
    """Return the entities of a crate by identifier."""
    with zipfile.ZipFile(crate) as archive:
        graph = json.loads(archive.read("ro-crate-metadata.json"))["@graph"]
    return {entity["@id"]: entity for entity in graph}


def actions(crate):
    """Return start, end and names of results of every action of a crate."""
    found = entities(crate).values()
    return sorted(
        (
            action["startTime"],
            action["endTime"],
            sorted(result["@id"].removeprefix("results/") for result in action["result"]),
        )
        for action in found
        if action["@type"] == "CreateAction"
    )


def test_a_crate_is_valid_and_nearly_all_that_its_profiles_recommend(results, tmp_path):
    found = issues(pack(), tmp_path, Severity.RECOMMENDED)
    assert {issue.split()[1] for issue in found} == {
        "process-run-crate-0.5_3.2",  # the workflow has no page
        "process-run-crate-0.5_5.1",  # the validator takes its own classes for applications
        "process-run-crate-0.5_8.6",  # who ran it is not known
        "ro-crate-1.1_22.2",  # nor who the author of the results is
        "ro-crate-1.1_22.3",  # nor who will publish them
        "ro-crate-1.1_28.1",  # events are named by their hash
        "ro-crate-1.1_31.2",  # the workflow's authors have no page either
    }


@pytest.mark.parametrize(
    ("identifier", "key", "value", "said"),
    [
        ("Snakefile", "@type", ["File"], "Main Workflow must have types"),
        ("Snakefile", "programmingLanguage", None, "must refer to its language"),
        ("#config", "additionalType", None, "additionalType"),
        ("./", "license", None, "license"),
        ("./", "conformsTo", None, "profile"),
        ("results/figures/roc.png", "@id", "results/figures/other.png", "other.png"),
    ],
)
def test_a_crate_that_is_wrong_is_found(results, tmp_path, identifier, key, value, said):
    crate = pack()
    with zipfile.ZipFile(crate) as archive:
        files = {name: archive.read(name) for name in archive.namelist()}
    metadata = json.loads(files["ro-crate-metadata.json"])
    for entity in metadata["@graph"]:
        if entity["@id"] == identifier:
            entity.pop(key) if value is None else entity.update({key: value})
    files["ro-crate-metadata.json"] = json.dumps(metadata).encode()
    with zipfile.ZipFile(crate, "w") as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    assert any(said in issue for issue in issues(crate, tmp_path))


def test_a_crate_says_what_was_run_on_what(results):
    found = entities(pack())
    (action,) = [entity for entity in found.values() if entity["@type"] == "CreateAction"]
    assert action["description"] == "Starts: 1; the last command: snakemake --cores 2"
    assert action["instrument"] == {"@id": "Snakefile"}
    events, manifest, config = [found[each["@id"]] for each in action["object"]]
    digest = hashlib.sha256(b"events").hexdigest()
    assert (events["name"], events["sha256"], events["contentSize"]) == ("events.h5", digest, "6")
    assert manifest["@id"] == f"results/manifests/{action['@id'][1:]}.json"
    assert config["@id"] == "results/config.yaml"
    assert LABEL in found["./"]["name"]
    assert found["./"]["license"] == {"@id": "https://spdx.org/licenses/MIT"}
    software = {entity["name"] for entity in found.values() if entity["@type"] == "SoftwareApplication"}
    assert {"python", "numpy", "keras", "rocrate", "snakemake"} <= software


def test_a_crate_holds_its_files_but_not_the_events(results):
    with zipfile.ZipFile(pack()) as archive:
        names = set(archive.namelist())
        assert archive.read("results/tables/auc.csv") == b"auc.csv"
        assert archive.read("Snakefile") == (ROOT / "Snakefile").read_bytes()
    described = {name for name, entity in entities(pack()).items() if "File" in entity["@type"]}
    assert {name for name in described if not name.startswith("ni:")} <= names
    assert "workflow/scripts/leptonid/storage.py" in names
    assert not any(name.endswith((".h5", ".feather", ".pyc")) for name in names)


def test_equal_content_makes_equal_crates(results):
    first = pack("one.zip").read_bytes()
    os.utime("Snakefile")
    assert pack("two.zip").read_bytes() == first


def test_a_crate_says_which_run_made_what(results):
    start("2026-01-02T00:00:00+00:00", seeds=[0, 1])
    draw(results / "figures/rejection.png", at="2026-01-02T00:10:00+00:00")
    write(results / "tables/metrics.csv", at="2026-01-02T00:20:00+00:00")
    # A start that makes nothing: the file is there and up to date.
    start("2026-01-03T00:00:00+00:00", seeds=[0])
    assert actions(pack()) == [
        (
            "2026-01-01T00:00:00+00:00",
            "2026-01-01T01:00:00+00:00",
            ["figures/roc.pdf", "figures/roc.png", "report.html", "tables/auc.csv"],
        ),
        (
            "2026-01-02T00:00:00+00:00",
            "2026-01-02T00:20:00+00:00",
            ["figures/rejection.png", "tables/metrics.csv"],
        ),
    ]


def test_a_touched_figure_is_still_that_of_its_run(results):
    start("2026-01-02T00:00:00+00:00", seeds=[0, 1])
    os.utime(results / "figures/roc.png")
    (action,) = actions(pack())
    assert action[0] == "2026-01-01T00:00:00+00:00"
    assert "figures/roc.png" in action[2]


def test_results_without_a_manifest_are_refused(results):
    shutil.rmtree(results / "manifests")
    with pytest.raises(InputError, match=r"no manifest tells of these results; .* --forceall"):
        pack()


@pytest.mark.slow
def test_a_finished_study_makes_a_valid_crate(finished, tmp_path):
    study = finished.copy(tmp_path / "study")
    study.run("crate")
    crate = study.folder / "results/record/crate.zip"
    assert issues(crate, tmp_path) == []
    (action,) = actions(crate)
    assert {"figures/roc.png", "figures/roc.pdf", "tables/auc.csv", "report.html"} <= set(action[2])
    assert action[0] < action[1]
    with zipfile.ZipFile(crate) as archive:
        archive.extractall(tmp_path / "unpacked")
    shutil.copy(study.folder / "tiny.yaml", tmp_path / "unpacked")
    shutil.copy(study.folder / "events.h5", tmp_path / "unpacked")
    shutil.rmtree(tmp_path / "unpacked/results")
    assert Study(tmp_path / "unpacked").jobs() == fresh_jobs(study)


def fresh_jobs(study):
    """Return the jobs of a study that has not begun."""
    return study.jobs("--config", "results=elsewhere")
