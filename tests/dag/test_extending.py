"""The worked examples of docs/extending.md: a standard change needs the one place that the page names."""

import pytest
import yaml

from tiny_study import TINY

LIBRARY = "workflow/scripts/leptonid"


def insert(study, name, before, text):
    """Write text into a file of the study, in front of some other text."""
    path = study.folder / name
    content = path.read_text()
    assert before in content
    path.write_text(content.replace(before, text + before, 1))


def test_a_figure_is_a_rule_and_its_name(finished, tmp_path):
    study = finished.copy(tmp_path / "study")
    rule = """

rule plot_more:
    output:
        "<results>/figures/more.pdf",
        "<results>/figures/more.png",
    shell:
        "touch {output:q}"
"""
    path = study.folder / "workflow/rules/figures.smk"
    path.write_text(path.read_text().replace("PLOTS = {", 'PLOTS = {\n    "more": ["more"],') + rule)
    plots = yaml.safe_load((study.folder / "config/config.yaml").read_text())["figures"]["plots"]
    study.configure({**TINY, "figures": {**TINY["figures"], "plots": [*plots, "more"]}})
    record = ["tabulate_resources", "plot_resources", "build_gallery", "build_report"]
    assert set(study.jobs()) - set(record) == {"plot_more"}


def test_a_feature_set_is_an_entry_of_the_config(finished, tmp_path):
    study = finished.copy(tmp_path / "study")
    config = study.config
    config["train"]["features"]["mine"] = {
        "inputs": ["mass", "R_had"], "dense": 1, "units": 2, "dropout": 0.0, "learning_rate": 0.01,
    }  # fmt: skip
    study.configure(config)
    jobs = study.jobs("train")
    assert jobs == {"train_classifier": 1, "train_baseline": 2}


@pytest.mark.slow
def test_a_kind_of_network_is_a_file_and_its_name(finished, tmp_path):
    study = finished.copy(tmp_path / "study")
    (study.folder / LIBRARY / "train/networks/wide.py").write_text(
        '''"""One wide layer."""

import keras

from leptonid.train.networks.dense import join


def last_hidden(inputs, settings, options):
    """Return one layer of ten times as many units, see `leptonid.train.networks`."""
    return keras.layers.Dense(10 * settings["units"], activation="tanh", name="wide", **options)(
        join(list(inputs.values()), options)
    )
'''
    )
    insert(
        study,
        f"{LIBRARY}/train/networks/classifier.py",
        "KINDS = {",
        "from leptonid.train.networks import wide\n\n",
    )
    insert(study, f"{LIBRARY}/train/networks/classifier.py", '"dense": dense', '"wide": wide, ')
    insert(
        study,
        f"{LIBRARY}/study/classifiers.py",
        '    "dense": {',
        '    "wide": {"images": False, "sets": False, "settings": (), "optional": (), "title": ""},\n',
    )
    config = study.config
    config["train"]["features"]["hl"]["kind"] = "wide"
    study.configure(config)
    study.run("results/train/hl/seed0/scores.feather")
    metrics = yaml.safe_load((study.folder / "results/train/hl/seed0/metrics.json").read_text())
    assert metrics["kind"] == "wide"
    assert metrics["parameters"] == (7 + 1) * 40 + (40 + 1)


def test_a_cluster_is_a_profile(fresh, tmp_path):
    study = fresh.copy(tmp_path / "study")
    folder = study.folder / "profiles/mine"
    folder.mkdir()
    profile = yaml.safe_load((study.folder / "profiles/slurm/profile.yaml").read_text())
    profile["default-resources"]["slurm_partition"] = "physics"
    (folder / "profile.yaml").write_text(yaml.safe_dump(profile))
    printed = study.dry_run("--workflow-profile", "profiles/mine", "data").stdout
    assert "slurm_partition=physics" in printed
