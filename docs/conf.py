"""Settings of the documentation site; `make docs` builds it."""

import re
import sys
from pathlib import Path

ROOT = Path(__file__).parents[1]
sys.path[:0] = [str(ROOT / "tools"), str(ROOT / "workflow" / "scripts")]

import document_rules  # noqa: E402
import translations  # noqa: E402

project = "lepton-id"
author = "The lepton-id authors"
extensions = [
    "myst_parser",
    "sphinx.ext.autodoc",
    "sphinx.ext.autosummary",
    "sphinx.ext.mathjax",
    "sphinx.ext.napoleon",
    "sphinx_gallery.gen_gallery",
]
exclude_patterns = ["_build", "tutorial/*.rst", "tutorial/*.py", "sg_execution_times.rst"]
nitpicky = False

html_theme = "furo"
html_title = "lepton-id"
html_static_path = []
templates_path = ["_templates"]
html_context = {"translated": [f"lessons/{page}" for page in translations.TRANSLATED]}
# Those of the theme, and the links between languages.
html_sidebars = {
    "**": [
        "sidebar/brand.html",
        "sidebar/search.html",
        "sidebar/scroll-start.html",
        "languages.html",
        "sidebar/navigation.html",
        "sidebar/scroll-end.html",
    ]
}

# One source of code for all languages; tools/translations.py compares the texts.
locale_dirs = ["locale"]
gettext_compact = False

myst_enable_extensions = ["colon_fence", "dollarmath"]
myst_heading_anchors = 4

autodoc_typehints = "none"
autosummary_generate = True

sphinx_gallery_conf = {
    "examples_dirs": "tutorial",
    "gallery_dirs": "lessons",
    "filename_pattern": "/plot_",
    "within_subsection_order": "FileNameSortKey",
    "image_scrapers": "lesson_figures.scrape",
    "download_all_examples": False,
    "abort_on_example_error": True,
    "remove_config_comments": True,
    "show_memory": False,
    "default_thumb_file": str(ROOT / "docs" / "images" / "roc.svg"),
}


def write_rules(app: object) -> None:
    """Write the reference of the rules, which is made from their docstrings."""
    document_rules.write(ROOT, ROOT / "docs" / "reference")


# Files outside of this folder, seen from the root, and where the site has them; the last two are downloads.
ELSEWHERE = {
    "README.md": "/index.md",
    "config/README.md": "/reference/config.md",
    "resources/README.md": "/reference/sample.md",
    "docs/tutorial/README.rst": "/lessons/index.rst",
    "CHANGELOG.md": "/reference/changelog.md",
    "CONTRIBUTING.md": "/contributing.md",
    "RELEASING.md": "/releasing.md",
    "CITATION.cff": "/../CITATION.cff",
    "LICENSE": "/../LICENSE",
}

# Links to code have no page here.
CODE = re.compile(r"\[([^\]]*)\]\((?:\.\./)*(?:\.github|tests|workflow|config/layouts)/[^)]*\)")


def follow_links(app: object, page: object, *parent_and_text: object) -> None:
    """Let links out of this folder lead to the site's own page; connected to what is read and included."""
    text = parent_and_text[-1]
    for path, target in ELSEWHERE.items():
        text[0] = re.sub(rf"\]\((?:\.\./)*{re.escape(path)}", f"]({target}", text[0])
    text[0] = CODE.sub(r"\1", text[0])


def setup(app) -> None:
    """Connect what is generated or rewritten."""
    app.connect("builder-inited", write_rules)
    app.connect("source-read", follow_links)
    app.connect("include-read", follow_links)
