"""The passes of a search beside published ones."""

import csv
import io

import pytest

from figures.made_up import TITLES, write_search
from layouts import ELECTRONS, MUONS, ROOT
from leptonid.errors import InputError
from leptonid.figures.published import read_published_search
from leptonid.figures.published_search import PublishedSearch, to_csv, to_latex, to_markdown
from leptonid.figures.search import read_search
from leptonid.study.observables import Observable

DASH = "\N{EN DASH}"
COLUMNS = "table,pass,calorimeter,observable,ado_misordered,auc_alone,ado_all,auc,auc_uncertainty,source\n"
ROWS = """mine,0,,,,,,0.945,0.001,paper
mine,1,barrel,2_1_0_k_1_b_0.5,0.8021,0.8866,0.9801,0.9701,,notebook
mine,2,endcap,1_0_0_k_2_b_0.5,0.5972,0.7923,0.9818,0.9708,,notebook
mine,black box,,,,,,0.972,0.001,paper
other,1,barrel,2_1_0_k_1_b_1,0.7,0.7,0.7,0.7,,thesis
"""


@pytest.fixture
def table(tmp_path, label):
    """One pass of ours beside two published ones."""
    path = tmp_path / "published.csv"
    path.write_text(COLUMNS + ROWS)
    search = read_search(write_search(tmp_path, 1)[0], TITLES)
    published = read_published_search(str(path), "mine")
    return PublishedSearch(search, label, published, "their sample", TITLES["calorimeters"])


def test_passes_stand_beside_published_ones_with_their_sources(table):
    lines = to_markdown(table).splitlines()
    rows = [line.strip("| ").split(" | ") for line in lines if line.startswith("| `")]
    ours = "Barrel 2_1_0, κ = 1, β = 1/2"
    assert rows == [
        ["`0`", "3 shapes", DASH, DASH, "0.9300(31)", "0.9400(29)", *[DASH] * 4, "0.945 ± 0.001 [1]"],
        [
            *("`1`", ours, "0.690(12)", "0.8877(52)", "0.9350(31)", "0.9430(29)"),
            *(ours, "0.8021", "0.8866", "0.9801", "0.9701 [2]"),
        ],
        ["`2`", *[DASH] * 5, "Endcap 1_0_0, κ = 2", "0.5972", "0.7923", "0.9818", "0.9708 [2]"],
        ["`black box`", "Barrel image", *[DASH] * 3, "0.9762(22)", *[DASH] * 4, "0.972 ± 0.001 [1]"],
    ]
    assert "measured on other events, those of their sample, unless that is the source" in lines[-1]
    assert lines[-1].endswith("[1] paper; [2] notebook.")


def test_csv_and_latex_say_whose_events_they_are(table, label):
    lines = list(csv.DictReader(io.StringIO(to_csv(table))))
    assert [line["pass"] for line in lines] == ["0", "1", "2", "black box"]
    first, second = lines[1:3]
    assert (first["sample"], first["published_sample"]) == (label, "their sample")
    assert (first["auc"], first["auc_uncertainty"]) == ("0.943", "0.0029")
    assert (first["published_auc"], first["published_auc_uncertainty"]) == ("0.9701", "")
    assert (second["observable"], second["auc"], second["published_ado_all"]) == ("", "", "0.9818")
    assert lines[3]["published_auc_uncertainty"] == "0.001"
    text = to_latex(table)
    assert "their sample" in text
    assert text.count("tabular}{") == 2


def test_the_shipped_tables_of_the_muons_are_of_candidates_in_their_layout():
    published = MUONS.published_searches
    for name, (_, limits) in published.tables.items():
        rows = read_published_search(str(ROOT / published.path), name)
        for row in rows.values():
            if row.observable:
                observable = Observable.parse(row.observable)
                assert row.calorimeter == "calo"
                assert observable.n <= limits["vertices"]
                assert observable.kappa in limits.get("kappas", published.kappas)
                assert observable.beta in limits.get("betas", published.betas)
        # Most passes have no published number.
        aucs = [str(row.auc) for row in rows.values()]
        assert (aucs[0], aucs[2], aucs[-1]) == ("0.807 ± 0.001", "–", "0.857 ± 0.001")  # noqa: RUF001


def test_a_table_that_the_file_lacks_is_named(tmp_path):
    path = tmp_path / "published.csv"
    path.write_text(COLUMNS + ROWS)
    with pytest.raises(InputError, match=r"published\.csv: has no table hl, .* it has: mine, other"):
        read_published_search(str(path), "hl")


def test_the_shipped_tables_are_those_of_the_layout_with_its_candidates():
    published = ELECTRONS.published_searches
    tables = {name: read_published_search(str(ROOT / published.path), name) for name in published.tables}
    for name, (_, limits) in published.tables.items():
        for row in tables[name].values():
            assert row.auc.source
            if row.observable:
                observable = Observable.parse(row.observable)
                assert row.calorimeter in ELECTRONS.calorimeters
                assert observable.d <= 7
                assert observable.kappa in limits.get("kappas", published.kappas)
                assert observable.beta in published.betas
    aucs = {name: [row.auc.auc for row in table.values()] for name, table in tables.items()}
    assert aucs == {
        "hl": [0.945, 0.9699, 0.9699, 0.9700, 0.9702, 0.972],
        "hl_irc_safe": [0.945, 0.9701, 0.9708, 0.9713, 0.9714, 0.972],
        "hl_and_mass": [0.956, 0.9693, 0.9719, 0.972],
        "hl_and_mass_irc_safe": [0.956, 0.9672, 0.9707, 0.9703, 0.9719, 0.972],
    }
    assert [row.numbers["ado_misordered"] for row in tables["hl"].values()][1:5] == [
        0.7987, 0.5576, 0.5597, 0.5497,
    ]  # fmt: skip
