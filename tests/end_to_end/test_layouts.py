"""Samples of other detectors run through the whole study with a layout and a file of events alone."""

import h5py
import numpy as np
import pandas as pd
import pytest
import yaml

from data.test_event_tables import columns_of, write
from layouts import JETS, JETS_YAML, PHOTONS, PHOTONS_YAML
from leptonid.study.paths import SPLITS
from security.test_names import LABEL, NAME
from tiny_study import Study

SMALL = {
    "efp": {"graphs": [["d<=1"]], "kappas": [1], "betas": [1]},
    "train": {"epochs": 1, "restarts": 0, "baselines": {"trees": None, "logistic": {"iterations": 20}}},
    "search": {"passes": 1, "seeds": [0], "searches": {"hl_and_kinematics": None}},
    "figures": {"single_events": 2, "bootstraps": 20},
}


def as_table(source, layout, target):
    """Write the events of a file as Parquet."""
    write(columns_of(source, layout), target.with_suffix(".parquet"))
    return {"source": "table", "path": target.with_suffix(".parquet").name}


def in_another_form(source, layout, target):
    """Write the events of a file without splits, with one-hot labels and images without channel axis."""
    path = target.with_suffix(".h5")
    with h5py.File(source) as file, h5py.File(path, "w") as other:
        for name in file:
            values = np.concatenate([file[name][split][:] for split in SPLITS])
            if name == layout.events["label"]:
                values = np.eye(2)[values]
            other[name] = values[..., 0] if name in layout.images else values
    return {"path": path.name}


def run(folder, layout, content, config, change, name="study", label=None, targets=()):
    """Run a study, the whole one or targets, in a layout of its own; `name` is that of its folder and files.

    `change` writes the events of an HDF5 file anew, and returns what the config says of them.
    """
    study = Study.create(folder / name, layout, {})
    data = change(study.folder / "events.h5", layout, study.folder / name)
    data |= {"layout": f"{name}.yaml", "label": label}
    study.configure({**config, "data": data, "results": f"{name}/results"})
    (study.folder / f"{name}.yaml").write_text(yaml.safe_dump(content, sort_keys=False))
    study.run(*(f"{name}/results/{target}" for target in targets))
    return study.folder / name / "results"


@pytest.fixture(scope="module")
def photons(tmp_path_factory):
    """The results of a study with an image and three variables, whose names and label shells could run."""
    return run(tmp_path_factory.mktemp("photons"), PHOTONS, PHOTONS_YAML, SMALL, in_another_form, NAME, LABEL)


@pytest.mark.slow
def test_names_and_labels_reach_no_shell(photons):
    assert (photons / "logs/train/shape/seed0.log").is_file()
    assert (photons / "benchmarks/data/check_events.jsonl").is_file()
    assert list(photons.parents[2].rglob("canary*")) == []


@pytest.mark.slow
def test_a_rectangular_image_and_three_variables(photons):
    """No other config than what makes it small: the feature sets follow from the layout."""
    assert (photons / "report.html").stat().st_size > 1e5
    auc = pd.read_csv(photons / "tables/auc.csv").set_index("features")
    networks = ["tower", "shape", "tower_and_shape", "efp", "shape_and_efp"]
    assert {*networks, "shape_logistic", "search_hl"} <= set(auc.index)
    assert auc.loc["tower_and_shape", "inputs"] == "Barrel image + 3 shapes"
    assert auc.loc["search_hl", "inputs"] == "3 shapes + chosen observables"
    for figure in ("barrel_mean", "barrel_single", "variables", "saliency_tower", "auc_bins", "search_hl"):
        assert (photons / f"figures/{figure}.pdf").stat().st_size > 1000
    for page in ("gallery.html", "gallery_small.html"):
        assert "electron" not in (photons / "figures" / page).read_text().lower()


@pytest.mark.slow
def test_three_images_and_nine_variables_from_a_table(tmp_path):
    network = {"dense": 1, "units": 4, "dropout": 0.0, "learning_rate": 0.01}
    images = {"inputs": ["front", "middle", "back"], "blocks": 1, "filters": 2, **network}
    all_images = "front_and_middle_and_back"
    features = {"images": images, "moments": {"dense": 1, "units": 4, "learning_rate": 0.01}}
    features |= dict.fromkeys(
        ["front", "middle", "back", all_images, f"{all_images}_and_moments", "moments_and_kinematics"]
    )
    config = {
        **SMALL,
        "efp": {**SMALL["efp"], "calorimeters": []},
        "train": {**SMALL["train"], "features": features},
        "search": {"searches": {"hl": None, "hl_and_kinematics": None}},
    }
    targets = ["tables/auc.csv", "tables/auc_bins.csv", "figures/roc.pdf"]
    targets += [f"figures/layer{layer}_mean.png" for layer in (1, 2, 3)]
    results = run(tmp_path, JETS, JETS_YAML, config, as_table, targets=targets)
    auc = pd.read_csv(results / "tables/auc.csv").set_index("features")
    assert auc.loc["images", "inputs"] == "Layer 1 + Layer 2 + Layer 3 images"
    assert (results / "figures/roc.pdf").stat().st_size > 1000
    for layer in (1, 2, 3):
        assert (results / f"figures/layer{layer}_mean.png").stat().st_size > 1000
    # One of the kinematics, and the number of cells.
    assert len(pd.read_csv(results / "tables/auc_bins.csv")["variable"].unique()) == 2
