"""Captions of the report."""

from pathlib import Path
from types import SimpleNamespace

import pytest
from docutils.core import publish_parts
from jinja2 import Environment

REPORT = Path(__file__).parents[2] / "workflow" / "report"
CAPTIONS = sorted(REPORT.rglob("*.rst"))
WILDCARDS = {"calorimeter": "hcal", "classifier": "et_and_ht", "search": "hl"}


def render(path, wildcards):
    template = Environment().from_string(path.read_text(encoding="utf-8"))
    source = template.render(snakemake=SimpleNamespace(wildcards=SimpleNamespace(**wildcards)))
    strict = {"report_level": 1, "halt_level": 1}
    return publish_parts(source, writer="html", settings_overrides=strict)["body"]


@pytest.mark.parametrize("path", CAPTIONS, ids=lambda path: str(path.relative_to(REPORT)))
def test_captions_are_valid_with_and_without_wildcards(path):
    for wildcards in ({}, WILDCARDS):
        body = render(path, wildcards)
        assert body.startswith("<p>")
        assert "{" not in body


def test_captions_of_a_layout_replace_general_ones():
    for path in REPORT.glob("*/*.rst"):
        assert (REPORT / path.name).is_file()
