"""The table of AUCs."""

import csv
import io
from pathlib import Path

import numpy as np
import pytest

from leptonid.errors import InputError
from leptonid.figures import auc_table
from leptonid.figures.scores import read_test_scores
from leptonid.train import metrics

PUBLISHED = Path(__file__).parents[2] / "resources" / "published_auc.csv"


@pytest.fixture
def scored(write):
    names = ["hl", "et_and_ht", "et_and_ht", "my_set", "mass"]
    aucs = [0.94, 0.97, 0.97, 0.85, 0.78]
    paths = [write.scores(f"{i}.feather", auc=auc, seed=i) for i, auc in enumerate(aucs)]
    return read_test_scores(names, paths)


@pytest.fixture
def rows(scored):
    return auc_table.auc_rows(scored, auc_table.read_published(PUBLISHED))


def read(text):
    return {line["features"]: line for line in csv.DictReader(io.StringIO(text))}


def test_rows_are_ordered_by_auc(rows):
    assert [row.features for row in rows] == ["et_and_ht", "hl", "my_set", "mass"]


def test_one_seed_gives_its_auc_and_uncertainty_without_spread(scored, rows, label):
    line = read(auc_table.to_csv(rows, label))["hl"]
    y, score = scored["hl"].y, scored["hl"].scores[0]
    assert float(line["auc"]) == pytest.approx(metrics.auc(y, score), abs=1e-6)
    assert float(line["uncertainty"]) == pytest.approx(metrics.auc_uncertainty(y, score), abs=1e-6)
    assert (line["seeds"], line["spread"], line["test_events"]) == ("1", "", "400")
    assert line["inputs"] == "7 HL"


def test_several_seeds_give_one_row_with_mean_and_spread(scored, rows, label):
    line = read(auc_table.to_csv(rows, label))["et_and_ht"]
    aucs = [metrics.auc(scored["et_and_ht"].y, score) for score in scored["et_and_ht"].scores]
    assert float(line["auc"]) == pytest.approx(np.mean(aucs), abs=1e-6)
    assert float(line["spread"]) == pytest.approx(abs(aucs[0] - aucs[1]) / np.sqrt(2), abs=1e-6)
    assert line["seeds"] == "2"


def test_published_values_stand_beside_ours_with_their_source_and_sample(rows, label):
    lines = read(auc_table.to_csv(rows, label))
    hl = lines["hl"]
    assert (hl["published_auc"], hl["published_uncertainty"]) == ("0.945", "0.001")
    assert hl["published_source"] == "arXiv:2011.01984v2, Tables I and II"
    assert (lines["mass"]["published_auc"], lines["mass"]["published_uncertainty"]) == ("0.7766", "")
    assert {line["sample"] for line in lines.values()} == {label}
    assert hl["published_sample"] == "arXiv:2011.01984"
    assert {value for key, value in lines["my_set"].items() if key.startswith("published")} == {""}


def test_the_shipped_values_are_those_of_the_paper():
    published = auc_table.read_published(PUBLISHED)
    assert {name: (each.auc, each.uncertainty) for name, each in published.items() if name != "mass"} == {
        "ht": (0.82, 0.02),
        "et": (0.918, 0.001),
        "et_and_ht": (0.972, 0.001),
        "et_and_ht_and_hl": (0.973, 0.001),
        "hl": (0.945, 0.001),
        "hl_and_mass": (0.956, 0.001),
    }
    assert "third-party" in published["mass"].source


@pytest.mark.parametrize(
    "text",
    ["features,auc,source\nhl,0.9,a\n", "features,auc,uncertainty,source\nhl,high,0.1,a\n", ""],
    ids=["column missing", "no number", "empty"],
)
def test_an_unusable_table_of_published_values_is_refused(tmp_path, text):
    path = tmp_path / "published.csv"
    path.write_text(text)
    with pytest.raises(InputError, match=r"published\.csv"):
        auc_table.read_published(path)


def test_markdown_has_a_cell_for_everything_and_dashes_for_what_is_missing(rows, label):
    lines = auc_table.to_markdown(rows, label).splitlines()
    cells = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines if line.startswith("|")]
    assert {len(row) for row in cells} == {7}
    assert cells[4][0] == "`my_set`"
    assert cells[4][3:] == ["1", "–", "–", "–"]  # noqa: RUF001
    assert cells[5][5] == "0.7766"
    assert cells[3][2] == f"{rows[1].auc:.4f} ± {rows[1].uncertainty:.4f}"
    assert cells[3][5] == "0.945 ± 0.001"
    assert label in lines[-1]
    assert "400 test events" in lines[-1]
    assert "Published AUCs were measured on other events" in lines[-1]


def test_a_bar_in_a_source_does_not_break_the_markdown(rows, label):
    odd = auc_table.Row("a", "a", 0.9, 0.1, 1, np.nan, 9, auc_table.Published(0.9, np.nan, "b|c"))
    assert r"| b\|c |" in auc_table.to_markdown([odd], label)


def test_without_published_values_their_columns_go(scored, label):
    rows = auc_table.auc_rows(scored, {})
    for text in (auc_table.to_markdown(rows, label), auc_table.to_latex(rows, label)):
        assert "ublished" not in text
    markdown = auc_table.to_markdown(rows, label).splitlines()
    assert {line.count("|") for line in markdown if line.startswith("|")} == {6}
    latex = auc_table.to_latex(rows, label).splitlines()
    assert {line.count("&") for line in latex if line.endswith(r"\\")} == {4}


def test_latex_is_a_document_that_needs_only_booktabs(rows, label):
    text = auc_table.to_latex(rows, label)
    assert text.startswith("\\documentclass")
    assert text.count("usepackage") == 1
    assert text.count("{") == text.count("}")
    body = text.split("\\midrule\n")[1].split("\\bottomrule")[0].strip().splitlines()
    assert len(body) == len(rows)
    assert all(line.count(" & ") == 5 and line.endswith(r"\\") for line in body)
    assert body[0].strip().startswith(r"\texttt{et\_and\_ht} & ECal + HCal images & ")
    assert r"0.972 $\pm$ 0.001 [1]" in body[0]
    assert body[2].endswith(r" & 1 & -- & -- \\")
    assert label in text
    assert "Published AUCs were measured on other events" in text
    assert text.isascii()


def test_latex_prints_special_characters_as_they_stand():
    row = auc_table.Row("a_b", "a_b", 0.9, 0.01, 1, np.nan, 10, None)
    text = auc_table.to_latex([row], r"50% of $x_1$ & {y}~#1^2 \z")
    assert r"50\% of \$x\_1\$ \& \{y\}\textasciitilde{}\#1\textasciicircum{}2 \textbackslash{}z" in text
    assert text.count(r"a\_b") == 2
