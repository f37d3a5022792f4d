"""The table of AUCs."""

import csv
import io
from pathlib import Path

import numpy as np
import pytest

from leptonid.errors import InputError
from leptonid.figures import auc_table
from leptonid.figures.published import read_published
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
def trainings(write):
    """Two seeds of et_and_ht, one thrown away before; splits and folds of hl, one fold dead."""
    runs = {
        "hl/seed0": {},
        "hl/shuffle0": {"auc": 0.95},
        "hl/shuffle1": {"auc": 0.93},
        "hl/fold0": {"auc": 0.5, "dead": True},
        "hl/fold1": {"auc": 0.94},
        "hl/fold2": {"auc": 0.96, "restarts": 1},
        "et_and_ht/seed0": {"restarts": 2},
        "et_and_ht/seed10": {},
        "my_set/seed0": {"model": "trees"},
        "mass/seed0": {},
    }
    paths = [write.metrics(f"{i}.json", **items) for i, items in enumerate(runs.values())]
    return auc_table.read_trainings(list(runs), paths)


@pytest.fixture
def rows(scored, trainings):
    return auc_table.auc_rows(scored, trainings, read_published(PUBLISHED))


@pytest.fixture
def plain(scored):
    """Rows without repetitions, published values and accidents."""
    training = auc_table.Training("seed", "network", 0.9, 0, False)
    trainings = {name: [training] * len(each.scores) for name, each in scored.items()}
    return auc_table.auc_rows(scored, trainings, {})


def read(text):
    return {line["features"]: line for line in csv.DictReader(io.StringIO(text))}


def cells(markdown):
    lines = [line for line in markdown.splitlines() if line.startswith("|")]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]


def test_rows_are_ordered_by_auc(rows):
    assert [row.features for row in rows] == ["et_and_ht", "hl", "my_set", "mass"]


def test_one_seed_gives_its_auc_and_test_uncertainty_without_deviation(scored, rows, label):
    line = read(auc_table.to_csv(rows, label))["hl"]
    y, score = scored["hl"].y, scored["hl"].scores[0]
    assert float(line["auc"]) == pytest.approx(metrics.auc(y, score), abs=1e-6)
    assert float(line["auc_test"]) == pytest.approx(metrics.auc_uncertainty(y, score), abs=1e-6)
    assert (line["seeds"], line["auc_seeds"], line["test_events"]) == ("1", "", "400")
    assert (line["inputs"], line["model"]) == ("7 HL", "network")


def test_several_seeds_give_one_row_with_mean_and_deviation(scored, rows, label):
    line = read(auc_table.to_csv(rows, label))["et_and_ht"]
    aucs = [metrics.auc(scored["et_and_ht"].y, score) for score in scored["et_and_ht"].scores]
    assert float(line["auc"]) == pytest.approx(np.mean(aucs), abs=1e-6)
    assert float(line["auc_seeds"]) == pytest.approx(abs(aucs[0] - aucs[1]) / np.sqrt(2), abs=1e-6)
    assert line["seeds"] == "2"


def test_splits_and_folds_have_their_own_mean_and_deviation(rows, label):
    lines = read(auc_table.to_csv(rows, label))
    hl = lines["hl"]
    assert (hl["shuffles"], hl["folds"]) == ("2", "3")
    assert float(hl["shuffles_mean"]) == pytest.approx(0.94)
    assert float(hl["shuffles_deviation"]) == pytest.approx(0.02 / np.sqrt(2), abs=1e-6)
    assert float(hl["folds_mean"]) == pytest.approx(0.8)
    assert float(hl["folds_deviation"]) == pytest.approx(np.std([0.5, 0.94, 0.96], ddof=1), abs=1e-6)
    assert [lines["mass"][key] for key in ("shuffles", "shuffles_mean", "folds_mean")] == ["0", "", ""]


def test_dead_trainings_and_restarts_are_counted_marked_and_named(rows, label):
    lines = read(auc_table.to_csv(rows, label))
    assert {name: (line["dead"], line["restarts"]) for name, line in lines.items()} == {
        "hl": ("1", "1"), "et_and_ht": ("0", "2"), "my_set": ("0", "0"), "mass": ("0", "0"),
    }  # fmt: skip
    markdown = auc_table.to_markdown(rows, label)
    marked = [cell for line in cells(markdown) for cell in line if cell.endswith("†")]
    assert marked == ["0.8000 ± 0.2600 (3) †"]
    assert "learnt nothing, with a validation AUC within three standard errors of 1/2: hl 1 of 6." in markdown
    assert "as they had learnt nothing, and started again: et_and_ht 2, hl 1." in markdown
    latex = auc_table.to_latex(rows, label)
    assert r"(3) $\dagger$ \\" in latex
    assert r"\_and\_ht 2, hl 1." in latex


def test_a_dead_seed_is_marked_beside_the_number_of_seeds(scored, label):
    training = auc_table.Training("seed", "network", 0.5, 2, True)
    trainings = {name: [training] * len(each.scores) for name, each in scored.items()}
    lines = cells(auc_table.to_markdown(auc_table.auc_rows(scored, trainings, {}), label))
    assert all(line[3].endswith("(1) †") for line in lines[3:])


def test_where_all_went_well_nothing_is_said_of_it(plain, label):
    markdown = auc_table.to_markdown(plain, label)
    assert "learnt nothing" not in markdown
    assert "†" not in markdown
    assert "folds" not in markdown


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
    published = read_published(PUBLISHED)
    assert {name: (each.auc, each.uncertainty) for name, each in published.items() if name != "mass"} == {
        "ht": (0.82, 0.02),
        "et": (0.918, 0.001),
        "et_and_ht": (0.972, 0.001),
        "et_and_ht_and_hl": (0.973, 0.001),
        "hl": (0.945, 0.001),
        "hl_and_mass": (0.956, 0.001),
        "search_hl": (0.970, 0.001),
        "search_hl_irc_safe": (0.970, 0.001),
        "search_hl_and_mass": (0.971, 0.001),
        "search_hl_and_mass_irc_safe": (0.971, 0.001),
    }
    assert "third-party" in published["mass"].source
    assert [str(published[name]) for name in ("search_hl", "ht", "mass")] == [
        "0.970 ± 0.001", "0.82 ± 0.02", "0.7766",
    ]  # fmt: skip


@pytest.mark.parametrize(
    "text",
    ["features,auc,source\nhl,0.9,a\n", "features,auc,uncertainty,source\nhl,high,0.1,a\n", ""],
    ids=["column missing", "no number", "empty"],
)
def test_an_unusable_table_of_published_values_is_refused(tmp_path, text):
    path = tmp_path / "published.csv"
    path.write_text(text)
    with pytest.raises(InputError, match=r"published\.csv"):
        read_published(path)


@pytest.mark.parametrize("text", ["", "{}", '{"auc": 0.9}', "[1]"])
def test_unusable_metrics_are_refused(tmp_path, text):
    path = tmp_path / "metrics.json"
    path.write_text(text)
    with pytest.raises(InputError, match=r"metrics\.json"):
        auc_table.read_trainings(["hl/seed0"], [str(path)])


def test_metrics_that_do_not_pair_up_with_names_or_scores_are_refused(write, scored, trainings):
    with pytest.raises(InputError, match="1 names and 0 files"):
        auc_table.read_trainings(["hl/seed0"], [])
    with pytest.raises(InputError, match="et_and_ht: needs the metrics of each of its 2 seeds, found 1"):
        auc_table.auc_rows(scored, {**trainings, "et_and_ht": trainings["et_and_ht"][:1]}, {})


def test_markdown_has_a_cell_for_everything_and_dashes_for_what_is_missing(rows, label):
    markdown = auc_table.to_markdown(rows, label)
    titles, _, images, hl, my_set, mass = cells(markdown)
    assert titles == [
        "Classifier", "Inputs", "AUC ± test sample", "Seeds: s.d. (n)", "Published AUC",
        "Random splits: mean ± s.d. (n)", "Folds: mean ± s.d. (n)",
    ]  # fmt: skip
    assert {len(line) for line in (images, hl, my_set, mass)} == {7}
    assert my_set[0] == "`my_set`"
    assert my_set[3:] == ["– (1)", "–", "–", "–"]  # noqa: RUF001
    assert images[3] == f"{rows[0].scatter['seed'].deviation:.4f} (2)"
    assert hl[2] == f"{rows[1].auc:.4f} ± {rows[1].uncertainty:.4f}"
    assert hl[4:6] == ["0.945 ± 0.001 [2]", "0.9400 ± 0.0141 (2)"]
    assert mass[4] == "0.7766 [3]"
    note = markdown.splitlines()[-1]
    for text in (label, "400 test events", "DeLong", "Published AUCs were measured on other events"):
        assert text in note
    assert "[2] arXiv:2011.01984v2, Tables I and II; [3] third-party" in note


def test_a_bar_in_a_name_does_not_break_the_markdown(plain, label):
    odd = auc_table.Row(**{**vars(plain[0]), "inputs": "b|c"})
    assert r"| b\|c |" in auc_table.to_markdown([odd], label)


def test_without_published_values_and_repetitions_their_columns_go(plain, label):
    for text in (auc_table.to_markdown(plain, label), auc_table.to_latex(plain, label)):
        assert "ublished" not in text
    assert {len(line) for line in cells(auc_table.to_markdown(plain, label))} == {4}
    latex = auc_table.to_latex(plain, label).splitlines()
    assert {line.count("&") for line in latex if line.endswith(r"\\")} == {3}


def test_latex_is_a_document_that_needs_only_booktabs(rows, label):
    text = auc_table.to_latex(rows, label)
    assert text.startswith("\\documentclass")
    assert text.count("usepackage") == 1
    assert text.count("{") == text.count("}")
    above, below = (part.split("\\bottomrule")[0].strip() for part in text.split("\\midrule\n")[1:])
    above, below = above.splitlines(), below.splitlines()
    assert len(above) == len(below) == len(rows)
    assert all(line.count(" & ") == 4 and line.endswith(r"\\") for line in above)
    assert above[0].strip().startswith(r"\texttt{et\_and\_ht} & ECal + HCal images & ")
    assert above[0].endswith(r" & 0.972 $\pm$ 0.001 [1] \\")
    assert above[2].endswith(r" & -- (1) & -- \\")
    assert below[1].strip() == (
        r"\texttt{hl} & 0.9400 $\pm$ 0.0141 (2) & 0.8000 $\pm$ 0.2600 (3) $\dagger$ \\"
    )
    assert label in text
    assert "Published AUCs were measured on other events" in text
    assert text.isascii()


def test_latex_prints_special_characters_as_they_stand(plain):
    row = auc_table.Row(**{**vars(plain[0]), "features": "a_b", "inputs": "a_b"})
    text = auc_table.to_latex([row], r"50% of $x_1$ & {y}~#1^2 \z")
    assert r"50\% of \$x\_1\$ \& \{y\}\textasciitilde{}\#1\textasciicircum{}2 \textbackslash{}z" in text
    assert text.count(r"a\_b") == 2
