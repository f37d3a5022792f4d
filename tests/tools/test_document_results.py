"""The results in the docs are those of a default study of a known commit, and of today's classifiers."""

import json
import re

import numpy as np
import pytest

import document_results
from layouts import ELECTRONS, ROOT
from leptonid.study.classifiers import classifiers
from leptonid.study.config_schema import read_default_config

MANIFEST = {
    "git": {"clean": True, "commit": "0123456789abcdef"},
    "command": "snakemake --cores all",
    "started": "2026-11-26T02:34:55+00:00",
    "machine": {"cores": 2, "processor": "AMD EPYC"},
    "software": {"tensorflow": "2.20.0", "numpy": "2.4.6"},
}


@pytest.fixture
def results(tmp_path):
    """A function that writes what the page is made of, with changes of the manifest."""

    def write(**changes):
        (tmp_path / "tables").mkdir()
        (tmp_path / "tables/auc.md").write_text("| AUC |\n")
        (tmp_path / "tables/search_hl.md").write_text(
            '| <img src="../2_1_0.svg" height="48" alt=""> 2_1_0 |\n'
        )
        (tmp_path / "manifest.json").write_text(json.dumps({**MANIFEST, **changes}))
        return tmp_path

    return write


def test_the_page_has_the_tables_without_drawings_and_names_the_run(results):
    page = document_results.page(results())
    assert "commit 0123456789ab, started 2026-11-26 on\n2 cores of AMD EPYC, with TensorFlow 2.20.0" in page
    assert "## Search `hl`\n\n| 2_1_0 |" in page
    assert "| AUC |" in page


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"git": {"clean": False, "commit": "0"}}, "made from uncommitted changes"),
        ({"command": "snakemake --cores 2 --configfile mine.yaml"}, "not the default study"),
    ],
)
def test_other_studies_are_refused(results, changes, message):
    with pytest.raises(SystemExit, match=message):
        document_results.page(results(**changes))


def test_the_page_has_the_classifiers_of_the_default_study():
    page = (ROOT / "docs/results.md").read_text()
    named = re.findall(r"^\| `(\w+)` \|", page, re.M)
    table = classifiers(read_default_config(), ELECTRONS)
    assert {name for name in named if not name.isdigit() and name != "black"} == set(table)


def test_long_outlines_get_fewer_points_within_the_tolerance():
    x = np.linspace(0, 100, 2001)
    outline = np.column_stack([x, 20 * np.sin(x / 10)])
    line = " \nL ".join(f"{x:.6f} {y:.6f}" for x, y in outline)
    curve = '<path d="M 0 0 Q 1 2 3 4"/>'
    short = document_results.shortened(f'<path d="M {line} \nz"/>{curve}')
    assert curve in short
    assert short.split('"')[1].endswith("z")
    kept = np.array(re.findall(r"(\S+) (\S+?)(?=[ z])", short.split('"')[1].removeprefix("M")), float)
    assert len(kept) < 200
    between = np.interp(x, kept[:, 0], kept[:, 1])
    assert np.abs(between - outline[:, 1]).max() < document_results.TOLERANCE + 0.1


def test_the_pictures_of_the_docs_are_small_enough_for_a_page():
    for name in document_results.PICTURES:
        assert (ROOT / f"docs/images/{name}.svg").stat().st_size < 300_000, name
