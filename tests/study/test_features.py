"""The one parser of input names."""

from dataclasses import replace

import pytest

from layouts import ELECTRONS, JETS, PHOTONS
from leptonid.errors import InputError
from leptonid.study.features import (
    Column,
    Input,
    contains,
    contents_of,
    efp_calorimeters,
    flat_columns,
    has_scalars,
    images_of,
    parse_column,
    parse_input,
)
from leptonid.study.layout import Contents

UNIQUE = {"ecal": ["1_0_0_k_2_b_0.5", "2_1_0_k_1_b_0.5"], "hcal": ["2_1_0_k_1_b_0.5"]}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("et", Input("image", "et", "ecal")),
        ("hl", Input("group", "hl")),
        ("mass", Input("group", "mass")),
        ("R_had", Input("variable", "R_had")),
        ("iso_0.3", Input("variable", "iso_0.3")),
        ("iso_rel", Input("group", "iso_rel")),
        ("pt", Input("variable", "pt")),
        ("eta", Input("variable", "eta")),
        ("efp_hcal", Input("efps", "", "hcal")),
        ("scalars_hcal", Input("scalars", "", "hcal")),
        ("hcal/sum_et", Input("scalar", "sum_et", "hcal")),
        ("efp_hcal/d<=3", Input("efps", "d<=3", "hcal", ("d", 3))),
        ("efp_ecal/n<=12", Input("efps", "n<=12", "ecal", ("n", 12))),
        ("hcal/2_1_0_k_-1_b_0.5", Input("efp", "2_1_0_k_-1_b_0.5", "hcal")),
        ("2_1_0_k_1_b_0.5", Input("efp", "2_1_0_k_1_b_0.5", "ecal")),
        ("2_1_0_k_1.0_b_0.50", Input("efp", "2_1_0_k_1_b_0.5", "ecal")),
    ],
)
def test_a_name_stands_for_one_input(text, expected):
    found = parse_input(text, ELECTRONS.contents)
    assert found == expected
    assert parse_input(str(found), ELECTRONS.contents) == found


@pytest.mark.parametrize(
    "text",
    [
        *(
            "",
            "tracks",
            "y",
            "weight",
            "label",
            "efp_",
            "efp_lar",
            "lar/2_1_0_k_1_b_1",
            "ecal/et",
            "2_1_0",
            "HL",
        ),
        *("sum_et", "scalars_", "lar/sum_et", "ecal/sum", "mine/depth"),
        *("efp_ecal/", "efp_ecal/d<3", "efp_ecal/d<=0", "efp_ecal/k<=1", "efp_lar/d<=3", "ecal/d<=3"),
    ],
)
def test_an_unknown_name_is_refused_with_those_that_are_known(text):
    with pytest.raises(
        InputError,
        match="is unknown; known are et, ht, hl, mass, iso_rel, efp_ecal, efp_hcal, scalars_ecal, sca",
    ):
        parse_input(text, ELECTRONS.contents)


def test_another_layout_has_other_names():
    assert parse_input("1_0_0_k_2_b_1", PHOTONS.contents).calorimeter == "barrel"
    assert images_of(["tower", "shape", "width"], PHOTONS.contents) == ["tower"]
    with pytest.raises(InputError, match="'pt' is unknown"):
        parse_input("pt", PHOTONS.contents)
    assert flat_columns(["pt"], JETS.contents, {}) == [Column("events", "pt")]
    with pytest.raises(InputError, match="'et' is unknown"):
        parse_input("et", PHOTONS.contents)


def test_flat_variables_are_listed_in_order_and_once():
    inputs = ["et", "mass", "hl", "R_had", "efp_ecal", "hcal/2_1_0_k_1_b_0.5", "2_1_0_k_1_b_0.5"]
    columns = flat_columns(inputs, ELECTRONS.contents, UNIQUE)
    variables = [Column("events", name) for name in ("mass", *ELECTRONS.contents.variables["hl"])]
    efps = [Column("ecal", name) for name in UNIQUE["ecal"]]
    assert columns == [*variables, *efps, Column("hcal", "2_1_0_k_1_b_0.5")]
    assert [parse_column(str(column)) for column in columns] == columns


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("efp_ecal/d<=1", ["1_0_0_k_2_b_1", "2_1_0_k_1_b_1"]),
        ("efp_ecal/n<=2", ["1_0_0_k_2_b_1", "2_1_0_k_1_b_1", "2_2_0_k_1_b_1"]),
        ("efp_ecal/d<=12", ["1_0_0_k_2_b_1", "2_1_0_k_1_b_1", "2_2_0_k_1_b_1", "3_3_1_k_1_b_1"]),
    ],
)
def test_a_limit_keeps_small_graphs(text, names):
    unique = {"ecal": ["1_0_0_k_2_b_1", "2_1_0_k_1_b_1", "2_2_0_k_1_b_1", "3_3_1_k_1_b_1"]}
    assert [column.name for column in flat_columns([text], ELECTRONS.contents, unique)] == names
    assert efp_calorimeters([text], ELECTRONS.contents) == ["ecal"]


def test_scalars_and_columns_of_tables_are_columns_of_their_own():
    contents = replace(ELECTRONS.contents, tables=("mine", "other"))
    inputs = ["mine/depth", "ecal/cells", "scalars_ecal", "2_1_0_k_1_b_0.5"]
    columns = flat_columns(inputs, contents, UNIQUE)
    scalars = ["ecal/cells", "ecal/sum_et", "ecal/max_et", "ecal/girth"]
    assert list(map(str, columns)) == ["mine/depth", *scalars, "ecal/2_1_0_k_1_b_0.5"]
    assert [parse_column(str(column)) for column in columns] == columns
    assert [column.is_efp for column in columns] == [False] * 5 + [True]
    part = contents_of(inputs, contents)
    assert (part.tables, list(part.images)) == (("mine",), ["et"])
    assert efp_calorimeters(["hcal/sum_et"], contents) == []
    assert has_scalars(["hl", "hcal/sum_et"], contents)
    assert not has_scalars(["hl", "efp_hcal"], contents)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("scalars_ecal", ["ecal/cells"]),
        ("ecal/cells", ["ecal/cells"]),
        ("efp_ecal/d<=3", ["ecal/2_1_0_k_1_b_0.5"]),
        ("mine/pt", ["mine/pt"]),
        ("pt", ["pt"]),
        ("iso_rel", ["iso_rel_0.3"]),
        ("et", []),
    ],
)
def test_an_input_contains_its_own_variables_only(text, expected):
    contents = replace(ELECTRONS.contents, tables=("mine",))
    names = ["ecal/cells", "hcal/cells", "ecal/2_1_0_k_1_b_0.5", "mine/pt", "pt", "iso_rel_0.3"]
    entry = parse_input(text, contents)
    assert [name for name in names if contains(entry, parse_column(name), contents)] == expected


def test_a_calorimeter_without_unique_observables_has_no_columns():
    unique = {"ecal": UNIQUE["ecal"]}
    assert flat_columns(["efp_hcal"], ELECTRONS.contents, unique) == []
    assert len(flat_columns(["efp_hcal", "efp_ecal"], ELECTRONS.contents, unique)) == 2


def test_an_efp_that_is_not_unique_is_refused():
    with pytest.raises(
        InputError, match="ecal/3_3_1_k_1_b_1': 3_3_1_k_1_b_1 is not among the unique observables"
    ):
        flat_columns(["3_3_1_k_1_b_1"], ELECTRONS.contents, UNIQUE)


def test_inputs_need_a_part_of_the_layout():
    part = contents_of(["ht", "R_had", "efp_ecal"], ELECTRONS.contents)
    assert list(part.images) == ["et", "ht"]
    assert list(part.variables) == ["hl"]
    assert part.events == {"label": "y"}
    assert contents_of(["mass"], ELECTRONS.contents).images == {}
    assert contents_of(["hl", "pt"], ELECTRONS.contents).events == {"label": "y", "pt": "pt"}
    computed = contents_of(["iso_rel_0.3"], ELECTRONS.contents)
    assert list(computed.variables) == ["hl", "iso_rel"]
    assert computed.stored == {"hl": ELECTRONS.contents.variables["hl"]}
    assert computed.events == {"label": "y", "pt": "pt", "eta": "eta"}
    assert Contents.from_settings(computed.as_settings()) == computed
    assert efp_calorimeters(["et", "efp_hcal", "2_1_0_k_1_b_1"], ELECTRONS.contents) == ["ecal", "hcal"]
