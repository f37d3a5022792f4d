"""SLURM: jobs that outlive the process that submitted them, and the reasons why SLURM ended jobs."""

import os
import re
import shutil
import subprocess
from collections.abc import Iterable
from pathlib import Path

from snakemake.exceptions import WorkflowError
from snakemake.logging import logger

# Number, name and folder of a job; Snakemake uses the identifier of the run as the name.
FORMAT = "%i %j %Z"
JOB = re.compile(r"(\S+) (?:[\w-]+_)?[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12} (.+)")

# Snakemake's log names the log of a failed job; there, SLURM gives its reason for ending the job.
LOG_OF_JOB = re.compile(r"(\S+/(\d+)\.log) \(check log file")
REASON = re.compile(r"slurmstepd\S*: error: (.*(?:memory|oom|TIME LIMIT|NODE FAIL|PREEMPT).*)")


def refuse_living_jobs(folder: Path, seconds: float = 10) -> None:
    """Refuse a run while jobs of an earlier run, whose process was killed, are in the cluster's queue.

    Logs a warning if `squeue` does not answer within `seconds`.

    Raises
    ------
    WorkflowError
        With the numbers of the jobs, and what to do about them.
    """
    if shutil.which("squeue") is None:
        return
    command = ["squeue", f"--user={os.getuid()}", "--noheader", f"--format={FORMAT}"]
    try:
        result = subprocess.run(  # noqa: S603  fixed arguments, no shell
            command, capture_output=True, text=True, timeout=seconds, check=True
        )
    except (subprocess.CalledProcessError, subprocess.TimeoutExpired) as error:
        reason = str(error.stderr or error).strip().splitlines()[-1]
        logger.warning(
            f"squeue could not be asked for jobs of an earlier run in this folder ({reason}). "
            "If there are such jobs, end this run and wait for them: both would write the same files."
        )
        return
    jobs = living_jobs(result.stdout, folder)
    if jobs:
        raise WorkflowError(
            f"Jobs of an earlier run in this folder are still on the cluster: {' '.join(jobs)}\n"
            f"Wait until they have ended, then start again; what they finish is kept. To see them: "
            f"squeue --jobs={','.join(jobs)}\n"
            f"Or cancel them, then start again: scancel {' '.join(jobs)}"
        )


def living_jobs(listing: str, folder: Path) -> list[str]:
    """Return the numbers of Snakemake's jobs in a folder, from a listing of `squeue` in FORMAT."""
    jobs = filter(None, map(JOB.fullmatch, listing.splitlines()))
    return [job[1] for job in jobs if Path(job[2]).resolve() == folder.resolve()]


def report_slurm_reasons(logs: Iterable[str | Path]) -> None:
    """Log why SLURM ended the failed jobs of a run; Snakemake's logs only name the logs of these jobs."""
    for number, reason in slurm_reasons("".join(Path(log).read_text(encoding="utf-8") for log in logs)):
        logger.error(f"SLURM on job {number}: {reason}")


def slurm_reasons(text: str) -> list[tuple[str, str]]:
    """Return number and reason of the failed jobs in a log of Snakemake whose own logs give a reason."""
    reasons = []
    for path, number in LOG_OF_JOB.findall(text):
        if Path(path).exists():
            match = REASON.search(Path(path).read_text(encoding="utf-8", errors="replace"))
            reasons += [(number, match[1])] if match else []
    return reasons
