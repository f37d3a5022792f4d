"""What a run on SLURM requests, what it refuses, and what it reports."""

import os
import re
import uuid

import pytest
from snakemake.exceptions import WorkflowError

from cluster import living_jobs, refuse_living_jobs, slurm_reasons

TRAININGS = {"train_classifier", "tune_network", "train_pass", "train_candidates"}
# The two Snakemake processes in a job take half of it.
LEAST_MEMORY = 400


def line(number, folder, name=None):
    return f"{number} {name or uuid.uuid4()} {folder}"


def test_jobs_of_another_folder_or_not_of_snakemake_do_not_count(tmp_path):
    here, there = tmp_path / "a b", tmp_path / "there"
    here.mkdir()
    there.symlink_to(here)
    listing = [
        line(1, here),
        line(2, tmp_path),
        line(3, here, "jupyter"),
        line(4, there),
        line(5, here, f"my-prefix_{uuid.uuid4()}"),
        line(6, here, "a name with spaces"),
    ]
    assert living_jobs("\n".join(listing), here) == ["1", "4", "5"]
    assert living_jobs("", here) == []


@pytest.fixture
def squeue(tmp_path, monkeypatch):
    """A function that makes a stand-in for squeue of a shell script."""
    programs = tmp_path / "bin"
    programs.mkdir()
    monkeypatch.setenv("PATH", str(programs), prepend=os.pathsep)

    def make(script):
        program = programs / "squeue"
        program.write_text(f"#!/bin/sh\n{script}\n")
        program.chmod(0o755)

    return make


def test_living_jobs_are_refused_with_what_to_do(squeue, tmp_path):
    squeue(f"echo '{line(11, tmp_path)}'; echo '{line(12, tmp_path)}'")
    with pytest.raises(WorkflowError) as error:
        refuse_living_jobs(tmp_path)
    for text in ("still on the cluster: 11 12", "squeue --jobs=11,12", "scancel 11 12"):
        assert text in str(error.value)


@pytest.mark.parametrize(
    ("script", "reason"),
    [
        ("echo 'slurm_load_jobs error: Unable to contact slurm controller' >&2; exit 1", "Unable to contact"),
        ("exit 1", "exit status 1"),
        ("exec sleep 60", "timed out after"),
    ],
    ids=["error", "no word", "no end"],
)
def test_a_squeue_without_an_answer_is_told_and_does_not_block(squeue, tmp_path, monkeypatch, script, reason):
    squeue(script)
    warnings = []
    monkeypatch.setattr("cluster.logger.warning", warnings.append)
    refuse_living_jobs(tmp_path, seconds=0.5)
    (warning,) = warnings
    assert reason in warning


def test_without_slurm_nothing_is_asked(tmp_path, monkeypatch):
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr("cluster.logger.warning", pytest.fail)
    refuse_living_jobs(tmp_path)


def test_a_run_is_refused_before_it_changes_anything(fresh, squeue, tmp_path):
    study = fresh.copy(tmp_path / "study")
    squeue(f"echo '{line(11, study.folder)}'")
    result = study.snakemake("--cores", "1", "data", check=False)
    assert result.returncode == 1
    assert "still on the cluster: 11" in result.stdout
    assert not (study.folder / "results").exists()


CANCELLED = "*** JOB 7 ON n1 CANCELLED AT 2026-01-01T00:00:00"


@pytest.mark.parametrize(
    ("said", "reason"),
    [
        ("slurmstepd-n1: error: StepId=1.0 exceeded memory limit (4 > 3), being killed", "memory limit"),
        ("slurmstepd: error: Detected 1 oom_kill event in StepId=7.batch.", "oom_kill event"),
        (f"slurmstepd: error: {CANCELLED} DUE TO TIME LIMIT ***", "TIME LIMIT"),
        (f"slurmstepd: error: {CANCELLED} ***", None),
        ("MemoryError: out of memory", None),
    ],
)
def test_what_slurm_says_of_the_end_of_a_job_is_found(tmp_path, said, reason):
    log = tmp_path / "rule_x/7.log"
    log.parent.mkdir()
    log.write_text(f"Building DAG of jobs...\n{said}\nShutting down\n")
    text = (
        f"    log: results/logs/x.log, {log} (check log file(s) for error details)\n"
        f"    log: results/logs/y.log, {tmp_path}/gone/8.log (check log file(s) for error details)\n"
    )
    ends = slurm_reasons(text)
    assert [number for number, _ in ends] == (["7"] if reason else [])
    assert all(reason in said for _, said in ends)


def resources(study, *arguments):
    """Return the resources of the jobs of each rule in a dry-run, from its output."""
    printed = study.dry_run(*arguments).stdout
    jobs = re.findall(r"^rule (\w+):\n(?:    .*\n)*?    resources: (.*)$", printed, re.M)
    requests = {}
    for rule, listed in jobs:
        requests.setdefault(rule, []).append(dict(item.split("=") for item in listed.split(", ")))
    return requests


def test_only_trainings_request_gpus(finished, tmp_path):
    study = finished.copy(tmp_path / "study")
    config = study.config
    config["train"] |= {"gpus": 2, "tuning": {"features": ["hl"]}}
    study.configure(config)
    requests = resources(study, "--forceall", "all", "tune")
    assert {rule for rule, jobs in requests.items() if any("gpu" in job for job in jobs)} == TRAININGS
    assert all(job["gpu"] == "2" for rule in TRAININGS for job in requests[rule])


def test_every_job_has_room_for_snakemake_beside_its_program(fresh):
    requests = resources(fresh, "--workflow-profile", "profiles/slurm")
    assert len(requests) > 10
    known = {
        rule: [int(job["mem_mb"]) for job in jobs if job["mem_mb"] != "<TBD>"]
        for rule, jobs in requests.items()
    }
    assert {
        rule: min(memory) for rule, memory in known.items() if memory and min(memory) < LEAST_MEMORY
    } == {}
