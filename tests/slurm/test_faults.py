"""Faults of a cluster lose no job, spoil no result, and are reported to the user."""

import json
import os
import re
import shutil
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from layouts import ELECTRONS, write_events_of
from leptonid.tables.feather import read_feather
from slurm.cluster import output_of, wait_for
from slurm.studies import TABLES
from tiny_study import Study

pytestmark = pytest.mark.slurm

TRAINING = "results/train/hl/seed0"
SCORES = f"{TRAINING}/scores.feather"
EPOCHS = 60


def with_epochs(study: Study, epochs: int = EPOCHS) -> Study:
    """Return a study with this number of epochs in every training."""
    config = study.config
    config["train"] |= {"epochs": epochs, "patience": epochs}
    study.configure(config)
    return study


@pytest.fixture(scope="session")
def undisturbed(split, tmp_path_factory) -> Path:
    """The training of an undisturbed local run."""
    study = with_epochs(split.copy(tmp_path_factory.mktemp("undisturbed") / "study"))
    study.run(SCORES)
    return study.folder / TRAINING


def assert_as_undisturbed(study: Study, undisturbed: Path):
    folder = study.folder / TRAINING
    assert (folder / "history.csv").read_text() == (undisturbed / "history.csv").read_text()
    scores = [read_feather(path / "scores.feather") for path in (folder, undisturbed)]
    assert scores[0].equals(scores[1], check_metadata=True)


def epochs_done(study: Study) -> int:
    """Return the number of saved epochs of the training."""
    state = study.folder / TRAINING / "model.epochs/0/state.json"
    return len(json.loads(state.read_text())["history"]) if state.exists() else 0


def wait_for_epochs(study: Study, process: subprocess.Popen):
    """Wait until two epochs of the training are saved."""

    def are_saved():
        assert process.poll() is None
        return epochs_done(study) >= 2

    wait_for(are_saved, 300, "two epochs")


def jobs_since(cluster, number: int):
    return [job for job in cluster.jobs() if job.number > number]


@pytest.fixture
def last_job(cluster) -> int:
    """The number of the last job before the test."""
    return max((job.number for job in cluster.jobs()), default=0)


def test_a_training_requests_a_gpu_if_the_config_says_so(study, last_job):
    config = study.config
    config["train"]["gpus"] = 1
    study.configure(config)
    study.run(SCORES)
    assert "gpu:1" in output_of("scontrol", "show", "job", str(last_job + 1))


def test_a_job_over_its_memory_is_killed_and_succeeds_with_more(cluster, study, last_job):
    more = "train_classifier:mem_mb=400*attempt**2"
    study.run(SCORES, "--set-resources", more)
    jobs = jobs_since(cluster, last_job)
    assert [(job.rule, job.memory, job.state) for job in jobs] == [
        ("train_classifier hl_seed0", "400M", "FAILED"),
        ("train_classifier hl_seed0", "1600M", "COMPLETED"),
    ]
    assert "gpu" not in output_of("scontrol", "show", "job", str(last_job + 1))
    assert (study.folder / SCORES).exists()


def test_a_job_over_its_time_limit_is_reported_as_such(cluster, study, last_job):
    process = with_epochs(study, 100_000).start(SCORES, "--set-resources", "train_classifier:runtime=1")
    wait_for(lambda: "Trying to restart job" in study.log, 300, "the end of the first attempt")
    process.send_signal(signal.SIGINT)
    assert process.wait(60) == 1
    assert jobs_since(cluster, last_job)[0].state == "TIMEOUT"
    assert f"SLURM-job '{last_job + 1}' failed, SLURM status is: 'TIMEOUT'" in study.log
    assert re.search(rf"SLURM on job {last_job + 1}: .* DUE TO TIME LIMIT", study.log)
    assert epochs_done(study) > 10


def test_a_training_on_a_dead_node_resumes_elsewhere_from_its_last_epoch(
    cluster, study, last_job, undisturbed
):
    process = with_epochs(study).start(SCORES)
    wait_for_epochs(study, process)
    (job,) = jobs_since(cluster, last_job)
    cluster.crash(job.node)
    try:
        assert process.wait(300) == 0
    finally:
        cluster.revive(job.node)
    (requeued,) = jobs_since(cluster, last_job)
    assert requeued.state == "COMPLETED"
    assert requeued.node != job.node
    log = (study.folder / "results/logs/train/hl/seed0.log").read_text()
    assert int(re.search(r"resuming after (\d+) epochs", log)[1]) >= 2
    assert_as_undisturbed(study, undisturbed)


def test_jobs_outlive_their_submitter_and_count(cluster, study, last_job, undisturbed):
    targets = [SCORES, "results/train/hl_logistic/seed0/scores.feather"]
    process = with_epochs(study).start(*targets)
    wait_for_epochs(study, process)
    os.killpg(process.pid, signal.SIGKILL)
    process.wait()
    (training,) = [job for job in cluster.living() if "train_classifier" in job.rule]
    # It must outlive the next start.
    output_of("scontrol", "suspend", str(training.number))

    refused = study.snakemake(*targets, check=False)
    assert refused.returncode == 1
    assert f"still on the cluster: {training.number}" in refused.stdout
    assert f"scancel {training.number}" in refused.stdout

    output_of("scontrol", "resume", str(training.number))
    wait_for(lambda: not cluster.living(), 300, "the end of the jobs")
    study.run(*targets)
    rules = [job.rule for job in jobs_since(cluster, last_job)]
    assert sorted(rules) == ["train_baseline hl_logistic_seed0", "train_classifier hl_seed0"]
    assert_as_undisturbed(study, undisturbed)
    # Snakemake knows that the jobs' files belong to this config.
    assert study.jobs(*targets) == {}
    assert with_epochs(study, EPOCHS + 1).jobs(*targets) == {"train_classifier": 1}


def test_an_interrupt_cancels_the_jobs(cluster, study, last_job, undisturbed):
    process = with_epochs(study).start(SCORES)
    wait_for_epochs(study, process)
    process.send_signal(signal.SIGINT)
    assert process.wait(60) == 1
    wait_for(lambda: not cluster.living(), 30, "the end of the jobs")
    assert [job.state for job in jobs_since(cluster, last_job)] == ["CANCELLED"]
    study.run(SCORES)
    log = (study.folder / "results/logs/train/hl/seed0.log").read_text()
    assert "resuming after" in log
    assert_as_undisturbed(study, undisturbed)


def with_more_to_write(study: Study) -> Study:
    """Return a study with larger events and a larger network."""
    write_events_of(ELECTRONS, study.folder / "events.h5", train=400, valid=160, test=240)
    config = study.config
    config["train"]["features"]["hl"] |= {"dense": 3, "units": 200}
    study.configure(config)
    return study


@pytest.fixture(scope="session")
def larger(fresh, tmp_path_factory) -> Path:
    """The training of this study in an undisturbed local run."""
    study = with_more_to_write(fresh.copy(tmp_path_factory.mktemp("larger") / "study"))
    study.run(SCORES)
    return study.folder / TRAINING


@pytest.fixture
def disk(cluster, study) -> Iterator[Path]:
    """The empty results folder of this study, as a disk of 16 MB."""
    with_more_to_write(study)
    results = study.folder / "results"
    shutil.rmtree(results)
    results.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=16m", "none", results], check=True)
    try:
        yield results
    finally:
        cluster.cancel()
        subprocess.run(["umount", results], check=True)


@pytest.mark.parametrize("done", [[], TABLES], ids=["first", "training"])
def test_a_full_disk_is_reported_and_leaves_no_partial_file(study, disk, larger, done):
    if done:
        Study(study.folder).run(*done)
    (disk / "ballast").write_bytes(bytes(shutil.disk_usage(disk).free - 300_000))
    full = study.snakemake(SCORES, "--retries", "0", check=False)
    assert full.returncode == 1
    assert "The disk of results is full" in full.stdout
    assert not (study.folder / SCORES).exists()
    assert not list(disk.glob("data/.*")) + list(disk.glob("train/hl/seed0/.*"))
    for path in disk.rglob("*.feather"):
        read_feather(path)

    subprocess.run(["mount", "-o", "remount,size=64m", disk], check=True)
    study.run(SCORES)
    assert_as_undisturbed(study, larger)
