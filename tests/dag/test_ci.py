"""CI runs the checks of the Makefile, all of them, so that anybody can run them too."""

import re
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).parents[2]
WORKFLOWS = [yaml.safe_load(path.read_text()) for path in sorted((ROOT / ".github/workflows").glob("*.yml"))]
TARGETS = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.M))
JOBS = [job for workflow in WORKFLOWS for job in workflow["jobs"].items()]


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
    # `test` is the two that follow it, a slow test runs a part of `run-muons`, the others write files.
    assert run == TARGETS - {"test", "run-muons", "robustness", "reference", "results-page"}
