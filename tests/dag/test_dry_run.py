"""Every shipped config and profile has jobs to do, and every switch of the config changes just its jobs."""

import os
import re
from collections import Counter
from pathlib import Path

import pytest
import yaml

from conda_by_uv import install
from study import GREEDY, TINY

ROOT = Path(__file__).parents[2]
TRAININGS = ["et", "ht", "et_and_ht", "hl", "mass", "hl_and_mass", "et_and_ht_and_hl", "efp", "hl_and_efp"]
IMAGE_NETWORKS = ["et", "ht", "et_and_ht", "et_and_ht_and_hl"]
ONE_INPUT = ["et", "ht", "mass"]
FLAT = sorted(set(TRAININGS) - set(IMAGE_NETWORKS))
ONCE = [
    "check_events", "compile_kernels", "list_all_graphs", "find_duplicates", "draw_graphs", "plot_roc",
    "tabulate_auc", "tabulate_metrics", "tabulate_comparisons", "plot_metrics", "plot_baselines",
    "plot_variables", "plot_history", "tabulate_resources", "plot_resources", "build_gallery", "build_report",
]  # fmt: skip
COMMON = {**dict.fromkeys(ONCE, 1), "split_events": 3, "extract_cells": 6, "list_graphs": 2, "plot_images": 2}
# What comes after all stages.
OF_ALL = {"tabulate_resources", "plot_resources", "build_gallery", "build_report"}
# One search of two passes from HL, and a greedy one of one pass, in two jobs, from nothing.
SEARCHES = {
    "score_candidates": 2, "train_candidates": 2, "choose_observable": 3, "train_pass": 4,
    "evaluate_search": 2, "tabulate_search": 2, "plot_search": 2,
}  # fmt: skip
OF_GREEDY = {
    "train_candidates": -2, "choose_observable": -1, "train_pass": -1, "evaluate_search": -1,
    "tabulate_search": -1, "plot_search": -1,
}  # fmt: skip
NO_GREEDY = {"searches": {**TINY["search"]["searches"], "greedy": None}}
NO_SEARCH = {"searches": dict.fromkeys(["hl", "hl_irc_safe"])}
TINY_JOBS = Counter(
    {
        **COMMON,
        "compute_efps": 8,
        "train_classifier": 6,
        "train_baseline": 4,
        "map_images": 1,
        "plot_maps": 1,
        "permute_inputs": 3,
        "plot_importance": 3,
        **SEARCHES,
    }
)
# What a feature set without images takes with it.
FLAT_SET = {"train_classifier": -1, "train_baseline": -2, "permute_inputs": -1, "plot_importance": -1}


def changed(config, **sections):
    """Return a config with keys of sections replaced."""
    return {**config, **{name: {**config.get(name, {}), **values} for name, values in sections.items()}}


def without(features):
    """Return the section `train` of the tiny study without a feature set."""
    return {"features": {**TINY["train"]["features"], features: None}}


def test_the_default_study(fresh):
    (fresh.folder / "tiny.yaml").write_text("{}")
    jobs = fresh.jobs()
    fresh.configure(TINY)
    assert jobs == Counter(
        {
            **COMMON,
            "compute_efps": 12,
            "train_classifier": len(TRAININGS) + 2 * 4,
            "train_baseline": 2 * len(FLAT),
            **dict.fromkeys(["map_images", "plot_maps"], len(IMAGE_NETWORKS)),
            **dict.fromkeys(["permute_inputs", "plot_importance"], len(TRAININGS) - len(ONE_INPUT)),
            **dict.fromkeys(["score_candidates", "choose_observable"], 2 * 4),
            "train_pass": 2 * 5,
            **dict.fromkeys(["evaluate_search", "tabulate_search", "plot_search"], 2),
        }
    )


@pytest.fixture
def conda(tmp_path, monkeypatch):
    """A stand-in for conda, which Snakemake asks for its version even in a dry-run."""
    monkeypatch.setenv("PATH", str(install(tmp_path / "conda")), prepend=os.pathsep)


@pytest.mark.usefixtures("conda")
@pytest.mark.parametrize("path", sorted((ROOT / "config").glob("*.yaml")), ids=lambda path: path.name)
@pytest.mark.parametrize(
    "profile", sorted(path.name for path in (ROOT / "profiles").iterdir() if path.is_dir())
)
def test_shipped_configs_and_profiles_have_jobs(fresh, path, profile):
    jobs = fresh.jobs("--configfile", f"config/{path.name}", "--workflow-profile", f"profiles/{profile}")
    assert jobs["train_classifier"] >= len(TRAININGS)
    assert jobs["compute_efps"] >= 12


ALL_PLOTS = set(yaml.safe_load((ROOT / "config/config.yaml").read_text())["figures"]["plots"])

SWITCHES = {
    "source": (
        changed(TINY, data={"source": "simulation"}),
        {"simulate_pool": 1, "simulate_events": 20, "merge_events": 1},
    ),
    "one calorimeter": (
        changed(TINY, efp={"calorimeters": ["ecal"]}, train=without("hl_and_efp"), search=NO_GREEDY),
        {"list_graphs": -1, "compute_efps": -4, **FLAT_SET, **OF_GREEDY},
    ),
    "no EFPs": (
        changed(TINY, efp={"calorimeters": []}, train=without("hl_and_efp"), search=NO_SEARCH),
        {
            **{rule: -count for rule, count in SEARCHES.items()},
            "compile_kernels": -1,
            "compute_efps": -8,
            "list_graphs": -2,
            "list_all_graphs": -1,
            "find_duplicates": -1,
            "draw_graphs": -1,
            **FLAT_SET,
        },
    ),
    "more chunks": (changed(TINY, efp={"chunks": {"train": 2, "valid": 2, "test": 3}}), {"compute_efps": 6}),
    "more seeds": (changed(TINY, train={"seeds": [0, 1, 7]}), {"train_classifier": 6}),
    "one feature set less": (
        changed(TINY, train=without("et_and_ht")),
        {
            "train_classifier": -1,
            "map_images": -1,
            "plot_maps": -1,
            "permute_inputs": -1,
            "plot_importance": -1,
        },
    ),
    "more repetitions": (
        changed(TINY, train={"repetitions": {"features": ["hl", "hl_trees"], "shuffles": 3, "folds": 0}}),
        {"train_baseline": 3},
    ),
    "one more pass": (
        changed(TINY, search={"passes": 3}),
        {"score_candidates": 1, "choose_observable": 1, "train_pass": 1},
    ),
    "more jobs of a greedy pass": (
        changed(TINY, search={"searches": {**TINY["search"]["searches"], "greedy": {**GREEDY, "jobs": 3}}}),
        {"train_candidates": 1},
    ),
    "a search from nothing": (
        changed(TINY, search={"searches": {**TINY["search"]["searches"], "hl": {"base": []}}}),
        {"train_pass": -1},
    ),
    "a search that the labels guide": (
        changed(TINY, search={"searches": {**TINY["search"]["searches"], "hl": {"method": "truth"}}}),
        {},
    ),
    "one search less": (changed(TINY, search=NO_GREEDY), OF_GREEDY),
    "no baselines": (
        changed(TINY, train={"baselines": {"trees": None, "logistic": None}}),
        # The black box of the searches is one of them.
        {"train_baseline": -4, "plot_baselines": -1, **{rule: -count for rule, count in SEARCHES.items()}},
    ),
    **{
        f"no {plot}": (
            changed(TINY, figures={"plots": sorted(ALL_PLOTS - {plot})}),
            {rule: -TINY_JOBS[rule] for rule in rules},
        )
        for plot, rules in {
            "roc": ["plot_roc"],
            "search": ["plot_search"],
            "images": ["plot_images"],
            "variables": ["plot_variables"],
            "learning_curves": ["plot_history"],
            "comparisons": [],
            "baselines": ["plot_baselines"],
            "saliency": ["map_images", "plot_maps"],
            "importance": ["permute_inputs", "plot_importance"],
        }.items()
    },
}


@pytest.mark.parametrize("switch", SWITCHES)
def test_a_switch_changes_just_its_jobs(fresh, switch):
    config, difference = SWITCHES[switch]
    expected = TINY_JOBS.copy()
    expected.update(difference)
    fresh.configure(config)
    jobs = fresh.jobs()
    fresh.configure(TINY)
    assert jobs == +expected


@pytest.mark.parametrize(
    ("target", "rules"),
    [
        ("data", {"check_events", "split_events", "extract_cells"}),
        (
            "efp",
            {
                "check_events",
                "compile_kernels",
                "extract_cells",
                "list_graphs",
                "list_all_graphs",
                "compute_efps",
                "find_duplicates",
                "draw_graphs",
            },
        ),
        (
            "train",
            set(TINY_JOBS)
            - {rule for rule in TINY_JOBS if rule.startswith("plot")}
            - {rule for rule in TINY_JOBS if rule.startswith("tabulate")}
            - {*OF_ALL, "draw_graphs", "map_images", "permute_inputs"}
            - set(SEARCHES),
        ),
        ("figures", set(TINY_JOBS) - OF_ALL),
    ],
)
def test_a_stage_is_a_target(fresh, target, rules):
    assert set(fresh.jobs(target)) == rules


@pytest.mark.parametrize(
    ("figures", "expected"),
    [
        ({}, {"hl", "et_and_ht", "hl_and_efp", "hl_trees", "hl_logistic", "hl/pass2", "greedy/pass1"}),
        ({"reference": None}, {"hl", "et_and_ht", "hl_and_efp", "hl/pass2", "greedy/pass1"}),
        (
            {"reference": "hl_and_efp_trees"},
            {"hl", "et_and_ht", "hl_and_efp", "hl_and_efp_trees", "hl/pass2", "greedy/pass1"},
        ),
        ({"curves": ["hl_trees"]}, {"hl", "hl_trees"}),
        ({"curves": ["search_hl"]}, {"hl", "hl/pass2"}),
        ({"curves": ["hl_trees"], "reference": None}, {"hl_trees"}),
    ],
    ids=lambda value: str(value) if isinstance(value, dict) else "",
)
def test_the_roc_figures_show_what_the_config_names_and_the_reference(fresh, figures, expected):
    fresh.configure(changed(TINY, figures=figures))
    result = fresh.snakemake("--dry-run", "plot_roc")
    fresh.configure(TINY)
    (inputs,) = re.findall(r"^rule plot_roc:\n    input: (.*)$", result.stdout + result.stderr, re.M)
    found = re.findall(r"train/(\w+)/seed0/scores|search/(\w+/pass\d)/scores", inputs)
    assert {network or search for network, search in found} == expected


def test_results_go_where_the_config_says(fresh):
    result = fresh.snakemake("--dry-run", "--config", "results=elsewhere")
    assert "output: elsewhere/train/hl/seed0/model.keras" in result.stdout
    assert not re.search(r"[ ,]results/", result.stdout)


def test_a_bad_config_ends_in_one_clear_message(fresh):
    result = fresh.snakemake("--dry-run", "--config", "train={epochs: 3}", check=False)
    assert result.returncode == 1
    printed = result.stdout + result.stderr
    assert "train.epochs: '3' is not of type 'integer'" in printed
    assert "Traceback" not in printed


def test_an_unknown_plot_is_refused(fresh):
    fresh.configure(changed(TINY, figures={"plots": ["pie"]}))
    result = fresh.snakemake("--dry-run", check=False)
    fresh.configure(TINY)
    assert result.returncode == 1
    assert "figures.plots: unknown plot pie; known are: roc, images" in result.stdout + result.stderr


def test_profiles_name_only_rules_that_exist():
    """Snakemake passes over an unknown rule in a profile without a word."""
    rules = set()
    for path in (ROOT / "workflow/rules").glob("*.smk"):
        rules |= set(re.findall(r"^rule (\w+):", path.read_text(), re.M))
    for path in (ROOT / "profiles").glob("*/profile.yaml"):
        profile = yaml.safe_load(path.read_text())
        for key in ("set-resources", "set-threads"):
            assert set(profile.get(key, {})) <= rules, f"{path}: {key}"
