"""Snakemake that looks at SLURM's queue every second; else, the interval grows by 10 s while nothing ends."""

import sys

from snakemake.cli import main
from snakemake_executor_plugin_slurm import Executor

Executor.next_seconds_between_status_checks = property(lambda self: 1, lambda self, value: None)

if __name__ == "__main__":
    sys.argv[0] = "snakemake"
    sys.exit(main())
