"""What the jobs of a run took, from the benchmark files that Snakemake writes, and what to ask for."""

import json
import math
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import pandas as pd

from leptonid.errors import InputError
from leptonid.figures.tables import MISSING, latex_table, markdown_table

# Of a shorter job Snakemake has hardly seen more than the start of Python.
MEASURABLE_S = 1.0

# Snakemake measures in units of 2**20 bytes and asks in units of 10**6.
MIB = 2**20 / 1e6

# What is asked for beyond the largest that was measured.
MEMORY_MARGIN = 1.25
RUNTIME_MARGIN = 2.0

# The two Snakemake processes that a job on a cluster runs in count against its memory, 115 MB each.
NESTED_MB = 230

LEAST_MB, MEMORY_STEP_MB = 500, 100
LEAST_MINUTES, RUNTIME_STEP_MINUTES = 10, 5

# A request that is so many times what is suggested keeps others from running.
WASTE = 4

# What jobs ask for by name of the column; Snakemake's extended benchmarks have it.
REQUESTS = ("mem_mb", "runtime")

JOB_COLUMNS = {
    "stage": str,
    "rule": str,
    "job": str,
    "wall_s": float,
    "cpu_s": float,
    "peak_mb": float,
    "read_mb": float,
    "written_mb": float,
    "threads": float,
    "mem_mb": float,
    "runtime": float,
    "input_mb": float,
}

TITLES = {
    "jobs": "Jobs",
    "wall_s": "Time",
    "longest_s": "Longest",
    "core_s": "Core time",
    "cpu_s": "CPU time",
    "cores": "Cores busy",
    "peak_mb": "Peak, MB",
    "mem_mb": "Asked, MB",
    "needed_mb": "Suggested, MB",
    "runtime": "Asked, min",
    "needed_min": "Suggested, min",
    "remark": "Remark",
}


def read_benchmarks(paths: Sequence[str | Path], rules: Sequence[str]) -> pd.DataFrame:
    """Read benchmark files (JSON Lines); the last line counts.

    Parameters
    ----------
    paths
        One file per job.
    rules
        `stage/rule` of each.

    Returns
    -------
    pandas.DataFrame
        One row per job, `JOB_COLUMNS`: times in s, memory and files in MB, `runtime` in minutes. What is not
        known is NaN: Snakemake looks at a job every half second for 15 s and then every 30 s, so it sees
        little of one shorter than `MEASURABLE_S`.

    Raises
    ------
    InputError
        If a file is not what Snakemake writes.
    """
    return pd.DataFrame(
        [_job(path, rule) for path, rule in zip(paths, rules, strict=True)], columns=list(JOB_COLUMNS)
    ).astype(JOB_COLUMNS)


def _job(path: str | Path, rule: str) -> dict:
    try:
        found = json.loads(Path(path).read_text(encoding="utf-8").splitlines()[-1])
        asked = found.get("resources", {})
        seconds = _number(found["s"])
        measured = {
            "cpu_s": _number(found["cpu_time"]),
            # The sum over the job's processes. Shared pages count in each, as in the limits of clusters;
            # max_pss divides them among all processes of the machine, so that a busy one has less.
            "peak_mb": MIB * _number(found["max_rss"]),
            "read_mb": MIB * _number(found["io_in"]),
            "written_mb": MIB * _number(found["io_out"]),
        }
        sizes = found.get("input_size_mb")
        input_mb = math.nan if sizes is None else MIB * sum(sizes.values())
        requests = {name: _number(asked.get(name)) for name in REQUESTS}
    except (OSError, ValueError, LookupError, TypeError, AttributeError) as error:
        raise InputError(
            f"{path}: not a benchmark file of Snakemake in JSON Lines ({error!r}); delete it together with "
            "the job's outputs and run again"
        ) from error
    if seconds < MEASURABLE_S:
        measured = dict.fromkeys(measured, math.nan)
    stage, name = rule.split("/")
    return {
        "stage": stage,
        "rule": name,
        "job": str(path),
        "wall_s": seconds,
        **measured,
        "threads": _number(found.get("threads")),
        **requests,
        "input_mb": input_mb,
    }


def _number(value: float | str | None) -> float:
    """Return a number of a benchmark file: `NA`, `-` and null are not measured."""
    return math.nan if value in (None, "NA", "-") else float(value)


def needed_memory(peak: np.ndarray) -> np.ndarray:
    """Return the memory to ask for, given peaks, in MB; the least where those are NaN."""
    wanted = np.asarray(peak) * MEMORY_MARGIN + NESTED_MB
    return np.fmax(LEAST_MB, MEMORY_STEP_MB * np.ceil(wanted / MEMORY_STEP_MB))


def needed_runtime(seconds: np.ndarray) -> np.ndarray:
    """Return the minutes to ask for, given times in s."""
    wanted = np.asarray(seconds) / 60 * RUNTIME_MARGIN
    return np.fmax(LEAST_MINUTES, RUNTIME_STEP_MINUTES * np.ceil(wanted / RUNTIME_STEP_MINUTES))


def resources_table(jobs: pd.DataFrame) -> pd.DataFrame:
    """Return one row per rule, that with the most core time first.

    `wall_s`, `core_s` (wall time by threads, of one thread where these are unknown), `cpu_s`, `read_mb` and
    `written_mb` are sums over jobs; `cores` is CPU by wall time of the jobs whose CPU time was measured;
    `mem_mb` and `runtime` are what the jobs with the largest peak and time asked for, `needed_mb` and
    `needed_min` what is suggested for them.
    """
    rows = [_rule(stage, rule, some) for (stage, rule), some in jobs.groupby(["stage", "rule"], sort=False)]
    return pd.DataFrame(rows).sort_values("core_s", ascending=False, kind="stable", ignore_index=True)


def _rule(stage: str, rule: str, jobs: pd.DataFrame) -> dict:
    computing = jobs.dropna(subset="cpu_s")
    most = jobs.loc[jobs["peak_mb"].fillna(0).idxmax()]
    longest = jobs.loc[jobs["wall_s"].idxmax()]
    return {
        "stage": stage,
        "rule": rule,
        "jobs": len(jobs),
        "wall_s": jobs["wall_s"].sum(),
        "longest_s": longest["wall_s"],
        "core_s": (jobs["wall_s"] * jobs["threads"].fillna(1)).sum(),
        "cpu_s": computing["cpu_s"].sum(min_count=1),
        "cores": computing["cpu_s"].sum(min_count=1) / computing["wall_s"].sum(min_count=1),
        "threads": jobs["threads"].max(),
        "peak_mb": most["peak_mb"],
        "mem_mb": most["mem_mb"],
        "needed_mb": float(needed_memory(most["peak_mb"])),
        "runtime": longest["runtime"],
        "needed_min": float(needed_runtime(longest["wall_s"])),
        "read_mb": jobs["read_mb"].sum(min_count=1),
        "written_mb": jobs["written_mb"].sum(min_count=1),
        "remark": _remark(jobs),
    }


def _remark(jobs: pd.DataFrame) -> str:
    """Say which requests are too small for a job, or for every job much too large."""
    peak = jobs["peak_mb"] + NESTED_MB
    requests = (
        ("memory", jobs["mem_mb"], peak, needed_memory(jobs["peak_mb"])),
        ("runtime", jobs["runtime"], jobs["wall_s"] / 60, needed_runtime(jobs["wall_s"])),
    )
    remarks = []
    for name, asked, used, needed in requests:
        if (asked < used).any():
            remarks.append(f"{name} too small")
        elif (asked > WASTE * needed).all():
            remarks.append(f"{name} {(asked / needed).min():.0f} times too large")
    return "; ".join(remarks)


def to_markdown(table: pd.DataFrame, unmeasured: Mapping[str, int]) -> str:
    """Return the table as Markdown, with a last row for all rules; what is unknown is a dash."""
    return markdown_table(["Rule", *TITLES.values()], _cells(table), _note(table, unmeasured))


def to_latex(table: pd.DataFrame, unmeasured: Mapping[str, int]) -> str:
    """Return the table as a LaTeX document, its columns in two groups."""
    return latex_table(["Rule", *TITLES.values()], _cells(table), _note(table, unmeasured), width=6)


def _cells(table: pd.DataFrame) -> list[list[str]]:
    lines = [[row["rule"], *(_cell(name, row[name]) for name in TITLES)] for _, row in table.iterrows()]
    total = {name: table[name].sum() for name in ("jobs", "wall_s", "core_s", "cpu_s")}
    total |= {"longest_s": table["longest_s"].max(), "peak_mb": table["peak_mb"].max()}
    return [*lines, ["all", *(_cell(name, total[name]) if name in total else "" for name in TITLES)]]


def _cell(name: str, value: float | str) -> str:
    if isinstance(value, str):
        return value
    if math.isnan(value):
        return MISSING
    if name.endswith("_s"):
        return duration(value)
    return f"{value:.2f}" if name == "cores" else f"{value:.0f}"


def duration(seconds: float) -> str:
    """Return a time with two or three digits, in s, min or h."""
    for unit, size in (("h", 3600), ("min", 60)):
        if seconds >= size:
            return f"{seconds / size:.{0 if seconds >= 100 * size else 1}f} {unit}"
    return f"{seconds:.1f} s"


def _note(table: pd.DataFrame, unmeasured: Mapping[str, int]) -> str:
    """Say what the numbers are, and what they leave out."""
    left_out = ", ".join(f"{rule} ({count})" for rule, count in sorted(unmeasured.items()))
    return (
        f"{table['jobs'].sum():.0f} jobs of the stages, each by its last attempt, on the machine that it ran "
        f"on; {f'not measured: {left_out}' if left_out else 'none is missing'}. The making of this table, of "
        "the gallery and of the report is not in it. Core time: time by threads. CPU time lacks up to the "
        "last 30 s of a job, and memory may have peaked between two looks, which are half a second apart for "
        "15 s and then 30 s. A dash: not known; of a job shorter than a second only the time is. Peak: "
        "memory of a job's processes. Asked: by the jobs with the largest peak and the longest time. "
        f"Suggested: {MEMORY_MARGIN:g} times the peak and {NESTED_MB} MB for the Snakemake processes of a "
        f"cluster job, at least {LEAST_MB} MB; {RUNTIME_MARGIN:g} times the longest time, at least "
        f"{LEAST_MINUTES} min. A remark: a job used more than it had asked for, or every job asked for more "
        f"than {WASTE} times what is suggested for it."
    )
