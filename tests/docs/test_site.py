"""The documentation site: every page is in it, and the reference of the rules is complete."""

import ast
import re
from pathlib import Path

import matplotlib.pyplot as plt
import pytest

import document_rules
from lesson_figures import scrape

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


def test_every_picture_of_a_page_has_a_text_that_says_what_is_seen():
    for page in [ROOT / "README.md", *ROOT.glob("docs/*.md")]:
        text = page.read_text()
        for alt in re.findall(r"!\[([^\]]*)\]", text) + re.findall(r'<img [^>]*?alt="([^"]*)"', text):
            assert len(alt.split()) >= 5, f"{page.name}: {alt!r}"
        assert len(re.findall("<img ", text)) == len(re.findall("<img [^>]*alt=", text)), page.name


def test_every_figure_of_a_lesson_says_what_is_seen():
    for path in ROOT.glob("docs/tutorial/*.py"):
        tree = ast.parse(path.read_text())
        called = [
            (node.func.attr, node)
            for node in ast.walk(tree)
            if isinstance(node, ast.Call) and hasattr(node.func, "attr")
        ]
        figures = [node for name, node in called if name in ("subplots", "figure")]
        texts = [ast.literal_eval(node.args[0]) for name, node in called if name == "set_label"]
        assert len(texts) == len(figures), path.name
        assert all(len(text.split()) >= 10 for text in texts), path.name


def test_the_site_draws_the_figures_of_lessons_as_svg_with_their_texts(tmp_path):
    settings = {
        "image_srcset": [],
        "matplotlib_animations": (False, None),
        "compress_images": [],
        "src_dir": str(tmp_path),
    }
    block = ("code", "", 7)
    lesson = {
        "image_path_iterator": iter([str(tmp_path / "1.png"), str(tmp_path / "2.png")]),
        "src_file": "lesson.py",
    }
    for text in ("A line: it rises", r"Another \1: it falls"):
        figure, axes = plt.subplots()
        figure.set_label(text)
        axes.set_title("title")
    shown = scrape(block, lesson, settings)
    assert re.findall(":alt: (.*)", shown) == ["A line: it rises", r"Another \1: it falls"]
    assert (tmp_path / "2.svg").read_text().startswith("<?xml")
    plt.figure()
    with pytest.raises(ValueError, match=r"lesson.py, line 7: a figure without a label"):
        scrape(block, lesson, settings)
    plt.close("all")
