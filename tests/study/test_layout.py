"""Layouts: what a good one means, and that a bad one is refused with its keys."""

import copy
import json
import math

import pytest
import yaml

from layouts import ELECTRONS, PHOTONS, ROOT
from leptonid.errors import InputError
from leptonid.study.formulas import parse_formula
from leptonid.study.layout import Contents
from leptonid.study.layout_file import length, parse_layout, read_layout

ELECTRONS_YAML = (ROOT / "config/layouts/electrons.yaml").read_text()


def changed(*keys, value):
    """Return the electrons' layout with one key replaced, or removed where `value` is None."""
    content = yaml.safe_load(ELECTRONS_YAML)
    section = content
    for key in keys[:-1]:
        section = section[key]
    if value is None:
        del section[keys[-1]]
    else:
        section[keys[-1]] = value
    return content


def test_the_electrons_have_the_published_grids():
    ecal, hcal = ELECTRONS.grids["ecal"], ELECTRONS.grids["hcal"]
    assert ecal.shape == (31, 31, 1)
    assert hcal.shape == (32, 32, 1)
    assert (ecal.step("eta"), ecal.step("-phi")) == (0.025, math.pi / 126)
    assert (hcal.step("eta"), hcal.step("phi")) == (0.025, math.pi / 31 / 4)
    assert (hcal.cell_rows, hcal.cell_columns) == (8, 8)
    assert ecal.extent == pytest.approx((-0.3875, 0.3875, -15.5 * math.pi / 126, 15.5 * math.pi / 126))


def test_a_grid_with_rows_along_eta_has_its_own_extent():
    barrel = PHOTONS.grids["barrel"]
    assert barrel.step("eta") == 0.025
    assert barrel.extent == pytest.approx((-0.25, 0.25, -12 * math.pi / 128, 12 * math.pi / 128))


def test_contents_survive_a_settings_text():
    for layout in (ELECTRONS, PHOTONS):
        text = json.dumps(layout.contents.as_settings(), sort_keys=True)
        assert Contents.from_settings(json.loads(text)) == layout.contents


def test_kinematics_have_titles_of_their_own():
    assert (ELECTRONS.variables["pt"].unit, ELECTRONS.variables["eta"].unit) == ("energy", None)
    layout = parse_layout(
        changed("events", "pt", value={"group": "pt_reco", "title": "$E_T$"}), "mine", "mine.yaml"
    )
    assert layout.variables["pt"].title == "$E_T$"
    assert layout.contents.events["pt"] == "pt_reco"


@pytest.mark.parametrize(
    "text",
    [
        "pt +",
        "f(pt)",
        "pt[0]",
        "pt if pt else 1",
        "_pt",
        "'pt'",
        "abs(pt, 2)",
        "pt @ pt",
    ],
)
def test_what_is_no_formula_is_refused(text):
    with pytest.raises(ValueError, match="expected numbers, variables"):
        print(parse_formula(text))


def test_titles_and_axes_are_not_part_of_the_contents():
    content = changed("images", "et", "title", value="Another title")
    content["variables"]["hl"]["variables"]["R_had"] = {
        "title": "R",
        "unit": "GeV",
        "range": [0, 1],
        "bins": 3,
    }
    content["classes"]["signal"]["title"] = "electrons"
    assert parse_layout(content, "mine", "mine.yaml").contents == ELECTRONS.contents


@pytest.mark.parametrize(
    ("text", "value"),
    [
        (0.1, 0.1),
        (3, 3.0),
        ("pi", math.pi),
        ("pi / 126", math.pi / 126),
        ("15.5 * pi/126", 15.5 * math.pi / 126),
    ],
)
def test_lengths_are_numbers_or_multiples_of_pi(text, value):
    assert length(text) == value


BAD = {
    "no images and no variables": (
        {
            "images": {},
            "variables": {},
            "classes": {"signal": {"title": "s"}, "background": {"title": "b"}},
            "events": {"label": "y"},
        },
        "images: a layout needs images or variables",
    ),
    "missing section": (changed("classes", value=None), "classes: missing"),
    "unknown key": (
        changed("images", "et", "size", value=31),
        "images.et.size: unknown key; known are: calor",
    ),
    "no label": (changed("events", "label", value=None), "events.label: missing"),
    "no rows": (changed("images", "et", "rows", value=0), "images.et.rows: expected a whole number above 0"),
    "length that is a text": (
        changed("images", "et", "cell", "eta", value="wide"),
        "images.et.cell.eta: expected",
    ),
    "length of nothing": (
        changed("images", "et", "cell", "phi", value=0),
        "images.et.cell.phi: must be above 0",
    ),
    "cells that do not fit": (
        changed("images", "et", "pixels_per_cell", value=4),
        "images.et.pixels_per_cell: 4 does not divide 31 rows and 31 columns",
    ),
    "rows and columns along eta": (
        changed("images", "et", "orientation", value={"rows": "eta", "columns": "-eta"}),
        "images.et.orientation: needs eta and phi",
    ),
    "two calorimeters of one name": (
        changed("images", "ht", "calorimeter", value="ecal"),
        "calorimeter 'ecal' is named more than once",
    ),
    "name with a slash": (
        changed("images", "et", "calorimeter", value="e/cal"),
        "images.et.calorimeter: 'e/cal'",
    ),
    "name with a meaning": (
        changed("variables", "efp_ecal", value={"title": "x", "variables": {"x": None}}),
        "variables.efp_ecal: 'efp_ecal' has a meaning of its own",
    ),
    "image with the name of a set": (
        changed(
            "images", "cells", value={**yaml.safe_load(ELECTRONS_YAML)["images"]["et"], "calorimeter": "more"}
        ),
        "images.cells: 'cells' has a meaning of its own",
    ),
    "variable named like an image": (
        changed("variables", "hl", "variables", "et", value={}),
        "variables.hl.variables.et: is also the name",
    ),
    "one name for two groups": (
        changed("events", "pt", value="et"),
        "group of the file 'et' is named more than once",
    ),
    "formula with an unknown variable": (
        changed("variables", "iso_rel", "variables", "iso_rel_0.3", value={"formula": "iso_0.5 / pt"}),
        "iso_rel_0.3.formula: 'iso_0.5' is no variable of the file; there are: R_had",
    ),
    "formula of a computed variable": (
        changed("variables", "iso_rel", "variables", "iso_rel_0.3", value={"formula": "iso_rel_0.4 / pt"}),
        "'iso_rel_0.4' is no variable of the file",
    ),
    "formula with kinematics that the layout lacks": (
        changed("events", "pt", value=None),
        "variables.iso_rel.variables.iso_rel_0.3.formula: 'pt' is no variable of the file",
    ),
    "formula that is no formula": (
        changed("variables", "iso_rel", "variables", "iso_rel_0.3", value={"formula": "__import__('os')"}),
        "iso_rel_0.3.formula: expected numbers, variables,",
    ),
    "formula without a variable": (
        changed("variables", "iso_rel", "variables", "iso_rel_0.3", value={"formula": "2 * 3"}),
        "iso_rel_0.3.formula: needs a variable",
    ),
    "group with and without formulas": (
        changed("variables", "iso_rel", "variables", "iso_rel_0.3", value={}),
        "variables.iso_rel.variables: iso_rel_0.4 has a formula, others have none",
    ),
    "unknown key of pt": (
        changed("events", "pt", value={"group": "pt", "formula": "pt"}),
        "events.pt.formula: unknown key; known are: group, title",
    ),
    "axis that ends before it begins": (
        changed("variables", "hl", "variables", "R_had", value={"range": [1, 0]}),
        "variables.hl.variables.R_had.range: expected [low, high]",
    ),
    "no variables": (
        changed("variables", "hl", "variables", value={}),
        "variables.hl.variables: has no variables",
    ),
    "title that is a boolean": (
        changed("images", "et", "title", value=False),
        "images.et.title: expected text, found False; write text in quotes",
    ),
    "title of a class that is a number": (
        changed("classes", "signal", "title", value=11),
        "classes.signal.title: expected text, found 11",
    ),
    "short title that is a list": (
        changed("classes", "signal", "short", value=[]),
        "classes.signal.short: expec",
    ),
    "title of a group that is a number": (
        changed("variables", "hl", "title", value=7),
        "variables.hl.title: ex",
    ),
    "unit that is a number": (
        changed("variables", "hl", "variables", "R_had", value={"unit": 1}),
        "variables.hl.variables.R_had.unit: expected text, found 1",
    ),
    "energy unit that is a boolean": (
        changed("energy_unit", value=True),
        "energy_unit: expected text, found Tr",
    ),
    "calorimeter that is a number": (
        changed("images", "et", "calorimeter", value=1),
        "images.et.calorimeter: expected text, found 1",
    ),
    "group of the file that is a boolean": (
        changed("events", "label", value=True),
        "events.label: expected text, found True",
    ),
    "published file that is a number": (changed("published", "auc", value=1), "published.auc: expected text"),
    "published searches without a file": (
        changed("published", "searches", value={"black_box": [], "efp": {}, "tables": {}}),
        "published.searches.path: missing",
    ),
    "published search with an unknown base": (
        changed("published", "searches", "tables", "hl", value={"base": ["iso"]}),
        "published.searches.tables.hl.base: ['iso'] are not inputs of this layout",
    ),
    "published search with a kappa that is a text": (
        changed("published", "searches", "tables", "hl", value={"base": ["hl"], "kappas": ["1"]}),
        "published.searches.tables.hl.kappas: expected a list of numbers, found ['1']",
    ),
    "published search with a selection of graphs that is a text": (
        changed("published", "searches", "efp", "graphs", value=["d<=7"]),
        "published.searches.efp.graphs.0: expected a list of texts, found 'd<=7'",
    ),
    "published results that are no mapping": (
        changed("published", value=False),
        "published: expected a mapping",
    ),
    "variable that is no mapping": (
        changed("variables", "hl", "variables", "R_had", value=False),
        "variables.hl.variables.R_had: expected a mapping, found False",
    ),
    "name that is a boolean": (
        changed("variables", "hl", "variables", False, value={}),
        "variables.hl.variables.False: a key must be text; write names such as no",
    ),
    "image named by a number": (changed("images", 1, value={}), "images.1: a key must be text"),
    "logarithm that is a text": (
        changed("variables", "hl", "variables", "R_had", value={"log": "no"}),
        "variables.hl.variables.R_had.log: expected true or false, found 'no'",
    ),
    "axis with booleans": (
        changed("variables", "hl", "variables", "R_had", value={"range": [False, True]}),
        "variables.hl.variables.R_had.range: expected [low, high]",
    ),
    "axis without an end": (
        changed("variables", "hl", "variables", "R_had", value={"range": [0, math.nan]}),
        "variables.hl.variables.R_had.range: expected [low, high]",
    ),
    "length divided by nothing": (
        changed("images", "et", "cell", "eta", value="pi / 0"),
        "images.et.cell.eta: float division by zero",
    ),
    "length that is too large": (
        changed("images", "et", "cell", "eta", value=10**400),
        "images.et.cell.eta: ",
    ),
    "no mapping": ([1], "layout: expected a mapping"),
}


@pytest.mark.parametrize("case", BAD)
def test_a_bad_layout_is_refused_with_its_key(case):
    content, message = BAD[case]
    with pytest.raises(InputError) as error:
        parse_layout(copy.deepcopy(content), "mine", "mine.yaml")
    assert message in str(error.value)
    assert str(error.value).startswith("mine.yaml: ")


@pytest.mark.parametrize("text", [None, "images: [", "\xff"])
def test_a_file_that_is_no_yaml_is_named(tmp_path, text):
    path = tmp_path / "mine.yaml"
    if text is not None:
        path.write_bytes(text.encode("latin-1"))
    with pytest.raises(InputError, match=r"mine\.yaml(, line \d)?: ") as raised:
        read_layout(path)
    assert len(str(raised.value).splitlines()) == 1


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        (
            "    title: ECal\n",
            "    title: no\n",
            "line 7: images.et.title: expected text, found no, which YAML rea",
        ),
        ("    rows: 31 ", "    rows: 0 ", "line 8: images.et.rows: expected a whole number above 0, found 0"),
        ("    columns: 31\n", "    column: 31\n", "line 9: images.et.column: unknown key; known are"),
    ],
)
def test_a_problem_of_a_file_is_named_with_its_line(tmp_path, old, new, message):
    assert old in ELECTRONS_YAML
    path = tmp_path / "mine.yaml"
    path.write_text(ELECTRONS_YAML.replace(old, new))
    with pytest.raises(InputError) as raised:
        read_layout(path)
    assert str(raised.value).startswith(f"{path}: the layout cannot be used:\n")
    assert f"\n  {message}" in str(raised.value)


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        (
            "    title: ECal\n",
            "    title: 2024-01-01\n",
            "line 7: images.et.title: expected text or a number, found",
        ),
        (
            "    rows: 31 ",
            "    rows: 010 ",
            "line 8: images.et.rows: expected text or a number, found 010, which",
        ),
        ("    columns: 31\n", "    rows: 31\n", "line 9: images.et.rows: stands in line 8 already"),
        ("      R_phi:", "      on:", "line 30: variables.hl.variables.True: a key must be text"),
    ],
)
def test_what_yaml_misreads_in_a_layout_is_refused(tmp_path, old, new, message):
    assert old in ELECTRONS_YAML
    path = tmp_path / "mine.yaml"
    path.write_text(ELECTRONS_YAML.replace(old, new))
    with pytest.raises(InputError) as raised:
        read_layout(path)
    assert str(raised.value).startswith(f"{path}, {message}")
