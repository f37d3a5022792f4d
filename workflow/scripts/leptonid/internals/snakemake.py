"""Private interfaces of Snakemake."""

import os
import threading
from collections.abc import Iterable
from pathlib import Path


def reevaluate_once(workflow) -> None:
    """Let Snakemake's scheduler wake up for its rate limit only where that holds a job back.

    With `--max-jobs-per-timespan`, which has a default, every pass of the scheduler starts a timer that
    starts another pass, forever: its CPU time grows with the number of finished jobs. The timers also keep
    the process alive at its end. No setting that a profile can hold turns them off, so
    `JobScheduler._schedule_reevalutation` is replaced. Checked with Snakemake 9.27.1.
    """
    from snakemake.scheduling.job_scheduler import JobScheduler

    def schedule(self, delay):
        limiter = self.job_rate_limiter
        if limiter is not None and delay == limiter.timespan and limiter.get_free_jobs() > 0:
            return
        timer = threading.Timer(delay, self._open_jobs.release)
        timer.daemon = True
        timer.start()

    JobScheduler._schedule_reevalutation = schedule


def limit_memory(workflow) -> None:
    """Limit the memory of jobs that run on this machine at once to what it has, if no limit is given.

    Executors of clusters have a number of jobs (`nodes`) in its place. `Workflow.register_resource` is not
    documented. Checked with Snakemake 9.27.1.
    """
    settings = workflow.resource_settings
    if settings.nodes is None and "mem_mb" not in settings.resources:
        total = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
        workflow.register_resource("mem_mb", int(total / 1e6))


def record_finished_jobs(workflow) -> None:
    """Let jobs on a cluster write Snakemake's records of what their files were made from.

    Snakemake leaves that to the process that submitted them. If that process was killed, the files would stay
    without records, and no later change of the config would be noticed. No setting or plugin changes this, so
    `PersistenceBase.finished` is replaced. Checked with Snakemake 9.27.1.
    """
    if not workflow.remote_exec:
        return
    from snakemake.persistence import PersistenceBase
    from snakemake_interface_executor_plugins.settings import ExecMode

    finished = PersistenceBase.finished

    async def finished_with_record(self, job):
        settings = workflow.workflow_settings
        mode = settings.exec_mode
        # Of the two processes of a job, the one that runs the rule's program.
        if workflow.local_exec:
            settings.exec_mode = ExecMode.DEFAULT
        try:
            await finished(self, job)
        finally:
            settings.exec_mode = mode

    PersistenceBase.finished = finished_with_record


def hash_files_once() -> None:
    """Let Snakemake compute the checksum of a file once in a run.

    When a job has finished, it computes those of all inputs anew for every output: a training with 5 outputs
    that reads EFP tables of 1 GB costs it 5 seconds, in which no job starts. No setting changes this, so
    `_IOFile.checksum` is replaced. Checked with Snakemake 9.27.1.
    """
    from snakemake.io import _IOFile

    compute, known = _IOFile.checksum, {}

    async def checksum(self, threshold=None, force=False, algorithm=None):
        if self.is_storage or not os.path.exists(self.file):
            return await compute(self, threshold, force, algorithm)
        status = os.stat(self.file)
        key = (self.file, status.st_mtime_ns, status.st_size, status.st_ino, threshold, force, algorithm)
        if key not in known:
            known[key] = await compute(self, threshold, force, algorithm)
        return known[key]

    _IOFile.checksum = checksum


def jobs_of_targets(workflow, targets: Iterable[str]) -> list[tuple[str, str, str | None]]:
    """Return (rule, stage, benchmark file or None) of every job that target rules need, finished or not.

    `stage` is the name of the file that holds the rule. Input functions run while Snakemake builds its graph
    of jobs, so they cannot ask it; the jobs are found as Snakemake finds them, from a job's inputs to the
    rules that make those. `OutputIndex`, `Rule.expand_input`, `Rule.expand_benchmark` and
    `Rule.get_wildcards` are not documented. Checked with Snakemake 9.27.1.
    """
    from snakemake.output_index import OutputIndex

    makers = OutputIndex(list(workflow.rules))
    jobs: dict[tuple, tuple[str, str, str | None]] = {}
    seen: set[str] = set()
    pending = [(workflow.get_rule(target), {}) for target in targets]
    while pending:
        rule, wildcards = pending.pop()
        paths = set(rule.expand_input(wildcards)[0]) - seen
        seen |= paths
        for path in sorted(paths):
            for maker in makers.match_producers(path):
                wildcards = maker.get_wildcards(path)
                job = (maker.name, *sorted(wildcards.items()))
                if job not in jobs:
                    jobs[job] = (maker.name, Path(maker.snakefile).stem, maker.expand_benchmark(wildcards))
                    pending.append((maker, wildcards))
    return list(jobs.values())


def report_entries(workflow) -> list[tuple]:
    """Return (pattern, category, labels, caption) of every output that is marked with `report()`.

    `pattern` has `match(path)`. The gallery shows the same figures under the same titles as the report, and
    Snakemake keeps the marks only in `flags` of the rules' output files. Checked with Snakemake 9.27.1.
    """
    return [
        (pattern, mark.category, mark.labels, Path(str(mark.caption)).name)
        for rule in workflow.rules
        for pattern in rule.output
        for mark in [pattern.flags.get("report")]
        if mark
    ]
