"""Samples of other detectors run through the whole study with a layout and a file of events alone."""

import pandas as pd
import pytest
import yaml

from layouts import JETS, JETS_YAML, PHOTONS, PHOTONS_YAML
from tiny_study import Study

SMALL = {
    "efp": {"graphs": [["d<=1"]], "kappas": [1], "betas": [1]},
    "train": {"epochs": 1, "restarts": 0, "baselines": {"trees": None, "logistic": {"iterations": 20}}},
    "search": {"passes": 1, "network": {"epochs": 1}, "searches": {"hl_irc_safe": None}},
    "figures": {"single_events": 2, "bootstraps": 20},
}


def run(folder, layout, content, config):
    """Run a whole study in a layout of its own."""
    study = Study.create(
        folder, layout, {**config, "data": {"layout": f"{layout.name}.yaml", "path": "events.h5"}}
    )
    (study.folder / f"{layout.name}.yaml").write_text(yaml.safe_dump(content, sort_keys=False))
    study.run()
    assert (study.folder / "results/report.html").stat().st_size > 1e5
    return study.folder / "results"


@pytest.mark.slow
def test_a_rectangular_image_and_three_variables(tmp_path):
    """No other config than what makes it small: the feature sets follow from the layout."""
    results = run(tmp_path / "study", PHOTONS, PHOTONS_YAML, SMALL)
    auc = pd.read_csv(results / "tables/auc.csv").set_index("features")
    networks = ["tower", "shape", "tower_and_shape", "efp", "shape_and_efp"]
    assert {*networks, "shape_logistic", "search_hl"} <= set(auc.index)
    assert auc.loc["tower_and_shape", "inputs"] == "Barrel image + 3 shapes"
    assert auc.loc["search_hl", "inputs"] == "3 shapes + chosen EFPs"
    for figure in ("barrel_mean", "barrel_single", "variables", "saliency_tower", "auc_bins", "search_hl"):
        assert (results / f"figures/{figure}.pdf").stat().st_size > 1000
    for page in ("gallery.html", "gallery_small.html"):
        assert "electron" not in (results / "figures" / page).read_text().lower()


@pytest.mark.slow
def test_three_images_and_nine_variables(tmp_path):
    network = {"dense": 1, "units": 4, "dropout": 0.0, "learning_rate": 0.01}
    images = {"inputs": ["front", "middle", "back"], "blocks": 1, "filters": 2, **network}
    features = {"images": images, "moments": {"inputs": ["moments"], **network}}
    config = {
        **SMALL,
        "efp": {**SMALL["efp"], "calorimeters": []},
        "train": {**SMALL["train"], "features": features},
        "search": {"searches": {"hl": None, "hl_irc_safe": None}},
    }
    results = run(tmp_path / "study", JETS, JETS_YAML, config)
    auc = pd.read_csv(results / "tables/auc.csv").set_index("features")
    assert auc.loc["images", "inputs"] == "Layer 1 + Layer 2 + Layer 3 images"
    for layer in (1, 2, 3):
        assert (results / f"figures/layer{layer}_mean.png").stat().st_size > 1000
    assert len(pd.read_csv(results / "tables/auc_bins.csv")["variable"].unique()) == 1
