"""The table of resources is made of exactly the jobs of a study, and every rule says what it needs."""

import re
from pathlib import Path

import pytest

from study import TINY

ROOT = Path(__file__).parents[2]
PAGES = {"all", "build_gallery", "build_report"}


def jobs_printed(study, *arguments):
    """Return rule, inputs, benchmark and resources of every job of a dry-run, targets apart."""
    output = study.snakemake("--dry-run", *arguments).stdout
    found = []
    for block in re.split(r"\n(?=rule )", output)[1:]:
        fields = dict(re.findall(r"^    (\w+): (.*)$", block, re.M))
        rule = re.match(r"rule (\w+)", block)[1]
        found.append({"rule": rule, "input": "", "benchmark": "", "resources": "", **fields})
    return found


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"data": {"source": "simulation"}},
        {"efp": {"calorimeters": []}, "search": {"searches": dict.fromkeys(["hl", "hl_irc_safe"])},
         "train": {**TINY["train"], "features": {**TINY["train"]["features"], "hl_and_efp": None}}},
    ],
    ids=["tiny", "simulation", "no EFPs"],
)  # fmt: skip
def test_the_benchmark_files_are_those_of_all_jobs_of_the_stages(fresh, tmp_path, changes):
    study = fresh.copy(tmp_path / "study")
    left = study.folder / "results/benchmarks/train/gone/seed0.jsonl"
    left.parent.mkdir(parents=True)
    left.write_text("{}")
    study.configure({**TINY, **changes})
    jobs = jobs_printed(study)
    (table,) = (job for job in jobs if job["rule"] == "tabulate_resources")
    read = [path for path in table["input"].split(", ") if path.endswith(".jsonl")]
    of_record = set(re.findall(r"^rule (\w+):", (ROOT / "workflow/rules/record.smk").read_text(), re.M))
    measured = [job for job in jobs if job["rule"] not in PAGES | of_record]
    assert len(measured) > 30
    assert sorted(read) == sorted(job["benchmark"] for job in measured)


def test_requests_wait_for_the_inputs_that_they_grow_with(fresh):
    resources = {job["rule"]: job["resources"] for job in jobs_printed(fresh)}
    assert "mem_mb=<TBD>" in resources["train_classifier"]
    assert re.search(r"mem_mb=\d+", resources["check_events"])


def test_every_rule_with_a_program_says_what_it_needs():
    for path in (ROOT / "workflow/rules").glob("*.smk"):
        for block in re.split(r"^(?=(?:use )?rule )", path.read_text(), flags=re.M)[1:]:
            if "    shell:" in block:
                for field in ("threads", "mem_mb", "runtime"):
                    assert f" {field}" in block, block
