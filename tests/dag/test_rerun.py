"""After a complete run, a change reruns what depends on it and nothing else."""

import os
import random
import shutil
from collections import Counter

import h5py
import pytest
import yaml

from layouts import ELECTRONS, write_events_of
from tiny_study import GREEDY

LIBRARY = "workflow/scripts/leptonid"
PAGES = ["build_gallery", "build_report"]
# After every job that is measured.
RECORD = ["tabulate_resources", "plot_resources", *PAGES]
# What all numbers and figures of classifiers are made of.
SCORES = [
    "evaluate_auc", "evaluate_metrics", "evaluate_roc", "compare_classifiers", "plot_roc", "plot_baselines",
    "plot_metrics", "tabulate_auc", "tabulate_metrics", "tabulate_comparisons", "sample_events",
    "build_explorer", "write_summary", *RECORD,
]  # fmt: skip
COMPARISON = ["plot_history", *SCORES]
TRAININGS = {
    "train_classifier": 3, "train_baseline": 7, "map_images": 1, "plot_maps": 1, "permute_inputs": 3,
    "plot_importance": 3,
}  # fmt: skip
NETWORKS = {**TRAININGS, "train_baseline": 0}
WITH_EFPS = {"train_classifier": 1, "train_baseline": 2, "permute_inputs": 1, "plot_importance": 1}
EVALUATED_SEARCHES = {"evaluate_search": 2, "tabulate_search": 2, "plot_search": 2, "tabulate_candidates": 1}
SEARCHES = {
    **EVALUATED_SEARCHES, "score_candidates": 2, "train_candidates": 2, "choose_observable": 3,
    "train_pass": 4,
}  # fmt: skip
# Other test EFPs: neither the greedy search nor the first pass of the other chooses by what depends on them.
WITH_TEST_EVENTS = {**SEARCHES, "train_candidates": 0, "score_candidates": 1, "choose_observable": 1}
# The candidates of all searches are tabulated together.
ONE_SEARCH = {rule: (count + 1) // 2 for rule, count in EVALUATED_SEARCHES.items()}
SAMPLE = {"histogram_variables": 1, "plot_variables": 1, "average_images": 2, "plot_images": 2}
EVERYTHING = Counter(
    {
        **dict.fromkeys(
            ["check_events", "describe_sample", "compile_kernels", "list_all_graphs", "draw_graphs",
             "find_duplicates", *COMPARISON],
            1,
        ),
        **TRAININGS, **SEARCHES, **SAMPLE,
        "split_events": 3, "extract_cells": 6, "compute_scalars": 3, "list_graphs": 2, "compute_efps": 8,
    }
)  # fmt: skip
# Whatever shows the label.
LABELLED = Counter(
    {
        **dict.fromkeys(
            ["describe_sample", "plot_roc", "tabulate_auc", "tabulate_metrics", "tabulate_comparisons",
             "plot_metrics", "plot_baselines", "plot_history", "plot_variables", "build_explorer",
             "write_summary", *RECORD],
            1,
        ),
        "plot_images": 2, "plot_maps": 1, "plot_importance": 3, "tabulate_search": 2, "plot_search": 2,
    }
)  # fmt: skip


def jobs(*rules, **counts):
    """Return a count of 1 for each rule, and the given counts."""
    return +Counter({**dict.fromkeys(rules, 1), **counts})


def edit(name):
    """Return a change that adds a comment to a file."""

    def change(study):
        path = study.folder / name
        path.write_text(path.read_text() + "\n# A comment.\n")

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


def several(*changes):
    """Return a change that makes several."""

    def change(study):
        for one in changes:
            one(study)

    return change


def touch_everything(study):
    # A folder lists its files in an order of the machine's own.
    paths = sorted(
        path for path in study.folder.rglob("*") if path.is_file() and ".snakemake" not in path.parts
    )
    random.Random(0).shuffle(paths)
    for path in paths:
        os.utime(path)


def reorder_keys(study):
    def reverse(value, name=None):
        if not isinstance(value, dict):
            return value
        # The order of classifiers decides their colours.
        keys = value if name in ("features", "baselines", "searches") else reversed(value)
        return {key: reverse(value[key], key) for key in keys}

    for name in ("tiny.yaml", "config/config.yaml"):
        path = study.folder / name
        path.write_text(yaml.safe_dump(reverse(yaml.safe_load(path.read_text())), sort_keys=False))


def swap_patiences(study):
    configure("train", "patience", value=2)(study)
    configure("train", "learning_rate_patience", value=5)(study)


def move_graphs_to_an_override(study):
    configure("efp", "overrides", value={"ecal": {"graphs": study.config["efp"]["graphs"]}})(study)
    configure("efp", "graphs", value=[["d<=2", "p==1"]])(study)


def change_an_event(study):
    with h5py.File(study.folder / "events.h5", "r+") as file:
        file["mass/test"][3] += 1


def more_events(study):
    write_events_of(ELECTRONS, study.folder / "events.h5", train=60, valid=16, test=24)


def retitle(study):
    path = study.folder / "config/layouts/electrons.yaml"
    text = path.read_text()
    assert "title: HCal" in text
    path.write_text(text.replace("title: HCal", "title: Hadronic calorimeter"))


def remove(name):
    def change(study):
        (study.folder / name).unlink()

    return change


CHANGES = {
    "touching all files and reordering keys": (several(touch_everything, reorder_keys), Counter()),
    "editing what no finished job runs": (
        several(
            edit(f"{LIBRARY}/efp/check.py"),
            edit(f"{LIBRARY}/data/simulation/electrons/detector.py"),
            configure("train", "gpus", value=2),
            configure("train", "tuning", "trials", value=7),
            configure("data", "simulation", "seed", value=5),
        ),
        # The report holds the config.
        jobs("build_report"),
    ),
    "another event": (change_an_event, EVERYTHING),
    # Three chunks of training events instead of two, for both calorimeters.
    "more events": (more_events, EVERYTHING + Counter(compute_efps=2)),
    # One chunk of training events; the others were in one before.
    "larger chunks": (
        configure("efp", "chunk", value=40),
        jobs("find_duplicates", *COMPARISON, compute_efps=2, **WITH_EFPS, **SEARCHES),
    ),
    "editing what all programs use": (edit(f"{LIBRARY}/tables/files.py"), EVERYTHING),
    "another label": (configure("data", "label", value="mine"), LABELLED),
    "editing the EFP engine": (
        edit(f"{LIBRARY}/efp/engine.py"),
        jobs("compile_kernels", "find_duplicates", *COMPARISON, compute_efps=8, **WITH_EFPS, **SEARCHES),
    ),
    "editing a kind of network": (
        edit(f"{LIBRARY}/train/networks/cnn.py"),
        jobs(*COMPARISON, **NETWORKS, **SEARCHES),
    ),
    "editing a figure and a caption": (
        several(edit(f"{LIBRARY}/figures/images.py"), edit("workflow/report/roc.rst")),
        jobs(*RECORD, plot_images=2),
    ),
    "the units of one network and the threshold": (
        several(
            configure("train", "features", "hl_and_efp", "units", value=5),
            configure("figures", "threshold", value=0.4),
        ),
        jobs(*COMPARISON, train_classifier=1, permute_inputs=1, plot_importance=1),
    ),
    # It is pass 0 of a search.
    "the units of the network of a base": (
        configure("train", "features", "hl", "units", value=5),
        jobs(*COMPARISON, **SEARCHES, train_classifier=1, permute_inputs=1, plot_importance=1),
    ),
    "one more seed of a search": (
        configure("search", "searches", "hl", value={"seeds": [0, 1]}),
        jobs(*COMPARISON, **ONE_SEARCH, train_classifier=1, train_pass=4, score_candidates=2,
             choose_observable=2),
    ),
    "swapping two numbers": (swap_patiences, jobs(*COMPARISON, **NETWORKS, **SEARCHES)),
    "toggling a boolean": (
        configure("train", "weights", value=False),
        jobs("describe_sample", *COMPARISON, **TRAININGS, **SEARCHES, **SAMPLE, split_events=3),
    ),
    "one more random split": (
        configure("train", "repetitions", "shuffles", value=2),
        jobs("evaluate_auc", "plot_roc", "tabulate_auc", "plot_baselines", "build_explorer", "write_summary",
             *RECORD, train_baseline=1),
    ),
    "other graphs on one calorimeter": (
        move_graphs_to_an_override,
        jobs("list_graphs", "list_all_graphs", "draw_graphs", "find_duplicates", *COMPARISON,
             **WITH_EFPS, **SEARCHES, compute_efps=4),
    ),
    "one more pass": (
        configure("search", "searches", "hl", value={"passes": 3}),
        jobs(*SCORES, **ONE_SEARCH, score_candidates=1, choose_observable=1, train_pass=1),
    ),
    "other candidates of one search": (
        configure("search", "searches", "greedy", value={**GREEDY, "betas": [1]}),
        jobs(*SCORES, **ONE_SEARCH, train_candidates=2, choose_observable=1, train_pass=2),
    ),
    "editing the decision ordering": (
        edit(f"{LIBRARY}/metrics/ordering.py"),
        jobs(*SCORES, **SEARCHES),
    ),
    "removing an EFP table": (
        remove("results/efp/hcal/test/0.feather"),
        jobs(*COMPARISON, compute_efps=1, **WITH_EFPS, **WITH_TEST_EVENTS),
    ),
    "removing a figure": (remove("results/figures/roc.png"), jobs("plot_roc", *RECORD)),
}  # fmt: skip


@pytest.mark.parametrize("case", CHANGES)
def test_a_change_reruns_what_depends_on_it(finished, tmp_path, case):
    change, expected = CHANGES[case]
    study = finished.copy(tmp_path / "study")
    change(study)
    assert study.jobs() == expected


def test_another_title_of_the_layout_redraws(finished, tmp_path):
    study = finished.copy(tmp_path / "study")
    retitle(study)
    assert all(rule.startswith(("plot", "tabulate", "build", "write")) for rule in study.jobs())
    assert study.jobs()["plot_images"] == 1


def test_the_overlay_of_the_best_network_changes_just_its_trainings(finished, tmp_path):
    study = finished.copy(tmp_path / "study")
    best = {"train": {"features": {"hl": {"dense": 2, "units": 5, "dropout": 0.1, "learning_rate": 1e-4}}}}
    (study.folder / "best.yaml").write_text(yaml.safe_dump(best))
    assert study.jobs("train", "--configfile", "tiny.yaml", "best.yaml") == {"train_classifier": 1}


def test_the_check_of_efp_tables_runs_whenever_it_is_asked_for(finished):
    assert finished.jobs("check_efps") == {"check_efps": 1}


def test_a_second_run_does_nothing(finished, tmp_path):
    study = finished.copy(tmp_path / "study")
    result = study.run()
    assert "Nothing to be done" in result.stdout


def test_files_that_change_places_are_checked_again(fresh, tmp_path):
    """Snakemake compares inputs and parameters as sets, which stay the same."""
    study = fresh.copy(tmp_path / "study")
    paths = {"train": "events.h5", "valid": "a.h5", "test": "b.h5"}
    for name in ("a.h5", "b.h5"):
        shutil.copy(study.folder / "events.h5", study.folder / name)
    study.configure({**study.config, "data": {"path": paths}})
    study.run("data")
    assert not study.jobs("data")
    study.configure({**study.config, "data": {"path": {**paths, "valid": "b.h5", "test": "a.h5"}}})
    assert study.jobs("data")["check_events"] == 1
