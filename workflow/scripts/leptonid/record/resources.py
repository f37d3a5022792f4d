"""The resources that the jobs of a run used, from Snakemake's benchmark files, and suggested requests."""

import json
import math
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import pandas as pd

from leptonid.errors import InputError
from leptonid.figures.tables import MISSING, latex_table, markdown_table

# Snakemake hardly measures more of a shorter job than the start of Python.
MEASURABLE_S = 1.0

# Snakemake measures in units of 2**20 bytes, and requests are in units of 10**6.
MIB = 2**20 / 1e6

# Suggested requests relative to the largest measurement.
MEMORY_MARGIN = 1.25
RUNTIME_MARGIN = 2.0

# Two Snakemake processes surround every job on a cluster and count against its memory, 115 MB each.
NESTED_MB = 230

LEAST_MB, MEMORY_STEP_MB = 500, 100
LEAST_MINUTES, RUNTIME_STEP_MINUTES = 10, 5

# Requests this many times larger than suggested keep other jobs from running.
WASTE = 4

# Requests in Snakemake's extended benchmarks; also names of columns.
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
    "mem_mb": "Requested, MB",
    "needed_mb": "Suggested, MB",
    "runtime": "Requested, min",
    "needed_min": "Suggested, min",
    "remark": "Remark",
}


def read_benchmarks(paths: Sequence[str | Path], rules: Sequence[tuple[str, str]]) -> pd.DataFrame:
    """Read benchmark files (JSON Lines), of each the last line: the last attempt.

    Parameters
    ----------
    paths
        One file per job.
    rules
        (stage, rule) of each.

    Returns
    -------
    pandas.DataFrame
        One row per job, `JOB_COLUMNS`: times in s, memory and files in MB, `runtime` in minutes. Unknown
        values are NaN: Snakemake samples a job every half second for 15 s and then every 30 s, and therefore
        measures little of a job shorter than `MEASURABLE_S`.

    Raises
    ------
    InputError
        If a file is not a benchmark file of Snakemake.
    """
    return pd.DataFrame(
        [_job(path, stage, rule) for path, (stage, rule) in zip(paths, rules, strict=True)],
        columns=list(JOB_COLUMNS),
    ).astype(JOB_COLUMNS)


def _job(path: str | Path, stage: str, rule: str) -> dict:
    try:
        line = json.loads(Path(path).read_text(encoding="utf-8").splitlines()[-1])
        resources = line.get("resources", {})
        seconds = _number(line["s"])
        measured = {
            "cpu_s": _number(line["cpu_time"]),
            # The sum over the job's processes, shared pages included, as clusters count them. max_pss
            # would divide these among all processes of the machine, and so depend on its load.
            "peak_mb": MIB * _number(line["max_rss"]),
            "read_mb": MIB * _number(line["io_in"]),
            "written_mb": MIB * _number(line["io_out"]),
        }
        sizes = line.get("input_size_mb")
        input_mb = math.nan if sizes is None else MIB * sum(sizes.values())
        requests = {name: _number(resources.get(name)) for name in REQUESTS}
    except (OSError, ValueError, LookupError, TypeError, AttributeError) as error:
        raise InputError(
            f"{path}: not a benchmark file of Snakemake in JSON Lines ({error!r}); delete it together with "
            "the job's outputs and run again"
        ) from error
    if seconds < MEASURABLE_S:
        measured = dict.fromkeys(measured, math.nan)
    return {
        "stage": stage,
        "rule": rule,
        "job": str(path),
        "wall_s": seconds,
        **measured,
        "threads": _number(line.get("threads")),
        **requests,
        "input_mb": input_mb,
    }


def _number(value: float | str | None) -> float:
    """Return a number of a benchmark file, NaN for `NA`, `-` and null: not measured."""
    return math.nan if value in (None, "NA", "-") else float(value)


def needed_memory(peak: np.ndarray) -> np.ndarray:
    """Return the memory to request, in MB, given peaks in MB; `LEAST_MB` for NaN."""
    wanted = np.asarray(peak) * MEMORY_MARGIN + NESTED_MB
    return np.fmax(LEAST_MB, MEMORY_STEP_MB * np.ceil(wanted / MEMORY_STEP_MB))


def needed_runtime(seconds: np.ndarray) -> np.ndarray:
    """Return the minutes to request, given times in s."""
    wanted = np.asarray(seconds) / 60 * RUNTIME_MARGIN
    return np.fmax(LEAST_MINUTES, RUNTIME_STEP_MINUTES * np.ceil(wanted / RUNTIME_STEP_MINUTES))


def resources_table(jobs: pd.DataFrame) -> pd.DataFrame:
    """Return one row per rule, in the order of falling core time.

    `wall_s`, `core_s` (wall time times threads; one thread where unknown), `cpu_s`, `read_mb` and
    `written_mb` are sums over jobs; `cores` is CPU time over wall time of the jobs whose CPU time was
    measured; `mem_mb` and `runtime` are the requests of the jobs with the largest peak and the longest time,
    `needed_mb` and `needed_min` the suggested ones.
    """
    rows = [_rule(stage, rule, group) for (stage, rule), group in jobs.groupby(["stage", "rule"], sort=False)]
    return pd.DataFrame(rows).sort_values("core_s", ascending=False, kind="stable", ignore_index=True)


def _rule(stage: str, rule: str, jobs: pd.DataFrame) -> dict:
    measured = jobs.dropna(subset="cpu_s")
    largest = jobs.loc[jobs["peak_mb"].fillna(0).idxmax()]
    longest = jobs.loc[jobs["wall_s"].idxmax()]
    return {
        "stage": stage,
        "rule": rule,
        "jobs": len(jobs),
        "wall_s": jobs["wall_s"].sum(),
        "longest_s": longest["wall_s"],
        "core_s": (jobs["wall_s"] * jobs["threads"].fillna(1)).sum(),
        "cpu_s": measured["cpu_s"].sum(min_count=1),
        "cores": measured["cpu_s"].sum(min_count=1) / measured["wall_s"].sum(min_count=1),
        "threads": jobs["threads"].max(),
        "peak_mb": largest["peak_mb"],
        "mem_mb": largest["mem_mb"],
        "needed_mb": float(needed_memory(largest["peak_mb"])),
        "runtime": longest["runtime"],
        "needed_min": float(needed_runtime(longest["wall_s"])),
        "read_mb": jobs["read_mb"].sum(min_count=1),
        "written_mb": jobs["written_mb"].sum(min_count=1),
        "remark": _remark(jobs),
    }


def _remark(jobs: pd.DataFrame) -> str:
    """Return which requests are too small for a job, or much too large for every job."""
    peak = jobs["peak_mb"] + NESTED_MB
    requests = (
        ("memory", jobs["mem_mb"], peak, needed_memory(jobs["peak_mb"])),
        ("runtime", jobs["runtime"], jobs["wall_s"] / 60, needed_runtime(jobs["wall_s"])),
    )
    remarks = []
    for name, requested, used, needed in requests:
        if (requested < used).any():
            remarks.append(f"{name} too small")
        elif (requested > WASTE * needed).all():
            remarks.append(f"{name} {(requested / needed).min():.0f} times too large")
    return "; ".join(remarks)


def to_markdown(table: pd.DataFrame, unmeasured: Mapping[str, int]) -> str:
    """Return the table as Markdown, with a last row for all rules; unknown values are dashes."""
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
    """Return the note that explains the columns and lists what is left out."""
    left_out = ", ".join(f"{rule} ({count})" for rule, count in sorted(unmeasured.items()))
    return (
        f"{table['jobs'].sum():.0f} jobs of the stages, the last attempt of each, on the machine it ran on; "
        f"{f'not measured: {left_out}' if left_out else 'none is missing'}. The jobs that make this table, "
        "the gallery and the report are not included. Core time: wall time times threads. Up to the last 30 "
        "s of CPU time are missing for each job, and memory may have peaked between two samples, which are "
        "half a second apart for 15 s and then 30 s. A dash: unknown; only the time of jobs shorter than a "
        "second is known. Peak: memory of a job's processes. Requested: by the jobs with the largest peak "
        f"and the longest time. Suggested: {MEMORY_MARGIN:g} times the peak and {NESTED_MB} MB for the "
        f"Snakemake processes of a cluster job, at least {LEAST_MB} MB; {RUNTIME_MARGIN:g} times the longest "
        f"time, at least {LEAST_MINUTES} min. A remark: a job used more than it requested, or every job "
        f"requested more than {WASTE} times the suggestion."
    )
