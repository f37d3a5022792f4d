"""The jobs of the shipped configs and profiles, and of switches of the config."""

import os
import re
from collections import Counter

import pytest
import yaml

from conda_by_uv import install
from layouts import ROOT
from tiny_study import GREEDY, TINY

TRAININGS = [
    "et",
    "ht",
    "et_and_ht",
    "hl",
    "mass",
    "hl_and_mass",
    "hl_and_kinematics",
    "et_and_ht_and_hl",
    "efp",
    "hl_and_efp",
    "et_ht_pfn",
]
IMAGE_NETWORKS = ["et", "ht", "et_and_ht", "et_and_ht_and_hl", "et_ht_pfn"]
ONE_INPUT = ["et", "ht", "mass"]
FLAT = sorted(set(TRAININGS) - set(IMAGE_NETWORKS))
EVALUATION = [
    "evaluate_auc",
    "evaluate_metrics",
    "evaluate_roc",
    "compare_classifiers",
    "histogram_variables",
    "sample_events",
]
FIGURES = [
    "plot_roc", "tabulate_auc", "tabulate_metrics", "tabulate_comparisons", "plot_metrics", "plot_baselines",
    "plot_variables", "plot_history", "build_explorer", "write_summary",
]  # fmt: skip
# After all stages.
RECORD = ["tabulate_resources", "plot_resources", "build_gallery", "build_report"]
ONCE = [
    "check_events", "describe_sample", "compile_kernels", "list_all_graphs", "find_duplicates", "draw_graphs",
    *EVALUATION, *FIGURES, *RECORD,
]  # fmt: skip
COMMON = {
    **dict.fromkeys(ONCE, 1), "split_events": 3, "extract_cells": 6, "list_graphs": 2, "average_images": 2,
    "plot_images": 2,
}  # fmt: skip
# One search of two passes from HL; from nothing a greedy one of one pass, in two jobs and with two seeds.
SEARCHES = {
    "compute_scalars": 3, "score_candidates": 2, "train_candidates": 2, "choose_observable": 3,
    "train_pass": 4, "evaluate_search": 2, "tabulate_search": 2, "plot_search": 2,
    "tabulate_candidates": 1,
}  # fmt: skip
GREEDY_SEARCH = {
    "train_candidates": -2, "choose_observable": -1, "train_pass": -2, "evaluate_search": -1,
    "tabulate_search": -1, "plot_search": -1,
}  # fmt: skip
NO_GREEDY = {"searches": {name: own for name, own in TINY["search"]["searches"].items() if name != "greedy"}}
NO_SEARCH = {"searches": dict.fromkeys(["hl", "hl_and_kinematics"])}
TINY_JOBS = Counter(
    {
        **COMMON,
        "compute_efps": 8,
        "train_classifier": 3,
        "train_baseline": 7,
        "map_images": 1,
        "plot_maps": 1,
        "permute_inputs": 3,
        "plot_importance": 3,
        **SEARCHES,
    }
)
# The jobs of a feature set without images.
FLAT_SET = {"train_classifier": -1, "train_baseline": -2, "permute_inputs": -1, "plot_importance": -1}


def changed(config, **sections):
    """Return a config with keys of sections replaced."""
    return {**config, **{name: {**config.get(name, {}), **values} for name, values in sections.items()}}


def without(features):
    """Return the section `train` of the tiny study without a feature set."""
    return {"features": {**TINY["train"]["features"], features: None}}


@pytest.fixture
def study(fresh):
    """The tiny study, whose config a test may replace."""
    yield fresh
    fresh.configure(TINY)


def test_the_default_study(study):
    study.configure({})
    result = study.dry_run("--config", "results=elsewhere")
    assert not re.search(r"[ ,]results/", result.stdout)
    assert study.jobs() == Counter(
        {
            **COMMON,
            "compute_efps": 12,
            # Two searches start from networks with one more seed.
            "train_classifier": len(TRAININGS) + 2 * 4 + 2,
            "train_baseline": 2 * len(FLAT),
            **dict.fromkeys(["map_images", "plot_maps"], len(IMAGE_NETWORKS)),
            **dict.fromkeys(["permute_inputs", "plot_importance"], len(TRAININGS) - len(ONE_INPUT)),
            "compute_scalars": 3,
            **dict.fromkeys(["score_candidates", "choose_observable"], 2 * 4),
            "train_pass": 2 * 4 * 2,
            **dict.fromkeys(["evaluate_search", "tabulate_search", "plot_search"], 2),
            "tabulate_candidates": 1,
        }
    )


@pytest.mark.parametrize(
    ("config", "profile"), [("config", "conda"), ("config", "slurm"), ("paper", "default")]
)
def test_shipped_configs_and_profiles_have_jobs(study, tmp_path, monkeypatch, config, profile):
    # Snakemake asks conda for its version even in a dry-run.
    monkeypatch.setenv("PATH", str(install(tmp_path / "conda")), prepend=os.pathsep)
    study.configure(yaml.safe_load((ROOT / f"config/{config}.yaml").read_text()))
    jobs = study.jobs("--workflow-profile", f"profiles/{profile}")
    assert jobs["train_classifier"] >= len(TRAININGS)
    # Without the file of the paper, the number of its events is not known.
    assert jobs["compute_efps"] == {"config": 12, "paper": 6}[config]
    # The default study has no search with the base and candidates of the paper.
    assert jobs["tabulate_published_search"] == {"config": 0, "paper": 4}[config]
    # Nothing is connected to: a first run would download the file, and end.
    assert jobs["download_events"] == jobs["plan_again"] == (config == "paper")


@pytest.mark.parametrize(
    ("name", "chunks", "published"),
    [
        # With fewer graphs, no search has the candidates of the paper.
        ("muons", 6, 0),
        # Without the file of the paper, the number of its events is not known. A plan of 1,200 jobs.
        pytest.param("muons_paper", 3, 2, marks=pytest.mark.slow),
    ],
)
def test_the_muon_studies_have_jobs(study, name, chunks, published):
    config = yaml.safe_load((ROOT / f"config/{name}.yaml").read_text())
    study.configure(config)
    jobs = study.jobs()
    repetitions = config["train"]["repetitions"]
    repeated = len(repetitions["features"]) * repetitions.get("bootstraps", 0)
    # The network that searches start from is trained with two seeds.
    assert jobs["train_classifier"] == 9 + 1 + repeated
    assert jobs["compute_efps"] == chunks
    assert jobs["tabulate_published_search"] == published


# The first words of rules that need neither EFPs nor a figure of their own.
KEPT = {"write", "tabulate", "compare", "evaluate", "check", "describe", "extract", "split", "build"}

SWITCHES = {
    "simulation, more chunks, seeds and repetitions": (
        changed(
            TINY,
            data={"source": "simulation"},
            efp={"chunk": 1400},
            train={
                "seeds": [0, 1, 7],
                "repetitions": {"features": ["hl", "hl_trees"], "shuffles": 3, "folds": 0},
            },
        ),
        {
            "simulate_pool": 3, "simulate_events": 13 + 4 + 4, "merge_events": 1, "compute_efps": 32 - 8,
            "train_classifier": 6 + 3, "train_baseline": 0,
        },
    ),
    "Delphes files, in parts": (
        changed(
            TINY,
            data={
                "source": "delphes",
                "delphes": {
                    "signal": ["s.root"], "background": ["b.root", "more.root"], "parts": 4, "events": 100,
                },
            },
            efp={"chunk": 100},
        ),
        {"read_delphes": 3 * 4, "merge_delphes": 1, "compute_efps": 6 - 8},
    ),
    "one calorimeter": (
        changed(TINY, efp={"calorimeters": ["ecal"]}, train=without("hl_and_efp"), search=NO_GREEDY),
        {"list_graphs": -1, "compute_efps": -4, **FLAT_SET, **GREEDY_SEARCH},
    ),
    "no EFPs and one plot": (
        changed(
            TINY,
            efp={"calorimeters": []},
            train=without("hl_and_efp"),
            search=NO_SEARCH,
            figures={"plots": ["roc"]},
        ),
        {
            **{rule: -count for rule, count in TINY_JOBS.items()},
            **{
                rule: 0
                for rule in TINY_JOBS
                if rule.split("_")[0] in KEPT
                or rule
                in ("plot_roc", "write_summary", "plot_resources", "histogram_variables", "average_images")
            },
            "tabulate_search": -2,
            **dict.fromkeys(["tabulate_candidates", "build_explorer"], -1),
            "evaluate_search": -2,
            "train_classifier": -1,
            "train_baseline": -2,
        },
    ),
    "learning curve": (
        changed(
            TINY,
            train={
                "seeds": [0, 1],
                "learning_curve": {"features": ["hl", "hl_trees"], "fractions": [0.25, 0.5]},
            },
        ),
        {
            "train_classifier": 3 + 4, "train_baseline": 2, "evaluate_learning_curve": 1,
            "plot_learning_curve": 1,
        },
    ),
    "changed cells": (
        changed(TINY, evaluate={"variations": {"classifiers": ["et_and_ht"]}}),
        {"vary_events": 1, "evaluate_variations": 1, "tabulate_variations": 1},
    ),
    "more passes, jobs and a search from nothing": (
        changed(
            TINY,
            search={
                "passes": 3,
                "searches": {"hl_and_kinematics": None, "hl": {"base": []}, "greedy": {**GREEDY, "jobs": 3}},
            },
        ),
        {"score_candidates": 1, "choose_observable": 1, "train_candidates": 1, "train_pass": 1},
    ),
    "no baselines": (
        changed(
            TINY,
            train={
                "baselines": {"trees": None, "logistic": None},
                "repetitions": {"features": [], "shuffles": 0, "folds": 0},
            },
        ),
        # The black box of the searches is one of them.
        {"train_baseline": -7, "plot_baselines": -1, **{rule: -count for rule, count in SEARCHES.items()}},
    ),
}  # fmt: skip


@pytest.mark.parametrize("switch", SWITCHES)
def test_a_switch_changes_just_its_jobs(study, switch):
    config, difference = SWITCHES[switch]
    expected = TINY_JOBS.copy()
    expected.update(difference)
    study.configure(config)
    assert study.jobs() == +expected


DATA = {"check_events", "describe_sample", "split_events", "extract_cells"}
EFP = {"compile_kernels", "list_graphs", "list_all_graphs", "compute_efps", "find_duplicates", "draw_graphs"}


@pytest.mark.parametrize(
    ("target", "rules"),
    [
        ("data", DATA),
        ("efp", {*DATA, *EFP} - {"describe_sample", "split_events"}),
        ("train", {*DATA, *EFP, "train_classifier", "train_baseline"} - {"describe_sample", "draw_graphs"}),
        ("figures", set(TINY_JOBS) - set(RECORD)),
    ],
)
def test_a_stage_is_a_target(fresh, target, rules):
    assert set(fresh.jobs(target)) == rules


def test_tuning_is_shared_by_jobs_that_do_not_see_the_test_events(study):
    tuning = {"features": ["et_and_ht", "hl"], "trials": 2, "jobs": 3}
    study.configure(changed(TINY, train={"tuning": tuning}))
    assert study.jobs("tune") == {
        **dict.fromkeys(("conclude_tuning", "plot_tuning"), 2), "tune": 1, "check_events": 1,
        "describe_sample": 1, "split_events": 3, "extract_cells": 4, "tune_network": 4,
    }  # fmt: skip


def test_a_trial_of_the_tuning_keeps_what_it_does_not_draw(study):
    features = {"hl": {"scaling": "log", "batch_normalisation": True}}
    study.configure(changed(TINY, train={"tuning": {"features": ["hl"]}, "features": features}))
    printed = study.dry_run("tune", "--printshellcmds").stdout
    for setting in ('"scaling": "log"', '"batch_normalisation": true', '"epochs": 16'):
        assert re.search(f"tune_network.py(?:.*\n){{1,9}}.*{setting}", printed), setting


def test_tuning_of_nothing_says_what_to_configure(fresh):
    result = fresh.dry_run("tune", check=False)
    assert result.returncode == 1
    advice = re.search(r"--config '(train=.*?)'$", result.stdout, re.M)
    assert advice, result.stdout
    assert fresh.jobs("tune", "--config", advice[1])["tune_network"] == 10


def test_a_bad_config_ends_in_one_clear_message(fresh):
    result = fresh.dry_run("--config", "train={epochs: 3}", check=False)
    assert result.returncode == 1
    printed = result.stdout
    assert "train.epochs: '3' is not of type 'integer'" in printed
    assert "Traceback" not in printed


FAULTS = {
    "a key twice": (
        "train: {epochs: 1}\ntrain: {batch: 8}\n",
        (),
        "tiny.yaml, line 2: train: stands in line 1 already",
    ),
    "a name that is a boolean": (
        "train:\n  features:\n    no: {dense: 1}\n",
        (),
        "tiny.yaml, line 3: train.features.False: a key must be text; write names such as no, on or 2024",
    ),
    "a label that is a boolean": (
        "data: {label: no}\n",
        (),
        "tiny.yaml, line 1: data.label: expected text, found no, which YAML reads as False; write text in",
    ),
    "a null of the command line": (
        "{}",
        ("--config", "results=null"),
        "  results: found the text 'null', which --config",
    ),
    "a key twice on the command line": (
        "{}",
        ("--config", "train={epochs: 1, epochs: 2}"),
        "--config train.epochs: stands 2 times; keep one of them",
    ),
    "another folder": (
        "{}",
        ("--directory", "workflow"),
        "/workflow: a study runs in the folder of its workflow; add",
    ),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_of_the_config_is_one_line_that_says_where(study, fault):
    text, arguments, message = FAULTS[fault]
    (study.folder / "tiny.yaml").write_text(text)
    result = study.dry_run(*arguments, check=False)
    assert result.returncode == 1
    assert message in result.stdout
    assert "Traceback" not in result.stdout
    # Snakemake's own lines: profile, default config, place of the error twice.
    assert len(result.stdout.splitlines()) <= 6


def test_an_unknown_plot_is_refused(study):
    study.configure(changed(TINY, figures={"plots": ["pie"]}))
    result = study.dry_run(check=False)
    assert result.returncode == 1
    assert "figures.plots: unknown plot pie; known are: roc" in result.stdout


def test_profiles_name_only_rules_that_exist():
    """Snakemake ignores an unknown rule in a profile without a word."""
    rules = set()
    for path in (ROOT / "workflow/rules").glob("*.smk"):
        rules |= set(re.findall(r"^ *rule (\w+):", path.read_text(), re.M))
    for path in (ROOT / "profiles").glob("*/profile.yaml"):
        profile = yaml.safe_load(path.read_text())
        for key in ("set-resources", "set-threads"):
            assert set(profile.get(key, {})) <= rules, f"{path}: {key}"
