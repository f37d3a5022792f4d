"""Every stage's conda environment holds what its programs import, in the versions of uv.lock."""

import ast
import re
import sys
import tomllib
from pathlib import Path

import pytest
import yaml

from dependencies import SCRIPTS, library_of

ROOT = Path(__file__).parents[2]
PACKAGES = {"PIL": "pillow", "sklearn": "scikit-learn", "yaml": "pyyaml"}
LOCK = tomllib.loads((ROOT / "uv.lock").read_text())["package"]
LOCKED = {package["name"]: package["version"] for package in LOCK if "version" in package}
ENVIRONMENTS = sorted((ROOT / "envs").glob("*.yaml"))


def packages(environment):
    """Return the versions in an environment file, conda's and pip's."""
    pinned = {}
    for entry in yaml.safe_load(environment.read_text())["dependencies"]:
        for text in entry["pip"] if isinstance(entry, dict) else [entry]:
            name, version = re.fullmatch(r"([a-z0-9-]+)==?([0-9.]+)", text).groups()
            pinned[name] = version
    return pinned


def imports(path):
    """Return the packages from outside that a file imports anywhere."""
    names = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            names |= {alias.name.split(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            names.add(node.module.split(".")[0])
    return {PACKAGES.get(name, name) for name in names - set(sys.stdlib_module_names) - {"leptonid"}}


def programs(environment):
    """Return the programs of the rules of a stage, as its rules name them."""
    rules = (ROOT / "workflow/rules" / f"{environment.stem}.smk").read_text()
    return sorted(set(re.findall(rf"{SCRIPTS}/(\w+\.py)", rules)))


@pytest.mark.parametrize("environment", ENVIRONMENTS, ids=lambda path: path.stem)
def test_an_environment_has_all_that_its_programs_import(environment):
    needed = set()
    for program in programs(environment):
        for path in [SCRIPTS / program, *library_of(program, ROOT / SCRIPTS)]:
            needed |= imports(ROOT / path)
    assert needed
    assert needed <= set(packages(environment))


@pytest.mark.parametrize("environment", ENVIRONMENTS, ids=lambda path: path.stem)
def test_versions_are_exact_and_those_of_the_lock(environment):
    pinned = packages(environment)
    assert pinned.pop("python")
    pinned.pop("pip", None)
    assert pinned == {name: LOCKED[name] for name in pinned}


def test_every_stage_has_an_environment():
    assert [path.stem for path in ENVIRONMENTS] == ["data", "efp", "figures", "search", "train"]
