"""Resources: from Snakemake's benchmark files to the table of rules, its suggestions and its figure."""

import json
import math
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from leptonid.errors import InputError
from leptonid.record.resources import (
    needed_memory,
    needed_runtime,
    read_benchmarks,
    resources_table,
    to_markdown,
)
from leptonid.record.resources_figure import resources_figure
from leptonid.tables.sample import Sample, write_sample
from record import plot_resources, tabulate_resources

MIB = 2**20 / 1e6


@pytest.fixture
def benchmark(tmp_path):
    """Write benchmark files as Snakemake does; return their path."""

    def write(name, seconds, *, extended=True, requested=(1000, 20), threads=1, **measured):
        line = {"s": seconds, "max_rss": 200.0, "io_in": 0.0, "io_out": 1.0, "cpu_time": seconds, **measured}
        if extended:
            line |= {"rule_name": name, "threads": threads, "input_size_mb": {"a": 1.0, "b": 2.0}}
            line |= {"resources": {"mem_mb": requested[0], "runtime": requested[1], "tmpdir": "/tmp"}}
        path = tmp_path / f"{name}.jsonl"
        path.write_text(json.dumps(line) + "\n")
        return str(path)

    return write


def table_of(*files, rule=("train", "fit")):
    return resources_table(read_benchmarks(files, [rule] * len(files)))


def test_a_benchmark_file_is_read_in_megabytes_and_seconds(benchmark):
    path = benchmark("fit", 60.0, max_rss=1000.0, max_pss=500.0, cpu_time=45.0, threads=4)
    (job,) = read_benchmarks([path], [("train", "fit")]).to_dict("records")
    assert job["peak_mb"] == pytest.approx(1000 * MIB)
    assert job["input_mb"] == pytest.approx(3 * MIB)
    assert (job["stage"], job["rule"], job["job"]) == ("train", "fit", path)
    assert (job["wall_s"], job["cpu_s"], job["threads"]) == (60, 45, 4)
    assert (job["mem_mb"], job["runtime"]) == (1000, 20)


def test_the_last_line_of_a_benchmark_file_counts(benchmark):
    path = benchmark("fit", 60.0)
    first = Path(path).read_text()
    Path(path).write_text(first.replace("60.0", "50.0") + first)
    assert read_benchmarks([path], [("train", "fit")])["wall_s"].tolist() == [60]


def test_values_that_were_not_measured_are_unknown_and_not_zero(benchmark):
    files = [
        benchmark("gone", 5.0, max_rss="NA", io_in="NA", io_out="NA", cpu_time="NA"),
        benchmark("elsewhere", 5.0, io_in=None, io_out=None),
        benchmark("short", 0.4, max_rss=3.0, cpu_time=0.0),
        benchmark("plain", 5.0, extended=False),
    ]
    jobs = read_benchmarks(files, [("train", "fit")] * 4)
    assert jobs["peak_mb"].isna().tolist() == [True, False, True, False]
    assert jobs["cpu_s"].isna().tolist() == [True, False, True, False]
    assert jobs["read_mb"].isna().tolist() == [True, True, True, False]
    assert jobs["mem_mb"].isna().tolist() == [False, False, False, True]
    assert jobs["wall_s"].tolist() == [5, 5, 0.4, 5]


@pytest.mark.parametrize("text", ["", "s\th:m:s\n1\t0:00:01\n", "{}", "[1]", '{"s": "soon"}'])
def test_another_file_is_refused_by_name(tmp_path, text):
    path = tmp_path / "some.jsonl"
    path.write_text(text)
    with pytest.raises(InputError, match=r"some\.jsonl: not a benchmark file"):
        read_benchmarks([path], [("train", "fit")])


def test_times_are_added_and_cores_count(benchmark):
    files = [
        benchmark("a", 100.0, threads=4, cpu_time=300.0),
        benchmark("b", 20.0, threads=2, cpu_time=30.0),
        benchmark("c", 0.5, threads=2),
    ]
    (row,) = table_of(*files).to_dict("records")
    assert (row["jobs"], row["wall_s"], row["longest_s"]) == (3, 120.5, 100)
    assert row["core_s"] == 100 * 4 + 20 * 2 + 0.5 * 2
    assert row["cpu_s"] == 330
    assert row["cores"] == pytest.approx(330 / 120)


def test_the_rule_with_the_most_core_time_is_first(benchmark):
    files = [benchmark("long", 100.0), benchmark("wide", 60.0, threads=2)]
    table = resources_table(read_benchmarks(files, [("train", "long"), ("efp", "wide")]))
    assert table["rule"].tolist() == ["wide", "long"]
    assert table["stage"].tolist() == ["efp", "train"]


@pytest.mark.parametrize(
    ("peak", "expected"), [(math.nan, 500), (100, 500), (1000, 1500), (1016, 1500), (1017, 1600)]
)
def test_suggested_memory_has_a_margin_and_room_for_snakemake(peak, expected):
    assert needed_memory(peak) == expected


@pytest.mark.parametrize(("seconds", "expected"), [(1, 10), (300, 10), (301, 15), (3600, 120)])
def test_suggested_time_has_a_margin(seconds, expected):
    assert needed_runtime(seconds) == expected


def test_requests_are_those_of_the_largest_and_of_the_longest_job(benchmark):
    files = [
        benchmark("large", 10.0, max_rss=2000.0, requested=(3000, 20)),
        benchmark("long", 900.0, requested=(700, 60)),
    ]
    (row,) = table_of(*files).to_dict("records")
    assert (row["mem_mb"], row["runtime"], row["remark"]) == (3000, 60, "")
    assert (row["needed_mb"], row["needed_min"]) == (2900, 30)


def test_a_job_that_used_more_than_it_requested_is_remarked(benchmark):
    small = benchmark("small", 30.0, max_rss=900.0, requested=(1100, 20))
    late = benchmark("late", 25 * 60.0, requested=(1100, 20))
    fine = benchmark("fine", 30.0)
    assert table_of(small, fine)["remark"].item() == "memory too small"
    assert table_of(late, fine)["remark"].item() == "runtime too small"
    assert table_of(fine)["remark"].item() == ""


def test_waste_is_remarked_only_if_every_job_wastes(benchmark):
    much = benchmark("much", 30.0, requested=(6000, 20))
    used = benchmark("used", 30.0, requested=(6000, 20), max_rss=4000.0)
    assert table_of(much)["remark"].item() == "memory 12 times too large"
    assert table_of(much, used)["remark"].item() == ""


def test_unknown_requests_get_no_remark(benchmark):
    assert table_of(benchmark("plain", 30.0, extended=False))["remark"].item() == ""


def test_the_note_says_what_the_table_covers(benchmark):
    table = table_of(benchmark("a", 3.0), benchmark("b", 0.1))
    text = to_markdown(table, {"plot_more": 2})
    assert "2 jobs of the stages" in text
    assert "not measured: plot_more (2)" in text
    assert "| `all` | 2 | 3.1 s |" in text
    assert "none is missing" in to_markdown(table, {})


def test_the_programs_write_tables_and_a_figure(benchmark, tmp_path):
    files = [benchmark("a", 300.0, threads=4), benchmark("b", 20.0), benchmark("c", 0.1, extended=False)]
    measured = [["efp", "compute_efps", 2], ["data", "split_events", 1]]
    names = {name: str(tmp_path / name) for name in ("jobs", "csv", "markdown", "latex")}
    tabulate_resources.main(
        [
            *("--benchmarks", *files, "--settings", json.dumps({"measured": measured, "unmeasured": {}})),
            *(text for name, path in names.items() for text in (f"--{name}", path)),
        ]
    )
    assert pd.read_csv(names["csv"])["rule"].tolist() == ["compute_efps", "split_events"]
    assert len(pd.read_csv(names["jobs"])) == 3
    assert r"\texttt{compute\_efps}" in Path(names["latex"]).read_text()

    sample = tmp_path / "sample.json"
    write_sample(Sample("some events", "GeV"), sample)
    figure = tmp_path / "resources.png"
    options = ["--rules", names["csv"], "--jobs", names["jobs"], "--sample", str(sample)]
    plot_resources.main([*options, "--output", str(figure)])
    assert figure.read_bytes().startswith(b"\x89PNG")


def test_the_figure_shows_the_rules_with_the_most_core_time():
    rules = pd.DataFrame(
        {
            "stage": "train",
            "rule": [f"rule_{i}" for i in range(20)],
            "jobs": 1,
            "core_s": np.arange(20, 0, -1.0),
            "cpu_s": [np.nan, *np.arange(19, 0, -1.0)],
        }
    )
    jobs = pd.DataFrame({"stage": "train", "rule": rules["rule"], "peak_mb": 300.0, "mem_mb": np.nan})
    left, right = resources_figure(rules, jobs, "some events").axes
    shown = [tick.get_text() for tick in left.get_yticklabels()]
    assert shown[0] == "rule_0 (1)"
    assert len(shown) == 12
    texts = [text.get_text() for text in left.texts]
    assert any(text.endswith(f"8 more rules: {sum(range(1, 9)):.1f} s") for text in texts)
    assert right.get_xscale() == "log"
