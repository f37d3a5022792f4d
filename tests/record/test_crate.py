"""The crate: valid for the validator of its profiles, right about the runs of results, reproducible."""

import hashlib
import json
import os
import shutil
import zipfile
from datetime import datetime
from pathlib import Path

import pytest
from matplotlib.figure import Figure
from rocrate_validator.models import Severity

import provenance
from leptonid import plotting
from leptonid.errors import InputError
from leptonid.record.crate import FORMATS
from leptonid.study import paths
from leptonid.tables.sample import Sample, write_sample
from record.validation import issues
from record.write_crate import main
from tiny_study import Study

ROOT = Path(__file__).parents[2]
LABEL = "lepton-id simulation (stand-in)"


@pytest.fixture
def results(tmp_path, monkeypatch):
    """A folder of results with one study, inside a copy of the workflow."""
    for name in ("workflow", "envs", "config", "resources", "profiles", "tools"):
        (tmp_path / name).symlink_to(ROOT / name)
    for name in ("Snakefile", "CITATION.cff", "README.md"):
        shutil.copy(ROOT / name, tmp_path)
    (tmp_path / "events.h5").write_text("events")
    monkeypatch.chdir(tmp_path)
    results = tmp_path / "results"
    write_sample(Sample(LABEL, "GeV"), results / "data/sample.json")
    start("2026-01-01T00:00:00+00:00", seeds=[0])
    for name in ("tables/auc.csv", "report.html"):
        write(results / name, at="2026-01-01T01:00:00+00:00")
    draw(results / "figures/roc.png", at="2026-01-01T00:30:00+00:00")
    draw(results / "figures/roc.pdf", at="2026-01-01T00:30:00+00:00")
    return results


def start(time, **train):
    """Write the manifest of a study, as `onstart` does, and its config, as the report does."""
    data = {
        "source": "file",
        "path": "events.h5",
        "layout": "electrons",
        "delphes": {"signal": [], "background": []},
    }
    config = {"results": "results", "data": data, "train": train}

    class Clock(datetime):
        @classmethod
        def now(cls, zone=None):
            return cls.fromisoformat(time)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(provenance, "datetime", Clock)
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
    files = [
        *Path("results").glob("figures/*"),
        *Path("results").glob("tables/*"),
        Path("results/report.html"),
    ]
    main(
        [
            "--workflow", *provenance.code_files(), "CITATION.cff", "README.md", "config/config.yaml",
            "--citation", "CITATION.cff",
            "--settings", '{"results": "results"}',
            "--results", *map(str, sorted(files)),
            "--config", "results/config.yaml",
            "--sample", "results/data/sample.json",
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
    return sorted(
        (
            action["startTime"],
            action["endTime"],
            sorted(result["@id"].removeprefix("results/") for result in action["result"]),
        )
        for action in entities(crate).values()
        if action["@type"] == "CreateAction"
    )


def test_a_crate_is_valid_and_follows_nearly_all_recommendations(results, tmp_path):
    problems = issues(pack(), tmp_path, Severity.RECOMMENDED)
    assert {issue.split()[1] for issue in problems} == {
        "process-run-crate-0.5_3.2",  # the workflow has no page
        "process-run-crate-0.5_5.1",  # the validator mistakes its own classes for applications
        "process-run-crate-0.5_8.6",  # nobody is named as the agent
        "ro-crate-1.1_22.2",  # nor as the author of the results
        "ro-crate-1.1_22.3",  # nor as their publisher
        "ro-crate-1.1_28.1",  # events are named by their hash
        "ro-crate-1.1_31.2",  # the workflow's authors have no page either
    }


def test_the_validator_finds_a_wrong_crate(results, tmp_path):
    crate = pack()
    with zipfile.ZipFile(crate) as archive:
        files = {name: archive.read(name) for name in archive.namelist()}
    metadata = json.loads(files["ro-crate-metadata.json"])
    described = {entity["@id"]: entity for entity in metadata["@graph"]}
    described["Snakefile"]["@type"] = ["File"]
    del described["./"]["conformsTo"]
    described["results/figures/roc.png"]["@id"] = "results/figures/other.png"
    files["ro-crate-metadata.json"] = json.dumps(metadata).encode()
    with zipfile.ZipFile(crate, "w") as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    problems = "\n".join(issues(crate, tmp_path))
    for text in ("Main Workflow must have types", "profile", "other.png"):
        assert text in problems


def test_every_kind_of_result_has_a_format():
    texts = {Path(path).suffix for path in (paths.SUMMARY, paths.REPORT_TEXT)}
    assert {*plotting.METADATA, *texts, ".csv", ".html", ".tex"} <= FORMATS.keys()


def test_a_crate_describes_the_run_and_its_inputs(results):
    described = entities(pack())
    (action,) = [entity for entity in described.values() if entity["@type"] == "CreateAction"]
    assert action["description"] == "Starts: 1; the last command: snakemake --cores 2"
    assert action["instrument"] == {"@id": "Snakefile"}
    events, manifest, config = [described[item["@id"]] for item in action["object"]]
    digest = hashlib.sha256(b"events").hexdigest()
    assert (events["name"], events["sha256"], events["contentSize"]) == ("events.h5", digest, "6")
    assert manifest["@id"] == f"results/manifests/{action['@id'][1:]}.json"
    assert config["@id"] == "results/config.yaml"
    assert LABEL in described["./"]["name"]
    assert "Energy Flow Polynomials" in described["./"]["keywords"]
    assert described["./"]["license"] == {"@id": "https://spdx.org/licenses/MIT"}
    software = {entity["name"] for entity in described.values() if entity["@type"] == "SoftwareApplication"}
    assert {"python", "numpy", "keras", "rocrate", "snakemake"} <= software


def test_a_crate_holds_the_described_files_without_the_events(results):
    with zipfile.ZipFile(pack()) as archive:
        names = set(archive.namelist())
        assert archive.read("results/tables/auc.csv") == b"auc.csv"
        assert archive.read("Snakefile") == (ROOT / "Snakefile").read_bytes()
    described = {name for name, entity in entities(pack()).items() if "File" in entity["@type"]}
    assert {name for name in described if not name.startswith("ni:")} <= names
    assert "workflow/scripts/leptonid/tables/files.py" in names
    assert not any(name.endswith((".h5", ".feather", ".pyc")) for name in names)


def test_equal_content_gives_equal_crates(results):
    first = pack("one.zip").read_bytes()
    os.utime("Snakefile")
    assert pack("two.zip").read_bytes() == first


def test_a_crate_assigns_results_to_runs(results):
    start("2026-01-02T00:00:00+00:00", seeds=[0, 1])
    draw(results / "figures/rejection.png", at="2026-01-02T00:10:00+00:00")
    write(results / "tables/metrics.csv", at="2026-01-02T00:20:00+00:00")
    # A later start that made nothing.
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


def test_a_touched_figure_still_belongs_to_its_run(results):
    start("2026-01-02T00:00:00+00:00", seeds=[0, 1])
    os.utime(results / "figures/roc.png")
    (action,) = actions(pack())
    assert action[0] == "2026-01-01T00:00:00+00:00"
    assert "figures/roc.png" in action[2]


def test_results_without_a_manifest_are_refused(results):
    shutil.rmtree(results / "manifests")
    with pytest.raises(InputError, match=r"no manifest describes the study of these results; .* --forceall"):
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
    """Return the jobs of a study without results."""
    return study.jobs("--config", "results=elsewhere")
