"""Studies that run on SLURM."""

import subprocess
import sys
from pathlib import Path

from tiny_study import Study

LAUNCHER = Path(__file__).with_name("launcher.py")
# The profile with short waits, and few enough jobs at a time for a small machine.
OPTIONS = ["--workflow-profile=profiles/slurm", "--slurm-init-seconds-before-status-checks=1", "--jobs=4"]
TABLES = [f"results/data/{split}.feather" for split in ("train", "valid", "test")]


class ClusterStudy(Study):
    """A study whose jobs run on SLURM."""

    def command(self, *arguments: str) -> list[str]:
        """Return the command that runs Snakemake on SLURM."""
        return [sys.executable, str(LAUNCHER), "--configfile", "tiny.yaml", *OPTIONS, *arguments]

    @property
    def environment(self) -> dict[str, str]:
        """The environment of any study, with compiled modules kept: every job starts Snakemake twice."""
        return {key: value for key, value in super().environment.items() if key != "PYTHONDONTWRITEBYTECODE"}

    @property
    def log(self) -> str:
        """The log of the last run so far."""
        logs = sorted((self.folder / ".snakemake/log").glob("*.log"))
        return logs[-1].read_text() if logs else ""

    def run(self, *arguments: str):
        """Run the study."""
        return self.snakemake(*arguments)

    def snakemake(self, *arguments: str, check: bool = True) -> subprocess.CompletedProcess:
        """Run Snakemake, in a process of its own; otherwise as of any study."""
        result = subprocess.run(
            self.command(*arguments),
            cwd=self.folder,
            env=self.environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        if check and result.returncode:
            raise AssertionError(f"{arguments} failed:\n{result.stdout}")
        return result
