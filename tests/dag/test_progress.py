"""What a run prints, and how its scheduler waits."""

import asyncio
import logging
from pathlib import Path
from threading import Semaphore
from types import SimpleNamespace

import pytest
from snakemake.io import _IOFile
from snakemake.scheduling.job_scheduler import JobScheduler
from snakemake_interface_logger_plugins.common import LogEvent

import progress
from leptonid.internals.snakemake import hash_files_once, limit_memory, reevaluate_once
from progress import StageProgress, report_result

STAGES = {"compute_efps": "efp", "train_classifier": "train"}


class Printed(logging.Handler):
    """A handler that keeps what it would print."""

    def __init__(self):
        super().__init__()
        self.lines = []

    def emit(self, record):
        self.lines.append(record.getMessage())


@pytest.fixture
def clock(monkeypatch):
    """A clock that a test sets."""
    time = SimpleNamespace(now=0.0)
    monkeypatch.setattr(progress.time, "monotonic", lambda: time.now)
    return time


@pytest.fixture
def printed(clock):
    handler = Printed()
    handler.addFilter(StageProgress(handler, STAGES, lambda: False))
    return handler


def log(handler, message="", event=None, **extra):
    record = logging.LogRecord("snakemake", logging.INFO, "", 0, message, (), None)
    record.__dict__.update({"event": event, **extra} if event else extra)
    handler.handle(record)


def run_job(handler, clock, number, rule, seconds):
    log(handler, event=LogEvent.JOB_INFO, jobid=number)
    clock.now += seconds
    log(handler, f"Finished jobid: {number} (Rule: {rule})", LogEvent.JOB_FINISHED, job_id=number)


def test_a_run_prints_a_line_per_stage(printed, clock):
    stats = {"compute_efps": 2, "train_classifier": 3, "all": 1, "total": 6}
    log(printed, "Job stats", LogEvent.RUN_INFO, stats=stats)
    log(printed, "Select jobs to execute...")
    log(printed, "Execute 2 jobs...", LogEvent.JOB_STARTED)
    run_job(printed, clock, 1, "compute_efps", 60)
    log(printed, event=LogEvent.PROGRESS)
    run_job(printed, clock, 2, "compute_efps", 2)
    run_job(printed, clock, 3, "train_classifier", 2)
    log(printed, "a warning of the user's disk")
    assert printed.lines == [
        "5 jobs: 2 efp, 3 train",
        # 60 s for each of the four others.
        "efp         1 of 2 jobs   about 4 min left",
        # 31 s, the mean of all that have finished, for each of three.
        "efp         2 of 2 jobs   about 2 min left",
        "a warning of the user's disk",
    ]


def test_jobs_at_once_shorten_the_time_that_is_left(printed, clock):
    log(printed, "Job stats", LogEvent.RUN_INFO, stats={"train_classifier": 6, "total": 6})
    for number in (1, 2):
        log(printed, event=LogEvent.JOB_INFO, jobid=number)
    clock.now = 90
    for number in (1, 2):
        log(printed, f"Finished jobid: {number} (Rule: train_classifier)", LogEvent.JOB_FINISHED)
    # Four jobs of 90 s, two at a time.
    assert printed.filters[0].time_left(90) == "about 3 min left"


def test_errors_are_printed(printed):
    log(printed, "Error in rule train_classifier", LogEvent.JOB_ERROR)
    assert printed.lines == ["Error in rule train_classifier"]


@pytest.mark.parametrize(
    ("verbose", "shell", "quiet"), [(True, False, None), (False, True, None), (False, False, {"all"})]
)
def test_a_user_who_asks_for_more_or_less_gets_it(monkeypatch, verbose, shell, quiet):
    handler = Printed()
    handler.name = progress.STREAM
    monkeypatch.setattr(progress.logger, "handlers", [handler])

    def workflow(**output):
        return SimpleNamespace(is_main_process=True, rules=[], output_settings=SimpleNamespace(**output))

    progress.show_progress(workflow(verbose=verbose, printshellcmds=shell, quiet=quiet))
    assert not handler.filters
    progress.show_progress(workflow(verbose=False, printshellcmds=False, quiet=None))
    assert handler.filters


def test_a_dry_run_describes_its_jobs(clock):
    handler = Printed()
    handler.addFilter(StageProgress(handler, STAGES, lambda: True))
    log(handler, "rule compute_efps", LogEvent.JOB_INFO, jobid=1)
    assert handler.lines == ["rule compute_efps"]


def test_a_run_ends_with_its_result(tmp_path, monkeypatch):
    lines = []
    monkeypatch.setattr(progress.logger, "info", lines.append)
    report_result(str(tmp_path))
    assert not lines
    (tmp_path / "data").mkdir()
    (tmp_path / "data/sample.json").write_text('{"independence": "Independence of the splits: AUC 1/2"}')
    (tmp_path / "summary.md").write_text(
        "# What separates signal from background?\n\nThe best is iso\\_0.3\\|x.\n\n"
        "- **Search hl**: 1 observable.\n"
        '    1. <img src="efp/2_1_0.svg" height="48" alt="graph 2_1_0"> ECal 2_1_0\n'
    )
    (tmp_path / "report.html").touch()
    report_result(str(tmp_path))
    assert lines == [
        "What separates signal from background?",
        "The best is iso_0.3|x.",
        "- Search hl: 1 observable.",
        "    1. ECal 2_1_0",
        "Independence of the splits: AUC 1/2",
        f"All results: {tmp_path}/report.html",
    ]


def test_a_run_that_makes_no_report_tells_no_earlier_result(tmp_path, monkeypatch):
    lines = []
    monkeypatch.setattr(progress.logger, "info", lines.append)
    (tmp_path / "summary.md").write_text("# Old\n")
    (tmp_path / "report.html").touch()
    monkeypatch.setattr(progress, "START", (tmp_path / "report.html").stat().st_mtime + 1)
    report_result(str(tmp_path))
    assert not lines


@pytest.fixture
def schedule(monkeypatch):
    """The scheduler's method that wakes it up later, on a scheduler that is not there."""
    monkeypatch.setattr(JobScheduler, "_schedule_reevalutation", None)
    reevaluate_once(None)

    def schedule(free, delay=1):
        limiter = SimpleNamespace(timespan=1, get_free_jobs=lambda: free)
        scheduler = SimpleNamespace(job_rate_limiter=limiter, _open_jobs=Semaphore(0))
        JobScheduler._schedule_reevalutation(scheduler, delay)
        return scheduler._open_jobs

    return schedule


def test_the_scheduler_wakes_up_for_its_rate_limit_only_where_that_holds_jobs_back(schedule):
    assert not schedule(free=3).acquire(timeout=1.2)
    assert schedule(free=0).acquire(timeout=5)
    # Of something else than the rate limit.
    assert schedule(free=3, delay=0.1).acquire(timeout=5)


@pytest.mark.parametrize(
    ("nodes", "given", "limited"), [(None, {}, True), (None, {"mem_mb": 500}, False), (10, {}, False)]
)
def test_jobs_on_this_machine_fit_into_its_memory(nodes, given, limited):
    found = {}
    settings = SimpleNamespace(nodes=nodes, resources=given)
    limit_memory(SimpleNamespace(resource_settings=settings, register_resource=found.__setitem__))
    assert list(found) == (["mem_mb"] if limited else [])
    assert all(100 < value < 1e8 for value in found.values())


def test_a_file_is_hashed_again_only_after_a_change(tmp_path, monkeypatch):
    hashed = []

    async def compute(self, *options):
        hashed.append((self.file, *options))
        return Path(self.file).read_text() if Path(self.file).exists() else None

    def checksum(name, *options):
        file = SimpleNamespace(file=str(tmp_path / name), is_storage=False)
        return asyncio.run(_IOFile.checksum(file, *options))

    monkeypatch.setattr(_IOFile, "checksum", compute)
    hash_files_once()
    (tmp_path / "a").write_text("one")
    assert [checksum("a", 100), checksum("a", 100)] == ["one"] * 2
    assert len(hashed) == 1
    # Of the same size, and renamed to the same place.
    (tmp_path / "new").write_text("two")
    (tmp_path / "new").rename(tmp_path / "a")
    assert checksum("a", 100) == "two"
    # A threshold decides whether there is a checksum at all.
    checksum("a", 1)
    assert [checksum("missing", 100), checksum("missing", 100)] == [None] * 2
    assert len(hashed) == 5
