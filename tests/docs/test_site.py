"""The documentation site: every page is in it, and the reference of the rules is complete."""

import re
from pathlib import Path

import document_rules

ROOT = Path(__file__).parents[2]
RULES = ROOT / "workflow" / "rules"


def test_every_page_is_in_a_table_of_contents():
    listed = set(re.findall(r"^([\w/-]+)$", (ROOT / "docs/index.md").read_text(), re.M))
    pages = {str(path.relative_to(ROOT / "docs").with_suffix("")) for path in ROOT.glob("docs/**/*.md")}
    generated = {"reference/rules"}
    # What `make docs` has left on this machine is no page of ours.
    pages = {page for page in pages if not page.startswith(("_build/", "lessons/"))} | generated
    assert pages - {"index"} == listed - {"lessons/index"}


def test_the_reference_names_every_rule_and_what_it_writes():
    page = document_rules.page(ROOT)
    for stage in document_rules.STAGES:
        names = re.findall(r"^ *rule (\w+):", (RULES / f"{stage}.smk").read_text(), re.M)
        assert [rule["name"] for rule in document_rules.rules_of(ROOT, stage)] == names
    section = page.partition("### train_classifier\n")[2].partition("###")[0]
    assert "- `<results>/train/{classifier}/{run}/model.keras`" in section
