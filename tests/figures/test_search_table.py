"""The printed and the drawn table of a guided search."""

import re
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest

from figures.made_up import TITLES, choose_no_efps, passes_table, write_search
from leptonid.errors import InputError
from leptonid.figures.search import read_graphs, read_search
from leptonid.figures.search_table import table_figure, to_csv, to_latex, to_markdown
from leptonid.tables.feather import read_feather, write_feather


@pytest.fixture
def search(tmp_path):
    """Return a search, its graphs by name, and the folder of drawings: `search(4, base=[])`."""

    def made(passes, titles=TITLES, **options):
        path, graphs, drawings = write_search(tmp_path, passes, **options)
        read = read_search(path, titles)
        return read, read_graphs(graphs, read.chosen), drawings

    return made


def cells(markdown):
    return [line.strip("| ").split(" | ") for line in markdown.splitlines() if line.startswith("| `")]


def test_csv_keeps_whole_numbers_and_six_digits(label):
    lines = to_csv(passes_table(["barrel/2_1_0_k_1_b_0.5"], ["shape"]), label).splitlines()
    assert lines[0].endswith(",gain,gain_uncertainty,gap_closed,gap_closed_uncertainty,suffices,sample")
    assert lines[1] == f"0{',' * 16},0.93,0.0031,0.94,0.0029,0.0007,,,,,False,{label}"
    assert lines[2].startswith(
        "1,barrel,2_1_0_k_1_b_0.5,2,1,0,1,0.5,15000,0.7,0.6,0.87,12345678,0.69,0.0123,"
    )


def test_markdown_has_the_columns_of_the_papers(search, tmp_path, label):
    own, _, drawings = search(4)
    rows = cells(to_markdown(own, drawings, str(tmp_path / "tables" / "search.md"), label))
    dash = "\N{EN DASH}"
    assert rows[0] == ["`0`", "3 shapes", *[dash] * 6, "0.9300(31)", "0.9400(29)(7)", dash, dash]
    assert rows[1][0] == "`1`"
    assert rows[1][2:] == [
        "1",
        "1/2",
        "Barrel",
        "87 %",
        "0.690(12)",
        "0.8877(52)",
        "0.9350(31)",
        "0.9430(29)(7)",
        "0.0030(10)",
        "0.100(34)",
    ]
    assert rows[3][2:5] == ["2", "1", "Endcap"]
    assert rows[4][2:5] == ["2", dash, "Barrel"]
    assert rows[5] == ["`black box`", "Barrel image", *[dash] * 7, "0.9762(22)", dash, dash]
    assert len(rows) == 6


def test_what_is_no_efp_is_named(tmp_path, label):
    path, graphs, drawings = write_search(tmp_path, 4)
    own = read_search(path, choose_no_efps(path))
    drawn = read_graphs(graphs, own.chosen)
    assert list(drawn) == ["1_0_0"]
    dash = "\N{EN DASH}"
    rows = cells(to_markdown(own, drawings, str(tmp_path / "search.md"), label))
    assert [row[1:5] for row in rows[1:4]] == [
        ["pt", dash, dash, dash],
        ["sum of ET", dash, dash, "Barrel"],
        ["depth", dash, dash, "mine"],
    ]
    assert to_latex(own, drawings, str(tmp_path / "search.tex"), label).count("includegraphics") == 1
    texts = [text.get_text() for text in table_figure(own, drawn, label).texts]
    assert {"pt", "sum of ET", "depth", "1_0_0"} <= set(texts)


def test_links_lead_from_the_table_to_the_drawings(search, tmp_path, label):
    own, _, drawings = search(4)
    path = tmp_path / "tables" / "deep" / "search"
    markdown = to_markdown(own, drawings, f"{path}.md", label)
    latex = to_latex(own, drawings, f"{path}.tex", label)
    images = re.findall(r'<img src="([^"]+\.svg)"[^>]*> (\w+)', markdown)
    pictures = re.findall(r"\\includegraphics\[[^]]+\]\{([^}]+\.pdf)\}\} (\S+)", latex)
    names = ["2_1_0", "2_3_0", "2_1_0", "1_0_0"]
    assert [name for _, name in images] == names
    assert [name.replace(r"\_", "_") for _, name in pictures] == names
    path.parent.mkdir(parents=True)
    for link, _ in images + pictures:
        assert link.startswith("../../efp/drawings/")
        assert (path.parent / link).is_file()


def test_a_missing_drawing_is_refused(search, tmp_path, label):
    own, _, drawings = search(2)
    Path(drawings, "2_3_0.svg").unlink()
    with pytest.raises(InputError, match=r"2_3_0\.svg: no such file; draw the graphs again"):
        to_markdown(own, drawings, str(tmp_path / "search.md"), label)


def test_latex_is_complete(search, tmp_path, label):
    own, _, drawings = search(10, search="a_b", stopped="gain < 0.001 & flat")
    latex = to_latex(own, drawings, str(tmp_path / "search.tex"), label)
    assert latex.isascii()
    assert latex.count("{") == latex.count("}")
    assert latex.count("$") % 2 == 0
    assert r"\usepackage{booktabs,graphicx}" in latex
    assert r"gain $<$ 0.001 \& flat" in latex
    lines = [line for line in latex.splitlines() if line.lstrip().startswith(r"\texttt")]
    assert len(lines) == 12
    assert {line.count(" & ") for line in lines} == {11}


def test_the_note_of_a_weighted_search_says_so(search, tmp_path, label):
    weight = np.where(np.arange(20) == 3, -1, np.arange(20) + 1.0)
    own, _, drawings = search(1, weight=weight)
    note = to_markdown(own, drawings, str(tmp_path / "search.md"), label).splitlines()[-1]
    assert "Events count with their weights" in note
    assert "1 weights are negative, which trainings took as positive" in note


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
def test_the_note_defines_the_numbers(search, tmp_path, label, method, text):
    own, _, drawings = search(1, method=method, stopped="no gain in 2 passes", split="train")
    note = to_markdown(own, drawings, str(tmp_path / "search.md"), label).splitlines()[-1]
    assert text in note
    assert "from 3 shapes; black box: images (Barrel image)" in note
    assert "chosen on training events" in note
    assert "Stopped: no gain in 2 passes. The last pass still gained" in note
    assert "Pass 0 is the network shape of the study." in note
    assert "500 bootstrap samples of the training events in which, of the 50 best candidates" in note
    assert "means over 2 trainings" in note
    assert label in note
    assert "first pass" not in note


def test_the_note_says_what_one_training_or_no_bootstrap_leaves_out(tmp_path, label):
    path, _, drawings = write_search(tmp_path, 3, seeds="[0]", bootstraps="0")
    frame = read_feather(path)
    unknown = frame.set_column(frame.column_names.index("alike_in"), "alike_in", pa.nulls(4, pa.float64()))
    write_feather(unknown, path, frame.schema.metadata)
    own = read_search(path, TITLES)
    note = to_markdown(own, drawings, str(tmp_path / "search.md"), label).splitlines()[-1]
    assert "One training per pass: the scatter between trainings is in no uncertainty." in note
    assert "bootstrap" not in note
    assert (
        "2 observables suffice: more raise the AUC by no more than the uncertainty of the difference." in note
    )


def test_a_search_from_nothing_without_passes_has_only_the_black_box(search, tmp_path, label):
    own, graphs, drawings = search(0, base=[], auc_black_box="nan")
    markdown = to_markdown(own, drawings, str(tmp_path / "search.md"), label)
    assert [(row[0], row[-1]) for row in cells(markdown)] == [("`black box`", "\N{EN DASH}")]
    assert "In the first pass these are all pairs." in markdown
    table_figure(own, graphs, label).draw_without_rendering()


LONG = {"titles": {**TITLES, "base": "long $base " * 12, "black_box": "long " * 8}}


@pytest.mark.parametrize(("passes", "options"), [(1, {}), (10, LONG)])
def test_texts_of_the_drawn_table_keep_apart_and_inside(search, label, passes, options):
    own, graphs, _ = search(passes, **options)
    figure = table_figure(own, graphs, label)
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
