"""SLURM: jobs that outlive the process that submitted them, and why SLURM ended others."""

import os
import re
import shutil
import subprocess
from collections.abc import Iterable
from pathlib import Path

from snakemake.exceptions import WorkflowError
from snakemake.logging import logger

# Number, name and folder of a job; Snakemake names jobs by an identifier of the run.
FORMAT = "%i %j %Z"
JOB = re.compile(r"(\S+) (?:[\w-]+_)?[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12} (.+)")

# In Snakemake's log, the log of a failed job; in that, what SLURM says about its end.
LOG_OF_JOB = re.compile(r"(\S+/(\d+)\.log) \(check log file")
END_OF_JOB = re.compile(r"slurmstepd\S*: error: (.*(?:memory|oom|TIME LIMIT|NODE FAIL|PREEMPT).*)")


def refuse_living_jobs(folder: Path, seconds: float = 10) -> None:
    """Refuse a run while jobs of an earlier one, whose process was killed, are in the cluster's queue.

    If `squeue` gives no answer within so many seconds, a warning says so.

    Raises
    ------
    WorkflowError
        With the numbers of the jobs, and what to do.
    """
    if shutil.which("squeue") is None:
        return
    command = ["squeue", f"--user={os.getuid()}", "--noheader", f"--format={FORMAT}"]
    try:
        result = subprocess.run(command, capture_output=True, text=True, timeout=seconds, check=True)
    except (subprocess.CalledProcessError, subprocess.TimeoutExpired) as error:
        reason = str(error.stderr or error).strip().splitlines()[-1]
        logger.warning(
            f"squeue does not say whether jobs of an earlier run in this folder are still alive ({reason}). "
            "If there are some, end this run and wait for them: both would write the same files."
        )
        return
    jobs = living_jobs(result.stdout, folder)
    if jobs:
        raise WorkflowError(
            f"Jobs of an earlier run in this folder are still on the cluster: {' '.join(jobs)}\n"
            f"Wait until they have ended, and start again: what they finish will count. To look: "
            f"squeue --jobs={','.join(jobs)}\n"
            f"Or cancel them, and start again: scancel {' '.join(jobs)}"
        )


def living_jobs(listing: str, folder: Path) -> list[str]:
    """Return the numbers of Snakemake's jobs in a folder, from what `squeue` prints with FORMAT."""
    jobs = filter(None, map(JOB.fullmatch, listing.splitlines()))
    return [job[1] for job in jobs if Path(job[2]).resolve() == folder.resolve()]


def tell_ends_of_jobs(logs: Iterable[str | Path]) -> None:
    """Say why SLURM ended jobs that failed, from Snakemake's logs, which only name the logs of jobs."""
    for number, reason in ends_of_jobs("".join(Path(log).read_text(encoding="utf-8") for log in logs)):
        logger.error(f"SLURM on job {number}: {reason}")


def ends_of_jobs(text: str) -> list[tuple[str, str]]:
    """Return number and reason for the failed jobs in a log of Snakemake whose own log gives a reason."""
    ends = []
    for path, number in LOG_OF_JOB.findall(text):
        if Path(path).exists():
            found = END_OF_JOB.search(Path(path).read_text(encoding="utf-8", errors="replace"))
            ends += [(number, found[1])] if found else []
    return ends


def keep_records_of_jobs(workflow) -> None:
    """Let jobs on a cluster write Snakemake's records of what their files were made from.

    Snakemake leaves that to the process that submitted them. If that was killed, the files would stay
    without, and no later change of the config would be seen.
    """
    if not workflow.remote_exec:
        return
    from snakemake.persistence import PersistenceBase
    from snakemake_interface_executor_plugins.settings import ExecMode

    finished = PersistenceBase.finished

    async def finished_with_record(self, job):
        settings = workflow.workflow_settings
        mode = settings.exec_mode
        # Of the two processes of a job, that which runs the rule's program.
        if workflow.local_exec:
            settings.exec_mode = ExecMode.DEFAULT
        try:
            await finished(self, job)
        finally:
            settings.exec_mode = mode

    PersistenceBase.finished = finished_with_record
