"""CI runs what anybody can run: the targets of the Makefile, with no rights that it does not need."""

import re
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).parents[2]
CI = yaml.safe_load((ROOT / ".github/workflows/ci.yml").read_text())
TARGETS = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.M))
JOBS = CI["jobs"].items()


def commands():
    """Return job and command of every `run:` for each value of the job's matrix."""
    found = []
    for name, job in JOBS:
        values = job.get("strategy", {}).get("matrix", {}).get("include", [{}])
        for step in job["steps"]:
            for value in values if "run" in step else []:
                command = step["run"]
                for key, text in value.items():
                    command = command.replace(f"${{{{ matrix.{key} }}}}", str(text))
                found.append((name, command))
    return found


@pytest.mark.parametrize(("job", "command"), commands())
def test_every_command_is_a_target_of_the_makefile(job, command):
    make, target = command.split()
    assert make == "make"
    assert target in TARGETS


def test_every_check_of_the_makefile_is_run():
    run = {command.removeprefix("make ") for _, command in commands()}
    # `test` is the two that follow it.
    assert run == TARGETS - {"test"}


def test_jobs_may_read_only_and_end():
    assert CI["permissions"] == {"contents": "read"}
    for name, job in JOBS:
        assert "permissions" not in job, name
        assert "timeout-minutes" in job, name


@pytest.mark.parametrize("job", [job for _, job in JOBS], ids=[name for name, _ in JOBS])
def test_actions_are_githubs_own_of_one_major_version(job):
    for step in job["steps"]:
        if "uses" in step:
            assert re.fullmatch(r"actions/[a-z-]+@v\d+", step["uses"])


@pytest.mark.parametrize("job", [job for _, job in JOBS], ids=[name for name, _ in JOBS])
def test_packages_are_kept_by_the_lock(job):
    (cache,) = (step for step in job["steps"] if step.get("uses", "").startswith("actions/cache@"))
    assert cache["with"]["path"] == "~/.cache/uv"
    assert "hashFiles('uv.lock')" in cache["with"]["key"]


def test_the_report_is_kept():
    (kept,) = (
        step for _, job in JOBS for step in job["steps"] if step.get("with", {}).get("name") == "report"
    )
    assert "results/report.html" in kept["with"]["path"].split()


def test_the_oldest_and_the_newest_python_are_tried():
    pythons = {value["python"] for value in CI["jobs"]["make"]["strategy"]["matrix"]["include"]}
    assert {"3.11", "3.13"} <= pythons
    assert 'requires-python = ">=3.11,<3.14"' in (ROOT / "pyproject.toml").read_text()
