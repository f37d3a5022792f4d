"""Which searches have a published table beside them: those with its base and candidates only."""

import copy

import pytest
import yaml

from layouts import ROOT
from leptonid.study.classifiers import classifiers, search_name
from leptonid.study.config import prepare_config
from leptonid.study.config_schema import read_default_config
from leptonid.study.published import published_table
from leptonid.study.yaml_file import YamlFile

PAPER = yaml.safe_load((ROOT / "config/paper.yaml").read_text())


def merged(config, overlay):
    """Return a config with an overlay as Snakemake merges it."""
    if not isinstance(config, dict) or not isinstance(overlay, dict):
        return copy.deepcopy(overlay)
    return {**config, **{name: merged(config.get(name), value) for name, value in overlay.items()}}


def tables(*overlays):
    """Return the published table of every search of the default study with overlays."""
    config = read_default_config()
    for overlay in overlays:
        config = merged(config, overlay)
    layout = prepare_config(config, [YamlFile("", overlay, {}) for overlay in overlays])
    own = classifiers(config, layout)
    return {
        name: published_table(
            own[search_name(name)],
            own[own[search_name(name)].settings["black_box"]],
            config["efp"],
            layout,
        )
        for name in config["search"]["searches"]
    }


def test_the_searches_of_the_paper_have_theirs_whatever_their_names():
    assert tables(PAPER) == {
        "hl_efps": "hl", "hl_irc_safe": "hl_irc_safe", "hl_and_mass": "hl_and_mass",
        "hl_and_mass_irc_safe": "hl_and_mass_irc_safe",
    }  # fmt: skip
    renamed = {"search": {"searches": {"hl_efps": None, "other": {"base": ["mass", "hl"], "kappas": [1.0]}}}}
    assert tables(PAPER, renamed)["other"] == "hl_and_mass_irc_safe"


def test_the_default_study_has_none():
    assert tables() == {"hl": None, "hl_and_kinematics": None}


@pytest.mark.parametrize(
    "overlay",
    [
        {"search": {"method": "truth"}},
        {"search": {"black_box": "et"}},
        {"search": {"candidates": ["efps", "scalars"]}},
        {"search": {"edges": 5}},
        {"search": {"calorimeters": ["ecal"]}},
        {"search": {"searches": {"hl_efps": {"base": ["hl", "pt"]}}}},
        {"search": {"searches": {"hl_efps": {"kappas": [1, 2]}}}},
        {"efp": {"kappas": [-1, 0, 1, 2]}},
        {"efp": {"graphs": [["d<=3", "p==1"]]}},
        {"efp": {"overrides": {"hcal": {"betas": [1]}}}},
        {"efp": {"calorimeters": ["ecal"]}},
    ],
)
def test_another_start_or_other_candidates_have_none(overlay):
    assert tables(PAPER, overlay)["hl_efps"] is None
