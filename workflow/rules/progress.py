"""What a run prints: one line per stage in place of Snakemake's descriptions of jobs, and its result."""

import json
import logging
import re
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Mapping
from pathlib import Path

from snakemake.logging import logger
from snakemake_interface_logger_plugins.common import LogEvent

STREAM = "DefaultStreamHandler"

# What Snakemake writes to its log file only, beside the texts that tell of each pass of its scheduler.
HIDDEN = {
    LogEvent.JOB_INFO,
    LogEvent.SHELLCMD,
    LogEvent.PROGRESS,
    LogEvent.RESOURCES_INFO,
    LogEvent.JOB_STARTED,
}
PASS = ("Select jobs to execute", "Execute ")
FINISHED = re.compile(r"Finished jobid: (\d+) \(Rule: (\S+)\)")

SECONDS_PER_LINE = 10

# When this run began, and what Markdown has beside its text.
START = time.time()
MARKDOWN = re.compile(r"<img[^>]*> |^# |\*\*|\\(?=[^a-zA-Z0-9\s])")


class StageProgress(logging.Filter):
    """Tell the progress of the stages on the terminal, and hide descriptions of jobs there.

    Snakemake's log file keeps them; errors are printed as before. `stages` has the stage of every rule,
    `is_dry_run` returns whether nothing is run, so that the descriptions are what is asked for.
    """

    def __init__(self, handler: logging.Handler, stages: Mapping[str, str], is_dry_run: Callable[[], bool]):
        super().__init__()
        self.handler, self.stages, self.is_dry_run = handler, stages, is_dry_run
        self.total: Counter[str] = Counter()
        self.seconds: defaultdict[str, list[float]] = defaultdict(list)
        self.starts: dict[int, float] = {}
        self.begin = self.last = time.monotonic()

    def filter(self, record: logging.LogRecord) -> bool:
        """Return whether a message is printed."""
        if self.is_dry_run():
            return True
        event, now = getattr(record, "event", None), time.monotonic()
        if event == LogEvent.RUN_INFO:
            self.total = Counter()
            for rule, count in record.stats.items():
                if rule in self.stages:
                    self.total[self.stages[rule]] += count
            stages = ", ".join(f"{count} {name}" for name, count in self.total.items())
            self._print(f"{self.total.total()} jobs: {stages}")
            return False
        if event == LogEvent.JOB_INFO:
            self.starts[record.jobid] = now
        if event == LogEvent.JOB_FINISHED:
            finished = FINISHED.match(record.getMessage())
            self._finish(int(finished[1]), self.stages.get(finished[2]), now)
            return False
        return event not in HIDDEN and not str(record.msg).startswith(PASS)

    def _finish(self, job: int, stage: str | None, now: float) -> None:
        if stage is None:
            return
        self.seconds[stage].append(now - self.starts.get(job, now))
        done, total = len(self.seconds[stage]), self.total[stage]
        if done == total or now - self.last >= SECONDS_PER_LINE:
            self.last = now
            self._print(f"{stage:<8} {done:>4} of {total} jobs   {self.time_left(now)}")

    def time_left(self, now: float) -> str:
        """Return how long the run will take if the jobs left take as long as those of their stage did."""
        seconds = [value for values in self.seconds.values() for value in values]
        mean = sum(seconds) / len(seconds)
        left = sum(
            (total - len(self.seconds[stage])) * (_mean(self.seconds[stage]) or mean)
            for stage, total in self.total.items()
        )
        at_once = max(sum(seconds) / max(now - self.begin, 1e-3), 1)
        minutes = left / at_once / 60
        return f"about {minutes:.0f} min left" if minutes >= 1 else "less than a minute left"

    def _print(self, text: str) -> None:
        values = {"name": logger.name, "levelno": logging.INFO, "levelname": "INFO", "msg": text}
        self.handler.handle(logging.makeLogRecord(values))


def show_progress(workflow) -> None:
    """Show the progress of stages on the terminal, unless Snakemake is asked for more or less than usual.

    The stage of a rule is the name of its file.
    """
    output = workflow.output_settings
    if not workflow.is_main_process or output.verbose or output.printshellcmds or output.quiet:
        return
    files = {rule.name: Path(rule.snakefile) for rule in workflow.rules}
    stages = {name: file.stem for name, file in files.items() if file.suffix == ".smk"}
    for handler in logger.handlers:
        if handler.name == STREAM:
            # Snakemake knows whether it is one only after it has read the Snakefile.
            handler.addFilter(StageProgress(handler, stages, lambda: workflow.dryrun))


def report_result(results: str) -> None:
    """Log the summary of a study and whether its splits are independent, if this run made the report."""
    summary, report = Path(results, "summary.md"), Path(results, "report.html")
    if not (summary.exists() and report.exists() and report.stat().st_mtime >= START):
        return
    for line in summary.read_text(encoding="utf-8").splitlines():
        if line:
            logger.info(MARKDOWN.sub("", line))
    sample = json.loads(Path(results, "data/sample.json").read_text(encoding="utf-8"))
    logger.info(sample["independence"])
    logger.info(f"All results: {report}")


def _mean(values: list[float]) -> float | None:
    return sum(values) / len(values) if values else None
