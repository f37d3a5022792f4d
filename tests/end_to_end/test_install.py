"""The library can be installed without the workflow."""

import subprocess
import sys

import pytest
from uv import find_uv_bin

from conda_by_uv import share_bytecode
from layouts import ROOT

USE = """
import numpy as np
from leptonid.efp import compute
from leptonid.ordering import ado
values = compute([[[1, 0, 0], [3, 0.3, 0.4]]], [["d<=1", "p==1"]], kappas=[1], betas=[1])
# 2 z1 z2 theta, with z = 1/4 and 3/4 and theta = 0.5.
assert np.isclose(values["2_1_0_k_1_b_1"].iloc[0], 2 * 0.25 * 0.75 * 0.5), values
assert ado([0, 1, 2, 3], [0, 2, 1, 3], [0, 0, 1, 1]) == 0.75
print(compute.__module__)
"""


@pytest.mark.slow
def test_pip_install_gives_the_engine_and_the_decision_ordering(tmp_path):
    """In a fresh environment, away from the checkout."""
    uv, python = find_uv_bin(), tmp_path / "environment/bin/python"
    subprocess.run([uv, "venv", "--quiet", "--python", sys.executable, python.parents[1]], check=True)
    install = [uv, "pip", "install", "--quiet", "--python", python, ROOT]
    subprocess.run(install, check=True)
    (site,) = tmp_path.glob("environment/lib/python3*/site-packages")
    share_bytecode(site)
    result = subprocess.run(
        [python, "-I", "-c", USE], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert result.returncode == 0, result.stderr
