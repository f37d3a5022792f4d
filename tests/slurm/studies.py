"""Studies that run on SLURM."""

import sys
from pathlib import Path

from study import Study

LAUNCHER = Path(__file__).with_name("launcher.py")
# The profile, but for waits of seconds, and no more jobs at a time than a small machine bears.
OPTIONS = ["--workflow-profile=profiles/slurm", "--slurm-init-seconds-before-status-checks=1", "--jobs=4"]
TABLES = [f"results/data/{split}.feather" for split in ("train", "valid", "test")]


class ClusterStudy(Study):
    """A study whose jobs run on SLURM."""

    def command(self, *arguments: str) -> list[str]:
        """Return the command that runs Snakemake on SLURM."""
        return [sys.executable, str(LAUNCHER), "--configfile", "tiny.yaml", *OPTIONS, *arguments]

    @property
    def environment(self) -> dict[str, str]:
        """That of any study, with compiled modules kept: every job starts Snakemake twice."""
        return {key: value for key, value in super().environment.items() if key != "PYTHONDONTWRITEBYTECODE"}

    @property
    def log(self) -> str:
        """What the last run has printed so far."""
        logs = sorted((self.folder / ".snakemake/log").glob("*.log"))
        return logs[-1].read_text() if logs else ""

    def run(self, *arguments: str):
        """Run the study."""
        return self.snakemake(*arguments)
