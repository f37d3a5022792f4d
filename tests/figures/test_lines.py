"""Titles and lines of classifiers."""

from pathlib import Path

import yaml

from figures.made_up import entry
from layouts import ELECTRONS
from leptonid.figures.lines import STYLES, lines
from leptonid.plotting import BLACK, BLUE, GREEN, GREY, ORANGE, PURPLE, SKY, VERMILLION, WINE
from leptonid.study.classifiers import classifiers, entries

CONFIG = Path(__file__).parents[2] / "config" / "config.yaml"


def test_the_default_study_keeps_its_colours_and_styles():
    table = classifiers(yaml.safe_load(CONFIG.read_text()), ELECTRONS)
    drawn = {
        name: (line.color, line.linestyle) for name, line in lines(entries(table, table, ELECTRONS)).items()
    }
    search, trees, logistic = (STYLES[kind][0] for kind in ("search", "trees", "logistic"))
    expected = {
        **{"et": (SKY, "-"), "ht": (ORANGE, "-"), "et_and_ht": (BLUE, "-"), "et_and_ht_and_hl": (BLACK, "-")},
        **{"hl": (VERMILLION, "--"), "mass": (GREY, "--"), "hl_and_mass": (PURPLE, "--")},
        **{"efp": (GREEN, "-."), "hl_and_efp": (WINE, "-.")},
        **{"search_hl": (ORANGE, search), "search_hl_and_kinematics": (SKY, search)},
        **{"hl_trees": (VERMILLION, trees), "efp_logistic": (GREEN, logistic)},
    }
    assert {name: drawn[name] for name in expected} == expected


def test_many_classifiers_have_different_lines():
    networks = [entry(f"n{i}", position=i) for i in range(27)]
    baselines = [
        entry(f"n{i}_{kind}", kind=kind, features=f"n{i}", position=i)
        for i in range(27)
        for kind in ("trees", "logistic")
    ]
    searches = [entry(f"s{i}", kind="search", position=i) for i in range(15)]
    drawn = lines([*networks, *baselines, *searches])
    assert len({(line.color, line.linestyle) for line in drawn.values()}) == 27 * 3 + 15
    assert drawn["n20_trees"].color == drawn["n20"].color


def test_titles_have_no_mathematics():
    assert lines([entry("a", "costs $5 or $6")])["a"].title == r"costs \$5 or \$6"
