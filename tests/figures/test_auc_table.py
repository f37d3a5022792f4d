"""The printed table of AUCs."""

import csv
import io
from dataclasses import replace

import pandas as pd
import pytest
import yaml

from layouts import ELECTRONS, MUONS, ROOT
from leptonid.errors import InputError
from leptonid.figures.auc_table import COLUMNS, AucTable, to_csv, to_latex, to_markdown
from leptonid.figures.published import Published, read_published

NAN = float("nan")
NUMBERS = {"model": "network", "seeds": 1, "auc_seeds": NAN, "restarts": 0, "test_events": 400}
NUMBERS |= {f"dead_{kind}": 0 for kind in ("seeds", "shuffles", "folds", "bootstraps")}
NUMBERS |= {"weighted": False, "effective_signal": 200.0, "effective_background": 200.0}
NUMBERS |= {"negative_weights": 0, "negative_in_training": ""}
for kind in ("shuffles", "folds"):
    NUMBERS |= {kind: 0, f"{kind}_mean": NAN, f"{kind}_deviation": NAN}

NUMBERS |= {"bootstraps": 0, **{f"bootstraps_{name}": NAN for name in ("mean", "low", "high")}}

TITLES = {"images": "A image", "hl": "7 HL", "mine": "b|c", "mass": "jet mass"}
PUBLISHED = {
    "images": Published(0.972, 0.001, "paper, Table I"),
    "hl": Published(0.945, 0.001, "paper, Table II"),
    "mass": Published(0.7766, NAN, "third-party"),
}


def row(name, auc, **numbers):
    return {**NUMBERS, "classifier": name, "auc": auc, "auc_test": 0.0123456, **numbers}


@pytest.fixture
def table(label):
    """Two seeds of `images`, one dead; splits and folds of `hl`."""
    rows = [
        row("images", 0.97, seeds=2, auc_seeds=0.00141, dead_seeds=1, restarts=2),
        row(
            *("hl", 0.94),
            **{"shuffles": 2, "shuffles_mean": 0.94, "shuffles_deviation": 0.01414, "restarts": 1},
            **{"folds": 3, "folds_mean": 0.8, "folds_deviation": 0.26, "dead_folds": 1},
        ),
        row("mine", 0.85, model="trees"),
        row("mass", 0.78),
    ]
    rows[1] |= {"bootstraps": 5, "bootstraps_mean": 0.93, "bootstraps_low": 0.92, "bootstraps_high": 0.94}
    return AucTable(pd.DataFrame(rows)[list(COLUMNS)], TITLES, label, PUBLISHED, "their sample")


@pytest.fixture
def plain(table):
    """A table without repetitions, published values and dead trainings."""
    return replace(table, numbers=table.numbers.iloc[2:], published={})


def lines_of(text):
    return {line["features"]: line for line in csv.DictReader(io.StringIO(text))}


def cells(markdown):
    lines = [line for line in markdown.splitlines() if line.startswith("|")]
    return [[cell.strip() for cell in line.strip("|").split(" | ")] for line in lines]


def test_csv_holds_every_number_and_nothing_for_missing_ones(table, label):
    lines = lines_of(to_csv(table))
    hl = lines["hl"]
    assert (hl["inputs"], hl["model"], hl["auc"], hl["auc_test"]) == (
        "7 HL",
        "network",
        "0.940000",
        "0.012346",
    )
    assert (hl["shuffles"], hl["shuffles_mean"], hl["shuffles_deviation"]) == ("2", "0.940000", "0.014140")
    assert (hl["folds"], hl["folds_mean"], hl["dead"], hl["restarts"]) == ("3", "0.800000", "1", "1")
    intervals = [f"bootstraps{name}" for name in ("", "_mean", "_low", "_high")]
    assert [hl[name] for name in intervals] == ["5", "0.930000", "0.920000", "0.940000"]
    assert [lines["mass"][name] for name in intervals] == ["0", "", "", ""]
    assert (hl["published_auc"], hl["published_uncertainty"]) == ("0.945", "0.001")
    assert (hl["published_source"], hl["published_sample"]) == ("paper, Table II", "their sample")
    assert (lines["images"]["seeds"], lines["images"]["auc_seeds"], lines["images"]["dead"]) == (
        *("2", "0.001410", "1"),
    )
    assert [lines["mass"][key] for key in ("auc_seeds", "shuffles", "folds_mean")] == ["", "0", ""]
    assert (lines["mass"]["published_auc"], lines["mass"]["published_uncertainty"]) == ("0.7766", "")
    assert {value for key, value in lines["mine"].items() if key.startswith("published")} == {""}
    assert {line["sample"] for line in lines.values()} == {label}


def test_markdown_has_dashes_for_missing_numbers_and_marks_dead_trainings(table, label):
    markdown = to_markdown(table)
    titles, _, images, hl, mine, mass = cells(markdown)
    assert titles == [
        "Classifier", "Inputs", "AUC ± test sample", "Seeds: s.d. (n)", "Published AUC",
        "Random splits: mean ± s.d. (n)", "Folds: mean ± s.d. (n)",
        "Bootstraps: mean, 95 % (n)",
    ]  # fmt: skip
    assert mine == ["`mine`", r"b\|c", "0.8500 ± 0.0123", *["– (1)", "–", "–", "–", "–"]]  # noqa: RUF001
    assert images[3] == "0.0014 (2) †"
    assert hl[4:] == [
        "0.945 ± 0.001 [2]",
        "0.9400 ± 0.0141 (2)",
        "0.8000 ± 0.2600 (3) †",
        "0.9300, 0.9200 to 0.9400 (5)",
    ]
    assert mass[4] == "0.7766 [3]"
    note = markdown.splitlines()[-1]
    for text in (
        label,
        "400 test events",
        "the interval holds the central 95 %",
        "standard errors: images 1 of 2, hl 1 of 11.",
        "another seed: images 2, hl 1.",
        "those of their sample, unless",
        "[2] paper, Table II; [3] third-party",
    ):
        assert text in note


def test_weighted_tables_say_so(table):
    assert "weight" not in to_markdown(table)
    weights = {"weighted": True, "effective_signal": 1234.5678, "effective_background": 99.6}
    weighted = replace(table, numbers=table.numbers.assign(**weights))
    line = lines_of(to_csv(weighted))["hl"]
    names = ("weighted", "effective_signal", "effective_background", "negative_weights")
    assert [line[name] for name in names] == ["True", "1234.57", "99.6", "0"]
    text = "as precise as 1,235 signal and 100 background events of equal weight"
    assert text in to_markdown(weighted)
    assert "negative" not in to_markdown(weighted)
    for choice, taken in (("drop", "left out"), ("absolute", "took as positive")):
        negative = {"negative_weights": 7, "negative_in_training": choice}
        note = to_markdown(replace(weighted, numbers=weighted.numbers.assign(**negative))).splitlines()[-1]
        assert f"7 weights are negative, which trainings {taken}; numbers use them as they are." in note
    assert to_latex(weighted).isascii()


def test_columns_and_notes_without_content_are_left_out(plain):
    for text in (to_markdown(plain), to_latex(plain)):
        for word in ("ublished", "failed trainings", "†", "folds"):
            assert word not in text
    assert {len(line) for line in cells(to_markdown(plain))} == {4}


def test_latex_is_a_document_that_needs_only_booktabs(table, label):
    text = to_latex(table)
    assert text.startswith("\\documentclass")
    assert text.count("usepackage") == 1
    assert text.count("{") == text.count("}")
    above, below = (part.split("\\bottomrule")[0].strip() for part in text.split("\\midrule\n")[1:])
    above, below = above.splitlines(), below.splitlines()
    assert len(above) == len(below) == 4
    assert all(line.count(" & ") == 4 and line.endswith(r"\\") for line in above)
    assert above[0].endswith(r" & 0.972 $\pm$ 0.001 [1] \\")
    assert above[2].endswith(r" & -- (1) & -- \\")
    assert below[1].strip() == (
        r"\texttt{hl} & 0.9400 $\pm$ 0.0141 (2) & 0.8000 $\pm$ 0.2600 (3) $\dagger$ "
        r"& 0.9300, 0.9200 to 0.9400 (5) \\"
    )
    assert label in text
    assert text.isascii()


def test_latex_prints_special_characters_as_they_are(plain):
    odd = replace(plain, label=r"50% of $x_1$ & {y}~#1^2 \z", titles={"mine": "a_b", "mass": ""})
    text = to_latex(odd)
    assert r"50\% of \$x\_1\$ \& \{y\}\textasciitilde{}\#1\textasciicircum{}2 \textbackslash{}z" in text
    assert r"a\_b" in text


def test_the_shipped_values_are_those_of_the_paper():
    published = read_published(str(ROOT / ELECTRONS.published_auc))
    assert {name: (own.auc, own.uncertainty) for name, own in published.items() if name != "mass"} == {
        "ht": (0.82, 0.02),
        "et": (0.918, 0.001),
        "et_and_ht": (0.972, 0.001),
        "et_and_ht_and_hl": (0.973, 0.001),
        "hl": (0.945, 0.001),
        "hl_and_mass": (0.956, 0.001),
    }
    assert [str(published[name]) for name in ("hl", "ht", "mass")] == [
        "0.945 ± 0.001", "0.82 ± 0.02", "0.7766",
    ]  # fmt: skip


def test_the_shipped_values_of_the_muons_are_of_networks_of_their_studies():
    published = read_published(str(ROOT / MUONS.published_auc))
    for name in ("muons", "muons_paper"):
        features = yaml.safe_load((ROOT / f"config/{name}.yaml").read_text())["train"]["features"]
        assert set(published) == {name for name, network in features.items() if network}
    assert [str(published[name]) for name in ("pfn", "iso_18")] == ["0.857 ± 0.001", "0.804"]


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
