"""A config that cannot work is refused while parsing, with the key; a good one passes unchanged."""

import copy
import re
from pathlib import Path

import pytest
import yaml
from snakemake.exceptions import WorkflowError
from snakemake.utils import update_config

from configuration import (
    SCHEMA,
    baselines,
    check_config,
    check_paths,
    efp_calorimeter,
    efp_settings,
    searches,
)

ROOT = Path(__file__).parents[2]
DEFAULT = yaml.safe_load((ROOT / "config/config.yaml").read_text())


def with_overlay(overlay):
    config = copy.deepcopy(DEFAULT)
    update_config(config, overlay)
    return config


def features(name, **network):
    return {"train": {"features": {name: network}}}


def search(name, **settings):
    return {"search": {"searches": {name: settings}}}


BAD = {
    "unknown section": ({"plots": {}}, "config: unknown key plots"),
    "unknown key": ({"train": {"epoch": 3}}, "train: unknown key epoch"),
    "unknown key of a network": (features("hl", unit=3), "train.features.hl: unknown key unit"),
    "text for a number": ({"train": {"epochs": "3"}}, "train.epochs: '3' is not of type 'integer'"),
    "number that YAML reads as text": (features("hl", learning_rate="1e-4"), "write 1.0e-4 rather than 1e-4"),
    "number for a list": ({"efp": {"kappas": 1}}, "efp.kappas: 1 is not of type 'array'"),
    "number for a boolean": ({"train": {"weights": 1}}, "train.weights: 1 is not of type 'boolean'"),
    "boolean for a number": ({"train": {"epochs": True}}, "train.epochs: True is not of type 'integer'"),
    "fraction for a count": ({"train": {"batch": 12.5}}, "train.batch: 12.5 is not of type 'integer'"),
    "no number": ({"efp": {"tolerance": float("nan")}}, "efp.tolerance: nan is not of type 'number'"),
    "negative epochs": ({"train": {"epochs": -1}}, "train.epochs: -1 is less than the minimum of 1"),
    "zero beta": ({"efp": {"betas": [0]}}, "efp.betas.0: 0"),
    "full dropout": (features("hl", dropout=1.0), "train.features.hl.dropout: 1.0"),
    "odd number of simulated events": (
        {"data": {"simulation": {"events": 21}}},
        "data.simulation.events: 21",
    ),
    "no seeds": ({"train": {"seeds": []}}, "train.seeds: []"),
    "the same seed twice": ({"train": {"seeds": [1, 1]}}, "train.seeds: [1, 1]"),
    "no graphs": ({"efp": {"graphs": []}}, "efp.graphs: []"),
    "a selection that is no list": (
        {"efp": {"graphs": ["d<=2"]}},
        "efp.graphs.0: 'd<=2' is not of type 'array'",
    ),
    "no inputs": (features("hl", inputs=[]), "train.features.hl.inputs: []"),
    "unknown input": (features("hl", inputs=["hl", "tracks"]), "train.features.hl.inputs.1: 'tracks'"),
    "unknown source": ({"data": {"source": "tape"}}, "data.source: 'tape'"),
    "braces in the folder of results": ({"results": "a{b}"}, "results: 'a{b}' holds { }, which Snakemake"),
    "a line break in the folder of results": (
        {"results": "a\nb"},
        r"results: 'a\nb' holds '\n', which Snakemake",
    ),
    "a command in the folder of results": ({"results": "$(ls)"}, "results: '$(ls)' holds $, which Snakemake"),
    "an option for the folder of results": ({"results": "-r"}, "results: '-r' begins with a dash"),
    "no folder of results": ({"results": ""}, "results: ''"),
    "a command in the path of the data": (
        {"data": {"path": '`ls`"<x>.h5'}},
        """data.path: '`ls`"<x>.h5' holds " < > `, which Snakemake""",
    ),
    "override of an unknown calorimeter": (
        {"efp": {"overrides": {"lar": {"kappas": [1]}}}},
        "efp.overrides: 'lar' is not one of ['ecal', 'hcal']",
    ),
    "override of another key": (
        {"efp": {"overrides": {"hcal": {"tolerance": 1e-6}}}},
        "efp.overrides.hcal: unknown key tolerance; known are: graphs, kappas, betas",
    ),
    "override that is no list": (
        {"efp": {"overrides": {"hcal": {"graphs": ["d<=2"]}}}},
        "efp.overrides.hcal.graphs.0: 'd<=2' is not of type 'array'",
    ),
    "an EFP that an override takes away": (
        {"efp": {"overrides": {"hcal": {"betas": [1]}}}, **features("hl", inputs=["hcal/2_1_0_k_1_b_2"])},
        "train.features.hl.inputs: hcal/2_1_0_k_1_b_2 needs 2 among efp.overrides.hcal.betas",
    ),
    "an EFP that an override gives the other calorimeter": (
        {"efp": {"overrides": {"hcal": {"kappas": [7]}}}, **features("hl", inputs=["2_1_0_k_7_b_2"])},
        "train.features.hl.inputs: 2_1_0_k_7_b_2 needs 7 among efp.kappas",
    ),
    "unknown calorimeter": ({"efp": {"calorimeters": ["lar"]}}, "efp.calorimeters.0: 'lar'"),
    "name with a slash": (
        features("a/b", inputs=["hl"], dense=1, units=1, dropout=0, learning_rate=1),
        "a/b",
    ),
    "new feature set without a network": (features("mine", inputs=["hl"]), "'dense' is a required property"),
    "section that is no mapping": ({"train": 3}, "train: 3 is not of type 'object'"),
    "feature set that is no mapping": ({"train": {"features": {"hl": 3}}}, "train.features.hl: 3"),
    "images without blocks": (
        {"train": {"features": {"et": {"blocks": None}}}},
        "train.features.et.blocks: missing",
    ),
    "blocks without images": (features("hl", blocks=2), "train.features.hl.blocks: of no use"),
    "EFPs of a calorimeter that has none": (
        {"efp": {"calorimeters": ["ecal"]}},
        "train.features.efp.inputs: efp_hcal needs hcal among efp.calorimeters",
    ),
    "an EFP with another kappa": (
        features("hl", inputs=["2_1_0_k_7_b_2"]),
        "train.features.hl.inputs: 2_1_0_k_7_b_2 needs 7 among efp.kappas",
    ),
    "repetition of what is no classifier": (
        {"train": {"repetitions": {"features": ["nothing"]}}},
        "train.repetitions.features: no classifier nothing; there are: et, ht",
    ),
    "one fold": ({"train": {"repetitions": {"folds": 1}}}, "train.repetitions.folds: 1"),
    "curve of what is no classifier": (
        {"figures": {"curves": ["et_trees"]}},
        "figures.curves: no classifier et_trees",
    ),
    "reference that is no classifier": (
        {"figures": {"reference": "HL"}},
        "figures.reference: no classifier HL",
    ),
    "feature set named like a baseline": (
        features("hl_trees", inputs=["mass"], dense=1, units=1, dropout=0, learning_rate=1),
        "train.features.hl_trees: a baseline of train.baselines has this name",
    ),
    "unknown precision": ({"train": {"precision": "float16"}}, "train.precision: 'float16' is not one of"),
    "unknown initialisation": ({"train": {"initialisation": "zeros"}}, "train.initialisation: 'zeros'"),
    "search for what is no classifier": (
        {"search": {"black_box": "cnn"}},
        "search.searches.hl.black_box: no classifier cnn; there are: et, ht, et_and_ht",
    ),
    "unknown method of a search": (search("hl", method="random"), "search.searches.hl.method: 'random'"),
    "unknown key of a search": (search("hl", kappa=[1]), "search.searches.hl: unknown key kappa"),
    "search that chooses by test events": (search("hl", split="test"), "search.searches.hl.split: 'test'"),
    "search for powers that are not computed": (
        search("hl", kappas=[1, 3]),
        "search.searches.hl.kappas: 3 is not among those computed: -1, 0, 0.5, 1, 2",
    ),
    "search on a calorimeter without EFPs": (
        {"efp": {"calorimeters": ["ecal"]}, **search("hl", calorimeters=["hcal"])},
        "search.searches.hl.calorimeters: hcal is not among efp.calorimeters",
    ),
    "search without EFPs": (
        {"efp": {"calorimeters": []}},
        "search.searches.hl: nothing to choose from, as efp.calorimeters is empty; drop it with null",
    ),
    "search from an EFP that is not computed": (
        search("hl", base=["2_1_0_k_7_b_1"]),
        "search.searches.hl.base: 2_1_0_k_7_b_1 needs 7 among efp.kappas",
    ),
    "search from images without blocks": (
        search("hl", base=["et"]),
        "search.searches.hl.network.blocks: missing; images need blocks and filters",
    ),
    "search with an unknown key of its network": (
        search("hl", network={"layers": 3}),
        "search.searches.hl.network: unknown key layers",
    ),
    "search without a pass": (search("hl", passes=0), "search.searches.hl.passes: 0"),
    "feature set named like a search": (
        features("search_hl", inputs=["mass"], dense=1, units=1, dropout=0, learning_rate=1),
        "train.features.search_hl: names that begin with search_ are those of searches",
    ),
    "curve of what is no search": (
        {"figures": {"curves": ["search_mine"]}},
        "figures.curves: no classifier search_mine",
    ),
    "unknown baseline": (
        {"train": {"baselines": {"forest": {}}}},
        "train.baselines: unknown key forest; known are: trees, logistic",
    ),
}


@pytest.mark.parametrize("case", BAD)
def test_a_bad_config_is_refused_with_its_key(case):
    overlay, message = BAD[case]
    with pytest.raises(WorkflowError, match=re.escape(message)):
        check_config(with_overlay(overlay))


@pytest.mark.parametrize(
    "path", ["a b; c & d | e (f) * ?[g] # ~ ! % = , 'h' i\u00e9", "/elsewhere/x.y", "../x"]
)
def test_names_that_only_a_shell_minds_are_good(path):
    check_config(with_overlay({"results": path, "data": {"path": path}}))
    check_paths(f"/{path}", [f"{path}.yaml"], conda=False)


@pytest.mark.parametrize(
    ("folder", "file", "conda", "expected"),
    [
        ("/a$(b)", "c.yaml", False, "the workflow's folder: '/a$(b)' holds $, which Snakemake"),
        ("/it's", "c.yaml", True, """the workflow's folder: "/it's" holds ', which Snakemake"""),
        ("/a", "b`c`.yaml", False, "a config file: 'b`c`.yaml' holds `, which Snakemake"),
    ],
)
def test_other_names_of_folders_and_config_files_are_refused(folder, file, conda, expected):
    with pytest.raises(WorkflowError, match=re.escape(expected)):
        check_paths(folder, [file], conda)


def test_all_features_dropped_is_refused():
    config = with_overlay({"train": {"features": dict.fromkeys(DEFAULT["train"]["features"])}})
    with pytest.raises(WorkflowError, match=r"train\.features: \{\}"):
        check_config(config)


def test_every_problem_is_told_at_once():
    with pytest.raises(WorkflowError) as raised:
        check_config(with_overlay({"train": {"epochs": 0, "batch": 0}, "efp": {"kappas": []}}))
    assert len(str(raised.value).splitlines()) == 4


@pytest.mark.parametrize("path", sorted((ROOT / "config").glob("*.yaml")), ids=lambda path: path.name)
def test_shipped_configs_pass_unchanged(path):
    config = with_overlay(yaml.safe_load(path.read_text()))
    before = copy.deepcopy(config)
    # What an overlay drops with a null is gone, and from the default's lists.
    for entries in (before["efp"]["overrides"], before["train"]["features"]):
        for name in [name for name, entry in entries.items() if entry is None]:
            del entries[name]
    check_config(config)
    assert config == before


def test_a_feature_set_and_a_key_of_it_can_be_dropped():
    config = with_overlay(
        {"train": {"features": {"hl": None, "et": {"inputs": ["hl"], "blocks": None, "filters": None}}}}
    )
    check_config(config)
    assert "hl" not in config["train"]["features"]
    assert "blocks" not in config["train"]["features"]["et"]


def test_a_dropped_feature_set_is_dropped_from_the_defaults_lists_too():
    config = with_overlay(
        {
            "train": {"features": {"hl": None}},
            "figures": {"curves": ["hl_trees", "hl", "mass", "mass_logistic"]},
        }
    )
    check_config(config)
    assert config["train"]["repetitions"]["features"] == ["hl_and_mass"]
    assert config["figures"]["reference"] is None
    assert config["figures"]["curves"] == ["mass", "mass_logistic"]
    before = copy.deepcopy(config)
    check_config(config)
    assert config == before


def test_a_kind_of_baseline_can_be_dropped():
    config = with_overlay(
        {"train": {"baselines": {"trees": None}}, "figures": {"curves": ["hl_trees", "hl"]}}
    )
    check_config(config)
    assert config["figures"]["curves"] == ["hl"]
    assert set(baselines(config["train"])) == {
        f"{name}_logistic" for name in ("hl", "mass", "hl_and_mass", "efp", "hl_and_efp")
    }


def test_a_search_can_be_dropped_and_goes_with_its_black_box():
    config = with_overlay({**search("mine", black_box="et"), "figures": {"curves": ["hl", "search_hl"]}})
    config["search"]["searches"]["hl_irc_safe"] = None
    config["train"]["features"]["et_and_ht"] = None
    check_config(config)
    assert list(config["search"]["searches"]) == ["mine"]
    assert config["figures"]["curves"] == ["hl"]


def test_a_search_has_its_own_settings_or_else_those_of_the_section():
    config = with_overlay(search("mine", kappas=[1], plateau={"gain": 0.1}, network={"epochs": 7}))
    check_config(config)
    section = {key: value for key, value in config["search"].items() if key != "searches"}
    assert searches(config["search"])["mine"] == {
        **section,
        "kappas": [1],
        "plateau": {"gain": 0.1, "passes": section["plateau"]["passes"]},
        "network": {**section["network"], "epochs": 7},
    }
    assert searches(config["search"])["hl"] == section


def test_a_baseline_has_the_inputs_of_its_feature_set_and_its_kinds_settings():
    assert baselines(DEFAULT["train"])["hl_and_mass_logistic"] == {
        "model": "logistic", "inputs": ["hl", "mass"], **DEFAULT["train"]["baselines"]["logistic"],
    }  # fmt: skip


def test_an_override_and_a_key_of_it_can_be_dropped():
    config = with_overlay({"efp": {"overrides": {"hcal": None, "ecal": {"kappas": None, "betas": [1]}}}})
    check_config(config)
    assert config["efp"]["overrides"] == {"ecal": {"betas": [1]}}


def test_an_observable_of_an_override_is_an_input():
    check_config(
        with_overlay(
            {
                "efp": {"overrides": {"hcal": {"kappas": [-1], "betas": [4]}}},
                **features("hl", inputs=["hcal/2_1_0_k_-1_b_4", "ecal/2_1_0_k_1_b_0.5"]),
            }
        )
    )


def test_an_override_replaces_only_its_keys():
    efp = {"graphs": [["d<=2"]], "kappas": [1], "betas": [1], "overrides": {"hcal": {"kappas": [2]}}}
    assert efp_settings(efp, "ecal") == {"graphs": [["d<=2"]], "kappas": [1], "betas": [1]}
    assert efp_settings(efp, "hcal") == {"graphs": [["d<=2"]], "kappas": [2], "betas": [1]}


def test_one_observable_is_an_input():
    check_config(
        with_overlay(features("hl", inputs=["R_had", "iso_0.3", "2_1_0_k_1_b_0.5", "hcal/1_0_0_k_2_b_0.5"]))
    )


@pytest.mark.parametrize(
    ("name", "calorimeter"),
    [("hl", None), ("efp_hcal", "hcal"), ("2_1_0_k_1_b_2", "ecal"), ("hcal/2_1_0_k_1_b_2", "hcal")],
)
def test_whose_efps_an_input_needs(name, calorimeter):
    assert efp_calorimeter(name) == calorimeter


def keys(properties, prefix=""):
    """Return all dotted keys of a schema's properties but those of user-named feature sets."""
    for name, schema in properties.items():
        yield prefix + name
        yield from keys(schema.get("properties", {}), f"{prefix}{name}.")


def test_the_default_config_has_every_key_and_the_manual_explains_it():
    schema = yaml.safe_load(SCHEMA.read_text())
    manual = (ROOT / "config/README.md").read_text()
    for key in [*keys(schema["properties"]), *keys(schema["$defs"]["network"]["properties"])]:
        assert f"`{key}`" in manual, key
    for key in keys(schema["properties"]):
        section = DEFAULT
        for name in key.split("."):
            assert name in section, key
            section = section[name]
