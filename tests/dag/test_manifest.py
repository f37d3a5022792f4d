"""A run writes a manifest, every figure carries its identifier, and nothing reruns because of it."""

import json
import re

import pytest


def manifests(study):
    """Return the manifests of a study's results, the current one first."""
    results = study.folder / "results"
    return [path.read_bytes() for path in (results / "manifest.json", *results.glob("manifests/*"))]


def test_a_dry_run_leaves_no_manifest(fresh):
    fresh.dry_run("data")
    assert not (fresh.folder / "results").exists()


def test_a_run_leaves_a_manifest_and_one_without_jobs_leaves_it_alone(fresh, tmp_path):
    study = fresh.copy(tmp_path / "study")
    target = "results/data/events.json"
    study.snakemake("--cores", "1", target)
    current, copy = manifests(study)
    assert current == copy
    manifest = json.loads(current)
    assert manifest["command"] == f"snakemake --configfile tiny.yaml --cores 1 {target}"
    assert manifest["config"]["train"]["epochs"] == 1
    assert [entry["path"] for entry in manifest["inputs"]] == ["events.h5"]
    study.snakemake("--cores", "1", target)
    study.dry_run("data")
    assert manifests(study) == [current, copy]
    # A start that has jobs is one more of the same study.
    study.snakemake("--cores", "1", "results/data/test.feather")
    current, copy = manifests(study)
    assert current == copy
    assert [start["started"] for start in json.loads(current)["earlier"]] == [manifest["started"]]
    # Without the manifest, nothing is to be made anew.
    (study.folder / "results/manifest.json").unlink()
    assert not study.jobs(target)


def test_events_that_are_missing_are_told_by_their_check(fresh, tmp_path):
    study = fresh.copy(tmp_path / "study")
    (study.folder / "events.h5").unlink()
    result = study.snakemake("--cores", "1", "results/data/events.json", check=False)
    assert result.returncode == 1
    assert "events.h5: no such file" in result.stdout
    assert "Traceback" not in result.stdout


@pytest.mark.slow
def test_every_figure_of_a_study_carries_its_identifier(finished):
    results = finished.folder / "results"
    (manifest,) = (results / "manifests").iterdir()
    identifier = json.loads(manifest.read_text())["identifier"]
    assert manifest.stem == identifier.removeprefix("sha256:")
    figures = [path for path in results.rglob("*") if path.suffix in (".pdf", ".png", ".svg")]
    assert len(figures) > 50
    for path in figures:
        assert set(re.findall(rb"sha256:[0-9a-f]{64}", path.read_bytes())) == {identifier.encode()}, path
