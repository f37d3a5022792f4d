"""After a complete run, a change reruns the stages that it concerns, and no others."""

import os
import random
from collections import Counter

import pytest
import yaml

from study import GREEDY

LIBRARY = "workflow/scripts/leptonid"
PAGES = ["build_gallery", "build_report"]
# After every job that is measured.
RECORD = ["tabulate_resources", "plot_resources", *PAGES]
SCORES = [
    "plot_roc", "tabulate_auc", "tabulate_metrics", "tabulate_comparisons", "plot_metrics", "plot_baselines",
    *RECORD,
]  # fmt: skip
COMPARED = [rule for rule in SCORES if rule != "plot_baselines"]
COMPARISON = ["plot_history", *SCORES]
# Every training and what explains it, and those of the feature set with EFPs.
TRAININGS = {
    "train_classifier": 6, "train_baseline": 4, "map_images": 1, "plot_maps": 1, "permute_inputs": 3,
    "plot_importance": 3,
}  # fmt: skip
NETWORKS = {**TRAININGS, "train_baseline": 0}
OF_EFPS = {"train_classifier": 1, "train_baseline": 2, "permute_inputs": 1, "plot_importance": 1}
# Both searches; what follows from another black box, which the network of the base does not know; and from
# test events alone, which the greedy search does not choose by.
SEARCHED = {"evaluate_search": 2, "tabulate_search": 2, "plot_search": 2}
SEARCHES = {**SEARCHED, "score_candidates": 2, "train_candidates": 2, "choose_observable": 3, "train_pass": 4}
AFTER_BASE = {**SEARCHES, "train_pass": 3}
OF_TEST_EVENTS = {**SEARCHES, "train_candidates": 0, "choose_observable": 2}
ONE_SEARCH = {rule: count // 2 for rule, count in SEARCHED.items()}
# A network, its three repetitions, and what it relies on.
OF_HL = {"train_classifier": 4, "permute_inputs": 1, "plot_importance": 1}


def each(*rules, **counts):
    """Return a count of 1 for each rule, and the given counts."""
    return +Counter({**dict.fromkeys(rules, 1), **counts})


def edit(name, old=None, new=None):
    """Return a change that replaces text in a file, or adds a comment to it."""

    def change(study):
        path = study.folder / name
        text = path.read_text()
        if old is None:
            path.write_text(text + "\n# A comment.\n")
        else:
            assert old in text
            path.write_text(text.replace(old, new))

    return change


def configure(*keys, value):
    """Return a change that sets a key of the overlay."""

    def change(study):
        config = study.config
        section = config
        for key in keys[:-1]:
            section = section.setdefault(key, {})
        section[keys[-1]] = value
        study.configure(config)

    return change


def touch_everything(study):
    # The order in which a folder lists its files is the machine's.
    paths = sorted(
        path for path in study.folder.rglob("*") if path.is_file() and ".snakemake" not in path.parts
    )
    random.Random(0).shuffle(paths)
    for path in paths:
        os.utime(path)


def reorder_keys(study):
    def reverse(value):
        return {key: reverse(value[key]) for key in reversed(value)} if isinstance(value, dict) else value

    for name in ("tiny.yaml", "config/config.yaml"):
        path = study.folder / name
        path.write_text(yaml.safe_dump(reverse(yaml.safe_load(path.read_text())), sort_keys=False))


def swap_patiences(study):
    configure("train", "patience", value=2)(study)
    configure("train", "learning_rate_patience", value=5)(study)


def keep_the_graphs_of_the_ecal(study):
    configure("efp", "overrides", value={"ecal": {"graphs": study.config["efp"]["graphs"]}})(study)
    configure("efp", "graphs", value=[["d<=2", "p==1"]])(study)


def remove(name):
    def change(study):
        (study.folder / name).unlink()

    return change


def change_an_event(study):
    import h5py

    with h5py.File(study.folder / "events.h5", "r+") as file:
        file["mass/test"][3] += 1


DATA = {"split_events": 3, "extract_cells": 6}
EVERYTHING = each(
    "check_events", "compile_kernels", "list_all_graphs", "draw_graphs", "find_duplicates", "plot_variables",
    *COMPARISON,
    **DATA, **TRAININGS, **SEARCHES, list_graphs=2, compute_efps=8, plot_images=2,
)  # fmt: skip

GRAPHS_OF_ONE = each(
    "list_graphs",
    "list_all_graphs",
    "draw_graphs",
    "find_duplicates",
    *COMPARISON,
    **OF_EFPS,
    **SEARCHES,
    compute_efps=4,
)

CHANGES = {
    "nothing": (lambda study: None, Counter()),
    "touching all code and data": (touch_everything, Counter()),
    "reordering YAML keys": (reorder_keys, Counter()),
    "another event": (change_an_event, EVERYTHING),
    "editing storage, which all programs use": (edit(f"{LIBRARY}/storage.py"), EVERYTHING),
    "editing the check of events": (edit(f"{LIBRARY}/data/published.py"), EVERYTHING),
    "editing the simulation": (edit(f"{LIBRARY}/data/simulation/detector.py"), Counter()),
    "editing the EFP engine": (
        edit(f"{LIBRARY}/efp/engine.py"),
        each("compile_kernels", "find_duplicates", *COMPARISON, compute_efps=8, **OF_EFPS, **SEARCHES),
    ),
    "editing the search for numerical duplicates": (
        edit(f"{LIBRARY}/efp/numerical.py"),
        each("find_duplicates", *COMPARISON, **OF_EFPS, **SEARCHES),
    ),
    "editing the check of EFP tables": (edit(f"{LIBRARY}/efp/check.py"), Counter()),
    "editing the drawing of graphs": (
        edit(f"{LIBRARY}/efp/drawing.py"),
        each("draw_graphs", *RECORD, tabulate_search=2, plot_search=2),
    ),
    "editing the networks": (edit(f"{LIBRARY}/train/networks.py"), each(*COMPARISON, **NETWORKS, **SEARCHES)),
    "editing the image figure": (edit(f"{LIBRARY}/figures/images.py"), each(*RECORD, plot_images=2)),
    "editing one program": (
        edit("workflow/scripts/plot_variables.py"),
        each("plot_variables", *RECORD),
    ),
    "editing a caption": (edit("workflow/report/roc.rst"), each(*PAGES)),
    "the units of one network": (
        configure("train", "features", "hl", "units", value=5),
        each(*COMPARISON, **OF_HL),
    ),
    "the trees of all feature sets": (
        configure("train", "baselines", "trees", "leaves", value=7),
        each(*SCORES, train_baseline=2),
    ),
    "another share held out": (
        configure("train", "repetitions", "held_out", value=0.3),
        each("tabulate_auc", *RECORD, train_classifier=1),
    ),
    "one more random split": (
        configure("train", "repetitions", "shuffles", value=2),
        each("tabulate_auc", *RECORD, train_classifier=1),
    ),
    "settings of a tuning that no one asked for": (
        configure("train", "tuning", "trials", value=7),
        each("build_report"),
    ),
    "the threshold": (
        configure("figures", "threshold", value=0.4),
        each("tabulate_metrics", "plot_metrics", *RECORD),
    ),
    "editing the trees": (
        edit(f"{LIBRARY}/train/baselines.py"),
        each(*SCORES, train_baseline=4, **AFTER_BASE),
    ),
    "swapping two numbers": (swap_patiences, each(*COMPARISON, **NETWORKS, **SEARCHES)),
    "toggling a boolean": (
        configure("train", "weights", value=False),
        each(*COMPARISON, **TRAININGS, **SEARCHES),
    ),
    "toggling a boolean of the table and the ROC curves": (
        configure("figures", "published", value=False),
        each("plot_roc", "tabulate_auc", *RECORD),
    ),
    "adding a feature set": (
        configure(
            "train",
            "features",
            "mine",
            value={"inputs": ["mass"], "dense": 1, "units": 2, "dropout": 0.0, "learning_rate": 0.01},
        ),
        each(*COMPARISON, train_classifier=1, train_baseline=2),
    ),
    "adding a seed": (
        configure("train", "seeds", value=[0, 1]),
        each(*COMPARISON, train_classifier=3),
    ),
    "another beta": (
        configure("efp", "betas", value=[1, 3]),
        each("find_duplicates", *COMPARISON, compute_efps=8, **OF_EFPS, **SEARCHES),
    ),
    "other betas on the HCal": (
        configure("efp", "overrides", value={"hcal": {"graphs": None, "betas": [1, 3]}}),
        each("find_duplicates", *COMPARISON, compute_efps=4, **OF_EFPS, **SEARCHES),
    ),
    "other graphs on the HCal": (
        configure("efp", "overrides", value={"hcal": {"graphs": [["d<=2", "p==1"]]}}),
        GRAPHS_OF_ONE,
    ),
    "other graphs on all calorimeters but the one that keeps the old ones": (
        keep_the_graphs_of_the_ecal,
        GRAPHS_OF_ONE,
    ),
    "more chunks of one split": (
        configure("efp", "chunks", "test", value=2),
        each(*COMPARISON, compute_efps=4, **OF_EFPS, **OF_TEST_EVENTS),
    ),
    "another label": (configure("data", "label", value="mine"), EVERYTHING),
    "the simulation's settings": (configure("data", "simulation", "seed", value=5), each("build_report")),
    "one more pass": (
        configure("search", "searches", "hl", value={"passes": 3}),
        each(*COMPARED, **ONE_SEARCH, score_candidates=1, choose_observable=1, train_pass=1),
    ),
    "other powers for one search": (
        configure("search", "searches", "greedy", value={**GREEDY, "betas": [1]}),
        each(*COMPARED, **ONE_SEARCH, train_candidates=2, choose_observable=1, train_pass=1),
    ),
    "the network of the searches": (
        configure("search", "network", "units", value=5),
        each(*COMPARED, **SEARCHES),
    ),
    "editing the decision ordering": (edit(f"{LIBRARY}/ordering.py"), each(*COMPARED, **AFTER_BASE)),
    "editing the evaluation of searches": (
        edit(f"{LIBRARY}/search/evaluation.py"),
        each(*RECORD, **SEARCHED),
    ),
    "removing the network of a pass": (
        remove("results/search/hl/pass2/model.keras"),
        each(*COMPARED, **ONE_SEARCH, train_pass=1),
    ),
    "removing a figure": (remove("results/figures/roc.png"), each("plot_roc", *RECORD)),
    "removing a model": (
        remove("results/train/hl/seed0/model.keras"),
        each(*COMPARISON, **{**OF_HL, "train_classifier": 1}),
    ),
    "removing an EFP table": (
        remove("results/efp/hcal/test/0.feather"),
        each(*COMPARISON, compute_efps=1, **OF_EFPS, **OF_TEST_EVENTS),
    ),
}


@pytest.mark.parametrize("case", CHANGES)
def test_a_change_reruns_just_what_it_concerns(finished, tmp_path, case):
    change, expected = CHANGES[case]
    study = finished.copy(tmp_path / "study")
    change(study)
    assert study.jobs() == expected


def test_adding_a_figure_makes_just_that_figure(finished, tmp_path):
    """In the config, as a user does; the others stay."""
    study = finished.copy(tmp_path / "study")
    configure("figures", "plots", value=["images"])(study)
    study.run()
    for path in (study.folder / "results/figures").glob("variables.*"):
        path.unlink()
    configure("figures", "plots", value=["images", "variables"])(study)
    assert study.jobs() == each("plot_variables", *RECORD)


def test_the_check_of_efp_tables_runs_when_asked_for(finished):
    assert finished.jobs("check_efps") == each("check_efps")


def test_a_second_run_does_nothing(finished, tmp_path):
    study = finished.copy(tmp_path / "study")
    assert "Nothing to be done" in (result := study.run()).stdout + result.stderr


def test_another_figure_rule_runs_alone(finished, tmp_path):
    """As docs/extending.md says: a rule and its name in figures.smk, and the name in the config."""
    study = finished.copy(tmp_path / "study")
    path = study.folder / "workflow/rules/figures.smk"
    rule = """

rule plot_more:
    output:
        "<results>/figures/more.pdf",
        "<results>/figures/more.png",
    shell:
        "touch {output:q}"
"""
    path.write_text(path.read_text().replace("PLOTS = {", 'PLOTS = {"more": ["more"],') + rule)
    plots = ["roc", "images", "variables", "learning_curves", "more"]
    configure("figures", "plots", value=plots)(study)
    assert study.jobs() == each("plot_more", *RECORD)
