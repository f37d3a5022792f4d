"""The captions of the report."""

from pathlib import Path
from types import SimpleNamespace

import pytest
from docutils.core import publish_parts
from jinja2 import Environment

CAPTIONS = sorted((Path(__file__).parents[2] / "workflow" / "report").glob("*.rst"))


def render(path, **wildcards):
    text = Environment().from_string(path.read_text(encoding="utf-8"))
    source = text.render(snakemake=SimpleNamespace(wildcards=SimpleNamespace(**wildcards)))
    strict = {"report_level": 1, "halt_level": 1}
    return publish_parts(source, writer="html", settings_overrides=strict)["body"]


@pytest.mark.parametrize("path", CAPTIONS, ids=lambda path: path.stem)
def test_captions_are_valid_with_and_without_wildcards(path):
    for wildcards in ({}, {"calorimeter": "hcal"}):
        body = render(path, **wildcards)
        assert body.startswith("<p>")
        assert "{" not in body


def test_captions_name_what_their_wildcards_say():
    captions = {path.stem: path for path in CAPTIONS}
    assert "hadronic (HCal)" in render(captions["images_mean"], calorimeter="hcal")
    assert "electromagnetic (ECal)" in render(captions["images_single"], calorimeter="ecal")


def test_the_report_opens_with_what_its_numbers_are_not():
    opening = render(next(path for path in CAPTIONS if path.stem == "workflow"))
    assert "stand-in" in opening
    assert "not the events of the paper" in opening
