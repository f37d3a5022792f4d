"""Bad input ends a program with one line, whichever way it was started."""

import subprocess
import sys

from layouts import ROOT
from tiny_study import Study


def test_bad_input_ends_in_one_line(tmp_path):
    program = ROOT / "workflow/scripts/efp/list_graphs.py"
    settings = '{"graphs": {"ecal": [["d<=1"]], "hcal": [["d<<3"]]}}'
    result = subprocess.run(
        [sys.executable, program, "--settings", settings, "--output", tmp_path / "graphs.feather"],
        capture_output=True,
        text=True,
        env={**Study(tmp_path).environment, "PYTHONPATH": str(ROOT / "workflow/scripts")},
    )
    assert result.returncode == 1
    message = "error: efp.graphs or efp.overrides.hcal.graphs: EnergyFlow rejects ['d<<3']"
    assert result.stderr.splitlines()[-1].startswith(message)
    assert "Traceback" not in result.stderr
