"""Samples of other detectors run through the whole study with a layout and a file of events alone."""

import shutil

import pandas as pd
import pytest
import yaml

from layouts import JETS, JETS_YAML, PHOTONS, PHOTONS_YAML
from security.test_names import LABEL, NAME
from tiny_study import Study

SMALL = {
    "efp": {"graphs": [["d<=1"]], "kappas": [1], "betas": [1]},
    "train": {"epochs": 1, "restarts": 0, "baselines": {"trees": None, "logistic": {"iterations": 20}}},
    "search": {"passes": 1, "seeds": [0], "searches": {"hl_and_kinematics": None}},
    "figures": {"single_events": 2, "bootstraps": 20},
}


def run(folder, layout, content, config, name="study", label=None):
    """Run a whole study in a layout of its own; `name` is that of its folder and files."""
    data = {"layout": f"{name}.yaml", "path": f"{name}.h5", "label": label}
    study = Study.create(folder / name, layout, {**config, "data": data, "results": f"{name}/results"})
    shutil.move(study.folder / "events.h5", study.folder / f"{name}.h5")
    (study.folder / f"{name}.yaml").write_text(yaml.safe_dump(content, sort_keys=False))
    study.run()
    results = study.folder / name / "results"
    assert (results / "report.html").stat().st_size > 1e5
    return results


@pytest.fixture(scope="module")
def photons(tmp_path_factory):
    """The results of a study with an image and three variables, whose names and label shells could run."""
    return run(tmp_path_factory.mktemp("photons"), PHOTONS, PHOTONS_YAML, SMALL, NAME, LABEL)


@pytest.mark.slow
def test_names_and_labels_reach_no_shell(photons):
    assert (photons / "logs/train/shape/seed0.log").is_file()
    assert (photons / "benchmarks/data/check_events.jsonl").is_file()
    assert list(photons.parents[2].rglob("canary*")) == []


@pytest.mark.slow
def test_a_rectangular_image_and_three_variables(photons):
    """No other config than what makes it small: the feature sets follow from the layout."""
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
def test_three_images_and_nine_variables(tmp_path):
    network = {"dense": 1, "units": 4, "dropout": 0.0, "learning_rate": 0.01}
    images = {"inputs": ["front", "middle", "back"], "blocks": 1, "filters": 2, **network}
    features = {"images": images, "moments": {"inputs": ["moments"], **network}}
    config = {
        **SMALL,
        "efp": {**SMALL["efp"], "calorimeters": []},
        "train": {**SMALL["train"], "features": features},
        "search": {"searches": {"hl": None, "hl_and_kinematics": None}},
    }
    results = run(tmp_path, JETS, JETS_YAML, config)
    auc = pd.read_csv(results / "tables/auc.csv").set_index("features")
    assert auc.loc["images", "inputs"] == "Layer 1 + Layer 2 + Layer 3 images"
    for layer in (1, 2, 3):
        assert (results / f"figures/layer{layer}_mean.png").stat().st_size > 1000
    # One of the kinematics, and the number of cells.
    assert len(pd.read_csv(results / "tables/auc_bins.csv")["variable"].unique()) == 2
