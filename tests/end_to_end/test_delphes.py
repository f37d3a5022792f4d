"""Delphes files to the ROC figure."""

import json

import pandas as pd
import pytest

from delphes_files import showers, write_delphes
from leptonid.study.layout import CLASSES
from tiny_study import TINY

# As few jobs as a ROC figure takes: one network, on the image and the variables.
NETWORK = {"inputs": ["et", "hl"], "blocks": 1, "filters": 2, "dense": 1, "units": 4, "dropout": 0.0}
CONFIG = {
    "data": {
        "source": "delphes",
        "delphes": {"signal": ["signal.root"], "background": ["background.root"], "parts": 2, "events": 200},
    },
    "efp": {"calorimeters": []},
    "train": {
        "epochs": 1,
        "restarts": 0,
        "repetitions": {"features": []},
        "features": {
            **dict.fromkeys([*TINY["train"]["features"], "mass", "ht"]),
            "mine": {**NETWORK, "learning_rate": 0.01},
        },
    },
    "search": {"searches": dict.fromkeys(["hl", "hl_and_kinematics"])},
    "figures": {"reference": "mine", "bootstraps": 20},
}


@pytest.mark.slow
def test_delphes_files_become_a_roc_figure(fresh, tmp_path):
    study = fresh.copy(tmp_path / "study")
    for seed, name in CLASSES.items():
        write_delphes(study.folder / f"{name}.root", showers(400, seed=seed))
    study.configure(CONFIG)
    study.run("results/figures/roc.png", "results/tables/auc.csv")
    results = study.folder / "results"
    assert (results / "figures/roc.png").stat().st_size > 1000
    assert (
        pd.read_csv(results / "tables/auc.csv").set_index("features").loc["mine", "inputs"]
        == "ECal image + 7 HL"
    )
    assert json.loads((results / "data/sample.json").read_text())["label"].startswith("Delphes")
    # One part in place of two makes the same sample, and no training anew.
    events = (results / "data/delphes/events.h5").read_bytes()
    delphes = {**CONFIG["data"]["delphes"], "parts": 1}
    study.configure({**CONFIG, "data": {**CONFIG["data"], "delphes": delphes}})
    study.run("results/figures/roc.png")
    assert (results / "data/delphes/events.h5").read_bytes() == events
    assert study.jobs("results/figures/roc.png") == {}
