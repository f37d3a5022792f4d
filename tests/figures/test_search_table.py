"""The table of a guided search."""

import re
from pathlib import Path

import pytest

from leptonid.errors import InputError
from leptonid.figures import search_table
from leptonid.figures.search import read_graphs, read_search
from synthetic_search import write_search


@pytest.fixture
def searched(write, tmp_path):
    """Return a search, its graphs by name, and the folder of drawings: `searched(passes=4, base=[])`."""

    def made(passes, **options):
        written = write_search(tmp_path, write.events("test.feather"), passes, **options)
        found = read_search(written.passes)
        return found, read_graphs(written.graphs, found.chosen), written.drawings

    return made


def cells(markdown):
    return [line.strip("| ").split(" | ") for line in markdown.splitlines() if line.startswith("| `")]


def test_markdown_has_the_columns_of_the_papers(searched, tmp_path):
    found, _, drawings = searched(4)
    rows = cells(search_table.to_markdown(found, drawings, str(tmp_path / "tables" / "search_hl.md")))
    dash = "\N{EN DASH}"
    assert rows[0] == ["`0`", "7 HL", *[dash] * 5, "0.9300(31)", "0.9400(29)"]
    assert rows[1][0] == "`1`"
    assert rows[1][2:] == ["1", "1/2", "ECal", "0.690(12)", "0.8877(52)", "0.9350(31)", "0.9430(29)"]
    assert rows[3][2:5] == ["2", "1", "HCal"]
    assert rows[4][2:5] == ["2", dash, "ECal"]
    assert rows[5] == ["`black box`", "ECal + HCal images", *[dash] * 6, "0.9762(22)"]
    assert len(rows) == 6


def test_the_links_lead_from_the_table_to_the_drawings(searched, tmp_path):
    found, _, drawings = searched(4)
    path = tmp_path / "tables" / "deep" / "search_hl"
    markdown = search_table.to_markdown(found, drawings, f"{path}.md")
    latex = search_table.to_latex(found, drawings, f"{path}.tex")
    images = re.findall(r'<img src="([^"]+\.svg)"[^>]*> (\w+)', markdown)
    pictures = re.findall(r"\\includegraphics\[[^]]+\]\{([^}]+\.pdf)\}\} (\S+)", latex)
    assert [name for _, name in images] == ["2_1_0", "2_3_0", "2_1_0", "1_0_0"]
    assert [name.replace(r"\_", "_") for _, name in pictures] == ["2_1_0", "2_3_0", "2_1_0", "1_0_0"]
    path.parent.mkdir(parents=True)
    for link, _ in images + pictures:
        assert link.startswith("../../efp/drawings/")
        assert (path.parent / link).is_file()


def test_a_missing_drawing_is_refused(searched, tmp_path):
    found, _, drawings = searched(2)
    Path(drawings, "2_3_0.svg").unlink()
    with pytest.raises(InputError, match=r"2_3_0\.svg: no such file; draw the graphs anew"):
        search_table.to_markdown(found, drawings, str(tmp_path / "search_hl.md"))


def test_latex_is_whole(searched, tmp_path):
    base = ["hl", "ecal/2_1_0_k_-1_b_0.5"]
    found, _, drawings = searched(10, base=base, search="a_b", stopped="gain < 0.001 & flat")
    latex = search_table.to_latex(found, drawings, str(tmp_path / "search_hl.tex"))
    assert latex.isascii()
    assert latex.count("{") == latex.count("}")
    assert latex.count("$") % 2 == 0
    assert r"\usepackage{booktabs,graphicx}" in latex
    assert r"gain $<$ 0.001 \& flat" in latex
    lines = [line for line in latex.splitlines() if line.lstrip().startswith(r"\texttt")]
    assert len(lines) == 12
    assert {line.count(" & ") for line in lines} == {8}


@pytest.mark.parametrize(
    ("method", "text"),
    [
        ("black_box", "most like it"),
        (
            "truth",
            "by the observable and the true class for the misordered pairs (the way round that the training",
        ),
        ("greedy", "for the misordered pairs (read as at least 1/2)"),
    ],
)
def test_the_note_says_what_the_numbers_are(searched, tmp_path, label, method, text):
    found, _, drawings = searched(1, method=method, stopped="no gain in 2 passes", split="train")
    note = search_table.to_markdown(found, drawings, str(tmp_path / "search_hl.md")).splitlines()[-1]
    assert text in note
    assert "from 7 HL; black box: et_and_ht (ECal + HCal images)" in note
    assert "chosen on training events" in note
    assert "Stopped: no gain in 2 passes." in note
    assert label in note
    assert "first pass" not in note


def test_a_search_from_nothing_without_passes_has_only_the_black_box(searched, tmp_path):
    found, graphs, drawings = searched(0, base=[], auc_black_box="nan")
    markdown = search_table.to_markdown(found, drawings, str(tmp_path / "search_hl.md"))
    assert [(row[0], row[-1]) for row in cells(markdown)] == [("`black box`", "\N{EN DASH}")]
    assert "In the first pass these are all pairs." in markdown
    search_table.table_figure(found, graphs).draw_without_rendering()


LONG = {
    "base": ["hl", "mass", "R_had", "ecal/3_3_1_k_-1_b_0.25", "hcal/2_1_0_k_1_b_1"],
    "black_box": "long_" * 8,
}


@pytest.mark.parametrize(("passes", "options"), [(1, {}), (10, {}), (10, LONG)])
def test_texts_of_the_drawn_table_keep_apart_and_inside(searched, passes, options):
    found, graphs, _ = searched(passes, **options)
    figure = search_table.table_figure(found, graphs)
    figure.draw_without_rendering()
    boxes = {text: text.get_window_extent() for text in figure.texts}
    for text, box in boxes.items():
        assert figure.bbox.x0 <= box.x0 < box.x1 <= figure.bbox.x1
        assert figure.bbox.y0 <= box.y0 < box.y1 <= figure.bbox.y1
        others = [
            other.get_text() for other, place in boxes.items() if other is not text and box.overlaps(place)
        ]
        assert not others, text.get_text()
    shown = [text.get_text() for text in figure.texts]
    assert [shown.count(str(number)) >= 1 for number in range(passes + 1)] == [True] * (passes + 1)
    assert shown.count("0.8877(52)") == passes
