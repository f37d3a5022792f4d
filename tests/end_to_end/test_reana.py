"""What reana.yaml asks REANA to do is valid, has all that it needs, and makes what it promises."""

import re
import shutil
import string
import subprocess
import sys

import pytest
import yaml
from uv import find_uv_bin

from layouts import ROOT
from snakemake_process import run_snakemake
from tiny_study import Study

REANA = yaml.safe_load((ROOT / "reana.yaml").read_text())
# Needs a Snakemake of its own, older than ours.
CLIENT = "reana-client==0.9.6"


@pytest.fixture
def uploaded(tmp_path):
    """A folder with nothing but the inputs that reana.yaml names."""
    whole = Study.create(tmp_path / "whole").folder
    workspace = tmp_path / "workspace"
    for name in REANA["inputs"]["files"]:
        (workspace / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(whole / name, workspace / name)
    for name in REANA["inputs"]["directories"]:
        shutil.copytree(whole / name, workspace / name)
    return Study(workspace)


def test_the_inputs_are_enough_and_the_outputs_are_made(uploaded):
    (step,) = REANA["workflow"]["specification"]["steps"]
    (command,) = step["commands"]
    expanded = string.Template(command).substitute(REANA["inputs"]["parameters"])
    assert expanded.startswith("export HOME=$PWD ")
    arguments = re.search(r"snakemake (.*)$", expanded)[1].split()
    outputs = [path for kind in REANA["outputs"].values() for path in kind]
    status, printed = run_snakemake([*arguments, "--dry-run"], uploaded.folder, uploaded.environment)
    assert status == 0, printed
    made = set(re.findall(r"results/[^\s,]+", printed)) | {"results/manifest.json"}
    for output in outputs:
        assert any(path == output or path.startswith(f"{output}/") for path in made), output


def test_it_asks_for_as_many_cores_as_it_uses():
    (step,) = REANA["workflow"]["specification"]["steps"]
    assert step["kubernetes_cpu_request"] == str(REANA["inputs"]["parameters"]["cores"])


@pytest.mark.slow
def test_reanas_client_finds_it_valid(uploaded):
    """As far as that goes without a server."""
    shutil.copy2(ROOT / "reana.yaml", uploaded.folder)
    client = [find_uv_bin(), "run", "--no-project", "--isolated"]
    client += ["--python", sys.executable, "--with", CLIENT, "reana-client"]
    run = subprocess.run(
        [*client, "validate", "--file", "reana.yaml"],
        cwd=uploaded.folder,
        capture_output=True,
        text=True,
    )
    printed = run.stdout + run.stderr
    assert "SUCCESS: Valid REANA specification file" in printed, printed
    assert "WARNING" not in printed, printed
