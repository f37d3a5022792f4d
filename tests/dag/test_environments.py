"""The conda environment of each stage holds exactly what its programs need, in the versions of uv.lock."""

import ast
import re
import sys
import tomllib
from pathlib import Path

import pytest
import yaml
from packaging.requirements import Requirement
from rattler import MatchSpec
from rattler.exceptions import InvalidMatchSpecError

from dependencies import SCRIPTS, library_of

ROOT = Path(__file__).parents[2]
PACKAGES = {"PIL": "pillow", "sklearn": "scikit-learn", "yaml": "pyyaml"}
LOCK = tomllib.loads((ROOT / "uv.lock").read_text())["package"]
LOCKED = {package["name"]: package["version"] for package in LOCK if "version" in package}
ENVIRONMENTS = sorted((ROOT / "envs").glob("*.yaml"))
STAGES = sorted(
    path.stem for path in (ROOT / "workflow/rules").glob("*.smk") if path.stem not in ("common", "start")
)
BOTH = pytest.mark.parametrize("environment", ENVIRONMENTS, ids=lambda path: path.stem)

# What a stage needs although none of its programs imports it.
NOT_IMPORTED = {
    # build_report runs Snakemake, which counts the events; its report shows code.
    "figures": {"snakemake", "h5py", "pygments"},
    "search": {"tf2onnx"},  # Keras exports to ONNX with it
    "train": {"tf2onnx"},
}


def entries(environment):
    """Return the entries of an environment file, conda's and pip's."""
    dependencies = yaml.safe_load(environment.read_text())["dependencies"]
    of_pip = [text for entry in dependencies if isinstance(entry, dict) for text in entry["pip"]]
    return [entry for entry in dependencies if isinstance(entry, str)], of_pip


def of_conda(text):
    """Return name and version of an entry as conda reads it, if it is exact and of no other channel.

    Raises
    ------
    ValueError
        If it is not.
    """
    try:
        spec = MatchSpec(text, strict=True)
    except InvalidMatchSpecError as error:
        raise ValueError(f"{text}: {error}") from error
    version = re.fullmatch(r"==([0-9.]+)", str(spec.version))
    if version is None or any((spec.channel, spec.build, spec.build_number, spec.subdir)):
        raise ValueError(f"{text}: not of the form name==version")
    return spec.name.normalized, version[1]


def packages(environment):
    """Return the versions in an environment file, conda's and pip's."""
    conda, pip = entries(environment)
    return {**dict(map(of_conda, conda)), **{text.split("==")[0]: text.split("==")[1] for text in pip}}


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
    return sorted(set(re.findall(rf"{SCRIPTS}/(\w+/\w+\.py)", rules)))


@BOTH
def test_an_environment_has_all_that_its_programs_import_and_nothing_else(environment):
    imported = set()
    for program in programs(environment):
        for path in [SCRIPTS / program, *library_of(program, ROOT / SCRIPTS)]:
            imported |= imports(ROOT / path)
    assert imported
    others = NOT_IMPORTED.get(environment.stem, set())
    assert imported.isdisjoint(others)
    pip = {"pip"} if entries(environment)[1] else set()
    assert set(packages(environment)) == {"python", *imported, *others, *pip}


@BOTH
def test_versions_are_exact_and_those_of_the_lock(environment):
    pinned = packages(environment)
    assert re.fullmatch(r"3\.12\.\d+", pinned.pop("python"))
    pinned.pop("pip", None)
    assert pinned == {name: LOCKED[name] for name in pinned}


@BOTH
def test_a_file_is_one_that_conda_reads_with_conda_forge_alone(environment):
    content = yaml.safe_load(environment.read_text())
    assert set(content) == {"channels", "dependencies"}
    assert content["channels"] == ["conda-forge", "nodefaults"]
    assert all(isinstance(entry, str) or list(entry) == ["pip"] for entry in content["dependencies"])
    conda, pip = entries(environment)
    assert conda[0].startswith("python==")
    for text in pip:
        (specifier,) = Requirement(text).specifier
        assert specifier.operator == "=="
        assert "*" not in specifier.version


@pytest.mark.parametrize(
    "text",
    ["numpy", "numpy=2.4.6", "numpy>=2", "numpy==2..4", "numpy=>2", "num py==2", "numpy==2.4.*", "numpy == ",
     "bioconda::snakemake==9.27.1", "numpy==2.4.6=py312_0"],
)  # fmt: skip
def test_an_entry_that_is_broken_or_not_exact_is_found(text):
    with pytest.raises(ValueError, match=re.escape(text.strip())):
        of_conda(text)


def test_every_stage_has_an_environment_and_every_rule_the_one_of_its_stage():
    assert [path.stem for path in ENVIRONMENTS] == STAGES
    for stage in STAGES:
        rules = (ROOT / "workflow/rules" / f"{stage}.smk").read_text()
        named = re.findall(r'^ +conda:\n +"(.*)"', rules, re.M)
        assert len(named) == len(re.findall(r"^ +shell:", rules, re.M))
        assert set(named) == {f"../../envs/{stage}.yaml"}


def test_the_stages_have_one_python_and_one_version_of_a_package():
    versions = {}
    for environment in ENVIRONMENTS:
        for name, version in packages(environment).items():
            assert versions.setdefault(name, version) == version, f"{environment.name}: {name}"
