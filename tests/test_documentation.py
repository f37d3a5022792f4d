"""The documentation's examples and links hold."""

import re
from pathlib import Path

import pytest

from leptonid.study.config import prepare_config
from leptonid.study.config_schema import read_default_config

ROOT = Path(__file__).parents[1]
PAGES = sorted(
    [*ROOT.glob("*.md"), *ROOT.glob("docs/*.md"), *ROOT.glob("config/*.md"), *ROOT.glob("resources/*.md")]
)

# Files that a user adds.
EXAMPLES = {
    "profiles/NAME/profile.yaml",
    "workflow/report/scores.rst",
    "workflow/scripts/figures/plot_scores.py",
}


def code_blocks(page, language):
    """Return the code blocks of a page in a language."""
    return re.findall(rf"^```{language}\n(.*?)^```", page.read_text(), re.M | re.S)


def anchors(page):
    """Return the anchors that GitHub gives the headings of a page."""
    headings = re.findall(r"^#+ (.*)$", re.sub(r"^```.*?^```", "", page.read_text(), flags=re.M | re.S), re.M)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_links_lead_to_existing_files_and_headings(page):
    for link in re.findall(r"\]\(([^)\s]+)\)", page.read_text()):
        if not re.match(r"https?:|mailto:", link):
            path, _, anchor = link.partition("#")
            target = (page.parent / path).resolve() if path else page
            assert target.exists(), link
            assert not anchor or anchor in anchors(target), link


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_paths_of_the_code_exist(page):
    text = page.read_text()
    paths = re.findall(
        r"(?<![\w./>-])(?:workflow|tests|benchmarks|profiles|envs|resources)/[\w./-]+\.\w+", text
    )
    paths += [f"workflow/scripts/{path}" for path in re.findall(r"(?<![\w./])leptonid/[\w/]+\.py", text)]
    missing = {path for path in paths if not (ROOT / path).exists()}
    assert missing <= EXAMPLES


def test_the_example_of_a_layout_is_a_study_with_the_feature_sets_that_the_text_names(tmp_path):
    page = ROOT / "docs/extending.md"
    (text,) = (block for block in code_blocks(page, "yaml") if block.startswith("# photons.yaml"))
    path = tmp_path / "photons.yaml"
    path.write_text(text)
    config = read_default_config()
    config["data"] |= {"path": "photons.h5", "layout": str(path)}
    layout = prepare_config(config)
    assert layout.grids["barrel"].shape == (20, 24, 1)
    assert set(config["train"]["features"]) == {"tower", "shape", "tower_and_shape", "efp", "shape_and_efp"}
    assert config["search"]["black_box"] == "tower"
    assert config["search"]["base"] == ["shape"]
