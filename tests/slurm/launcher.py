"""Snakemake that asks SLURM every second; the interval would otherwise grow by 10 s while no job ends."""

import sys

from snakemake.cli import main
from snakemake_executor_plugin_slurm import Executor

Executor.next_seconds_between_status_checks = property(lambda self: 1, lambda self, value: None)

if __name__ == "__main__":
    sys.argv[0] = "snakemake"
    sys.exit(main())
