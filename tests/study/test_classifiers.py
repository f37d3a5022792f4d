"""The table of classifiers, what figures call them, and where their files lie."""

import copy

import pytest

from layouts import ELECTRONS, PHOTONS
from leptonid.errors import InputError
from leptonid.study.classifiers import (
    by_classifier,
    classifiers,
    differences_of_base,
    entries,
    feature_set_of,
    network_of_base,
    points_of_learning_curve,
    repetitions,
    searches,
    split_runs,
    training_files,
    training_runs,
)
from leptonid.study.config_schema import read_default_config
from leptonid.study.starter import starter_study
from leptonid.study.titles import (
    base_text,
    distinct,
    inputs_title,
    number_text,
    search_title,
)

DEFAULT = read_default_config()


@pytest.fixture
def config():
    return copy.deepcopy(DEFAULT)


def test_the_default_study_has_networks_baselines_and_searches(config):
    table = classifiers(config, ELECTRONS)
    assert [name for name, classifier in table.items() if classifier.kind == "network"] == list(
        DEFAULT["train"]["features"]
    )
    trees = {
        name: (classifier.features, classifier.inputs)
        for name, classifier in table.items()
        if classifier.kind == "trees"
    }
    assert trees["hl_and_mass_trees"] == ("hl_and_mass", ("hl", "mass"))
    assert len(trees) == 6
    search = table["search_hl"]
    assert (search.kind, search.folder, search.runs) == (
        "search",
        "<results>/search/hl/pass4",
        ("seed0", "seed1"),
    )


def test_kinds_are_never_read_from_names(config):
    config["train"]["features"] = {
        "my_trees": {**DEFAULT["train"]["features"]["hl"], "inputs": ["mass"]},
        "logistic": DEFAULT["train"]["features"]["et"],
    }
    config["search"]["searches"] = {}
    table = classifiers(config, ELECTRONS)
    assert {name: (classifier.kind, classifier.features) for name, classifier in table.items()} == {
        "my_trees": ("network", "my_trees"),
        "logistic": ("network", "logistic"),
        "my_trees_trees": ("trees", "my_trees"),
        "my_trees_logistic": ("logistic", "my_trees"),
    }


def test_titles_tell_networks_of_sets_from_those_of_images(config):
    table = classifiers(config, ELECTRONS)
    assert table["et_and_ht"].title == "ECal + HCal images"
    assert table["et_ht_pfn"].title == "ECal + HCal images, PFN"


def test_settings_have_a_kind_and_neither_title_nor_inputs(config):
    config["train"]["features"]["hl"]["title"] = "My variables"
    table = classifiers(config, ELECTRONS)
    assert table["hl"].settings == {
        "kind": "dense", "dense": 3, "units": 48, "dropout": 0.0, "learning_rate": 0.004,
    }  # fmt: skip
    assert table["et"].settings["kind"] == "cnn"
    assert table["et_ht_pfn"].settings["kind"] == "pfn"
    assert table["hl"].title == "My variables"
    assert table["hl_trees"].title == "My variables, trees"


def test_runs_are_one_per_seed_and_of_baselines_the_first(config):
    config["train"]["seeds"] = [3, 5]
    table = classifiers(config, ELECTRONS)
    assert split_runs(table, ["mass_trees", "mass"]) == [
        ("mass", "seed3"),
        ("mass", "seed5"),
        ("mass_trees", "seed3"),
    ]
    assert training_files(table, [("hl", "seed5"), ("search_hl", "seed1")], "scores.feather") == [
        "<results>/train/hl/seed5/scores.feather",
        "<results>/search/hl/pass4/seed1/scores.feather",
    ]


def test_a_network_that_a_search_starts_from_has_the_seeds_of_the_search_too(config):
    config["train"]["seeds"] = [3]
    config["search"]["searches"] = {"hl": {"seeds": [0, 3]}, "more": {"seeds": [0, 7]}}
    table = classifiers(config, ELECTRONS)
    assert table["hl"].runs == ("seed3", "seed0", "seed7")
    assert table["hl_trees"].runs == ("seed3",)
    assert table["mass"].runs == ("seed3",)
    assert list(training_runs(config["train"], searches(config, ELECTRONS)))[:3] == [
        "seed3",
        "seed0",
        "seed7",
    ]
    config["search"]["network"] = {"units": 50}
    assert classifiers(config, ELECTRONS)["hl"].runs == ("seed3",)


def test_a_learning_curve_has_every_fraction_and_the_whole(config):
    config["train"] |= {
        "seeds": [0, 3],
        "learning_curve": {"features": ["hl", "hl_trees"], "fractions": [0.5]},
    }
    config["search"]["searches"] = {}
    points = points_of_learning_curve(classifiers(config, ELECTRONS), config["train"])
    assert points == [
        ("hl", "part0.5seed0", 0.5),
        ("hl", "part0.5seed3", 0.5),
        ("hl", "seed0", 1.0),
        ("hl", "seed3", 1.0),
        ("hl_trees", "part0.5seed0", 0.5),
        ("hl_trees", "seed0", 1.0),
    ]
    runs = training_runs(config["train"], {})
    assert runs["part0.5seed3"] == {"seed": 3, "repetition": {"fraction": 0.5, "seed": 3}}


def test_repetitions_are_shuffles_folds_and_bootstraps(config):
    own = {"features": ["mass", "hl_trees"], "shuffles": 2, "folds": 2, "bootstraps": 1}
    config["train"]["repetitions"] |= own
    runs = ["shuffle0", "shuffle1", "fold0", "fold1", "bootstrap0"]
    sample = training_runs(config["train"], {})["bootstrap0"]
    assert sample == {"seed": 0, "repetition": {"bootstrap": 0, "seed": 0}}
    assert repetitions(config["train"]) == [(name, run) for name in ("hl_trees", "mass") for run in runs]


def test_inputs_are_explicit(config):
    config["train"]["features"]["hl"]["inputs"] = ["hl", "2_1_0_k_1_b_0.5"]
    assert classifiers(config, ELECTRONS)["hl"].inputs == ("hl", "ecal/2_1_0_k_1_b_0.5")


def test_a_search_has_its_own_settings_or_else_those_of_the_section(config):
    own = {"kappas": [1], "plateau": {"gain": 0.1}, "network": {"epochs": 7}}
    config["search"]["searches"] = {"mine": own, "hl": {}}
    config["search"]["network"] = {"batch": 64}
    network = {"dense": 3, "units": 48, "dropout": 0.0, "learning_rate": 0.004, "batch": 64}
    section = {key: value for key, value in config["search"].items() if key != "searches"}
    found = searches(config, ELECTRONS)
    assert found["hl"] == {**section, "network": network}
    assert found["mine"] == {
        **section,
        "kappas": [1],
        "plateau": {"gain": 0.1, "passes": section["plateau"]["passes"]},
        "network": {**network, "epochs": 7},
    }


@pytest.mark.parametrize(
    ("base", "like"),
    [
        (["hl", "mass"], "hl_and_mass"),
        (["ht"], "ht"),
        (["hl", "ht"], "et"),
        (["mass", "hl"], "hl"),
        ([], "hl"),
    ],
)
def test_the_network_of_a_search_is_like_that_with_its_base_or_the_first_of_its_kind(config, base, like):
    features = config["train"]["features"]
    for number, network in enumerate(features.values(), 100):
        network |= {"units": number, "title": "a title"}
    config["search"]["searches"] = {"mine": {"base": base}}
    expected = {key: value for key, value in features[like].items() if key not in ("inputs", "title")}
    assert searches(config, ELECTRONS)["mine"]["network"] == expected


@pytest.mark.parametrize(
    ("network", "base", "name", "text"),
    [
        ({}, ["hl"], "hl", "Pass 0 is the network hl of the study."),
        # As in the study, though said again.
        (
            {"units": 48, "kind": "dense", "epochs": 10},
            ["hl"],
            "hl",
            "Pass 0 is the network hl of the study.",
        ),
        (
            {"units": 50, "dropout": 0.25, "epochs": 30},
            ["hl"],
            None,
            "Pass 0 is not the network hl of the study, as it has epochs 30, not 10, units 50, not 48, "
            "dropout 0.25, not 0.",
        ),
        ({}, ["mass", "hl"], None, ""),
    ],
)
def test_pass_0_is_the_network_of_the_study_where_all_settings_are_equal(config, network, base, name, text):
    config["search"]["searches"] = {"mine": {"base": base, "network": network}}
    search, train = searches(config, ELECTRONS)["mine"], config["train"]
    assert network_of_base(search, train, ELECTRONS) == name
    features = feature_set_of(train["features"], base)
    differences = differences_of_base(search, train, ELECTRONS) if features else {}
    assert base_text(features, differences) == text


@pytest.mark.parametrize(
    ("inputs", "title"),
    [
        (["et"], "ECal image"),
        (["et", "ht", "hl"], "ECal + HCal images + 7 HL"),
        (["hl", "mass"], "7 HL + jet mass"),
        (["R_had", "mass"], "R_had + jet mass"),
        (["hl", "pt", "eta"], "7 HL + pT + η"),
        (["scalars_ecal", "hcal/sum_et"], "ECal scalars + HCal sum of ET"),
        (["efp_ecal", "efp_hcal"], "EFPs"),
        (["hl", "efp_hcal"], "7 HL + HCal EFPs"),
        (["efp_ecal/d<=3", "efp_hcal/d<=3"], "EFPs d ≤ 3"),
        (["efp_ecal/d<=3", "efp_hcal"], "ECal EFPs d ≤ 3 + HCal EFPs"),
        (["hcal/2_1_0_k_-1_b_0.5"], "HCal 2_1_0, κ = \N{MINUS SIGN}1, β = 1/2"),
        (["1_0_0_k_2_b_0.5"], "ECal 1_0_0, κ = 2"),
        (["hl", "2_1_0_k_1_b_1", "3_3_1_k_1_b_1"], "7 HL + 2 EFPs"),
        ([], ""),
    ],
)
def test_titles_come_from_the_layout(inputs, title):
    assert inputs_title(inputs, ELECTRONS) == title


def test_many_variables_of_a_group_are_counted():
    four = ["R_had", "w_eta2", "mass", "R_phi", "R_eta", "pt"]
    assert inputs_title(four, ELECTRONS) == "4 of 7 HL + jet mass + pT"
    assert inputs_title(four[:4], ELECTRONS) == "R_had + w_eta2 + jet mass + R_phi"


def test_titles_of_searches_say_what_limits_kappa():
    assert search_title(["hl"], [1], ["efps"], ELECTRONS) == "7 HL + chosen EFPs, κ = 1"
    assert search_title([], None, ["efps", "scalars"], ELECTRONS) == "chosen observables"
    assert search_title(["shape"], [0.5, 1], ["efps"], PHOTONS) == "3 shapes + chosen EFPs, κ = 1/2, 1"
    assert [number_text(value) for value in (0.25, 2.0, -0.3)] == ["1/4", "2", "\N{MINUS SIGN}0.3"]


def test_titles_that_are_alike_get_the_name():
    assert distinct({"a": "7 HL", "b": "7 HL", "c": "mass"}) == {
        "a": "7 HL (a)",
        "b": "7 HL (b)",
        "c": "mass",
    }
    assert distinct({"a": "7 HL", "b": "7 HL"}, given=["a"]) == {"a": "7 HL", "b": "7 HL (b)"}


def test_entries_say_what_figures_need(config):
    table = classifiers(config, ELECTRONS)
    assert entries(table, ["hl_trees", "search_hl_and_kinematics"], ELECTRONS) == [
        {
            "name": "hl_trees", "title": "7 HL, trees", "kind": "trees", "features": "hl",
            "inputs": "variables", "position": 3,
        },
        {
            "name": "search_hl_and_kinematics", "title": "7 HL + pT + η + chosen EFPs", "kind": "search",
            "features": "search_hl_and_kinematics", "inputs": "variables", "position": 1,
        },
    ]  # fmt: skip


def test_the_starter_study_of_the_electrons_is_the_default_study():
    starter = starter_study(ELECTRONS, DEFAULT, ELECTRONS.calorimeters)
    inputs = {name: network["inputs"] for name, network in starter["features"].items()}
    default = DEFAULT["train"]["features"].items()
    assert inputs == {name: network["inputs"] for name, network in default if "kind" not in network}
    assert {key: starter[key] for key in ("black_box", "base", "reference")} == {
        "black_box": DEFAULT["search"]["black_box"],
        "base": DEFAULT["search"]["base"],
        "reference": DEFAULT["figures"]["reference"],
    }


def test_items_are_collected_by_classifier():
    assert by_classifier(["b", "a", "b"], [1, 2, 3]) == {"b": [1, 3], "a": [2]}
    with pytest.raises(InputError, match="found 2 names and 1 files"):
        by_classifier(["a", "b"], [1])
