"""The table of resources covers exactly the jobs of a study, and every rule requests its resources."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
RULES = ROOT / "workflow/rules"
PAGES = {"build_gallery", "build_report"}


@pytest.fixture(scope="session")
def jobs(fresh, tmp_path_factory):
    """Rule, inputs, benchmark and resources of every job of a dry-run that follows another study."""
    study = fresh.copy(tmp_path_factory.mktemp("jobs") / "study")
    old = study.folder / "results/benchmarks/train/old/seed0.jsonl"
    old.parent.mkdir(parents=True)
    old.write_text("{}")
    jobs = []
    for block in re.split(r"\n(?=rule )", study.dry_run().stdout)[1:]:
        fields = dict(re.findall(r"^    (\w+): (.*)$", block, re.M))
        rule = re.match(r"rule (\w+)", block)[1]
        jobs.append({"rule": rule, "input": "", "benchmark": "", "resources": "", **fields})
    return jobs


def test_the_table_of_resources_reads_the_benchmark_files_of_all_jobs_of_the_stages(jobs):
    (table,) = (job for job in jobs if job["rule"] == "tabulate_resources")
    benchmarks = [path for path in table["input"].split(", ") if path.endswith(".jsonl")]
    record = set(re.findall(r"^rule (\w+):", (RULES / "record.smk").read_text(), re.M))
    measured = [job["benchmark"] for job in jobs if job["rule"] not in PAGES | record and job["benchmark"]]
    assert len(measured) > 30
    assert sorted(benchmarks) == sorted(measured)


def test_requests_wait_for_the_inputs_that_they_grow_with(jobs):
    resources = {job["rule"]: job["resources"] for job in jobs}
    assert "runtime=<TBD>" in resources["train_classifier"]
    assert "mem_mb=<TBD>" in resources["train_baseline"]
    assert re.search(r"mem_mb=\d+", resources["check_events"])


def test_every_rule_with_a_program_requests_its_resources():
    for path in RULES.glob("*.smk"):
        for block in re.split(r"^(?=(?:use )?rule )", path.read_text(), flags=re.M)[1:]:
            if "    shell:" in block:
                for field in ("threads", "mem_mb", "runtime"):
                    assert f" {field}" in block, block
