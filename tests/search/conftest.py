"""Tables of a search in which the black box depends on one of several observables."""

import json
from types import SimpleNamespace

import numpy as np
import pyarrow as pa
import pytest

from layouts import ELECTRONS
from leptonid.efp.graphs import Graph, graph_table
from leptonid.study.features import contents_of
from leptonid.study.paths import SPLITS
from leptonid.tables.feather import write_feather
from leptonid.tables.files import write_json
from search import train_pass

EVENTS = {"train": 300, "valid": 200, "test": 100}
# The planted one is not the first that a job trains.
OBSERVABLES = ("3_2_0_k_1_b_1", "2_1_0_k_1_b_1")
SPACE = [(calorimeter, name) for calorimeter in ("ecal", "hcal") for name in OBSERVABLES]
PLANTED = ("hcal", "2_1_0_k_1_b_1")
NETWORK = {
    "kind": "dense", "dense": 2, "units": 8, "dropout": 0.1, "learning_rate": 0.01, "epochs": 3, "batch": 16,
    "patience": 3, "learning_rate_factor": 0.5, "learning_rate_patience": 2, "image_scaling": "log",
    "image_pixels": "file", "scaling": "standard",
    "weights": True, "negative_weights": "refuse",
    "initialisation": "glorot_uniform", "precision": "float32", "restarts": 0, "seed": 0, "seeds": [0],
}  # fmt: skip
HL = ELECTRONS.contents.variables["hl"]
LAYOUT = contents_of(["hl", "efp_ecal", "efp_hcal"], ELECTRONS.contents).as_settings()
STATE = ("model.keras", "model.onnx", "history.csv", "scores.feather", "metrics.json")


@pytest.fixture(scope="session")
def tables(tmp_path_factory):
    """Inputs of a search as options of the programs; values differ between the splits."""
    folder = tmp_path_factory.mktemp("tables")
    scores = []
    for seed, (split, count) in enumerate(EVENTS.items()):
        rng = np.random.default_rng(seed)
        y = np.arange(count) % 2
        weight = np.random.default_rng(10 + seed).uniform(0.5, 1.5, count)
        events = {"event": np.arange(count), "y": y.astype(np.int8), "weight": weight}
        events |= {name: rng.normal(0.2 * y) for name in HL}
        write_feather(pa.table(events), folder / f"{split}.feather", {"split": split})
        values = {key: rng.normal(2 * y if key == PLANTED else 0.2 * y) for key in SPACE}
        for calorimeter in ("ecal", "hcal"):
            table = {"event": events["event"], **{name: values[calorimeter, name] for name in OBSERVABLES}}
            metadata = {"split": split, "calorimeter": calorimeter, "coordinates": "physical"}
            write_feather(pa.table(table), folder / f"{calorimeter}_{split}.feather", metadata)
        score = 1 / (1 + np.exp(-values[PLANTED] - 0.2 * events["R_had"]))
        named = pa.array([split] * count)
        scores.append(
            pa.table(
                {
                    **{name: events[name] for name in ("event", "y", "weight")},
                    "score": score,
                    "split": named,
                    "role": named,
                }
            )
        )
    write_feather(pa.concat_tables(scores), folder / "box.feather")

    calorimeters, names = zip(*SPACE, strict=True)
    write_feather(pa.table({"calorimeter": calorimeters, "observable": names}), folder / "unique.feather")
    nothing = pa.array([], pa.string())
    duplicates = pa.table({"calorimeter": nothing, "observable": nothing, "equals": nothing})
    write_feather(duplicates, folder / "duplicates.feather")
    graphs = [Graph(2, 1, 0, 2, ((0, 1),)), Graph(3, 2, 0, 2, ((0, 1), (1, 2)))]
    write_feather(graph_table({"ecal": graphs, "hcal": graphs}), folder / "graphs.feather")
    efps = [folder / f"{calorimeter}_{split}.feather" for calorimeter in ("ecal", "hcal") for split in SPLITS]
    return SimpleNamespace(
        space=SPACE,
        planted=PLANTED,
        network=NETWORK,
        layout=LAYOUT,
        box=folder / "box.feather",
        inputs=[
            *("--events", *(folder / f"{split}.feather" for split in SPLITS)),
            *("--efps", *efps, "--unique", folder / "unique.feather"),
        ],
        space_files=["--duplicates", folder / "duplicates.feather", "--graphs", folder / "graphs.feather"],
    )


@pytest.fixture
def files():
    """Return a function that gives the options for the files of a network in a folder."""

    def options(folder):
        names = ("--model", "--onnx", "--history", "--scores", "--metrics")
        return [part for name, file in zip(names, STATE, strict=True) for part in (name, folder / file)]

    return options


@pytest.fixture
def train_state(tables, files, monkeypatch):
    """Return a function that trains the network of a pass into a folder."""
    # TensorFlow cannot change its threads after other tests have used it.
    monkeypatch.setattr(train_pass, "use_threads", lambda threads: None)

    def run(folder, choice=None, previous=None, **settings):
        options = [*tables.inputs, *files(folder)]
        options += [
            "--settings",
            json.dumps({"base": ["hl"], "layout": LAYOUT, **tables.network, **settings}),
        ]
        if choice:
            folder.mkdir(exist_ok=True)
            write_json(choice, folder / "choice.json")
            options += ["--choice", folder / "choice.json"]
        if previous:
            options += ["--previous", *(previous / name for name in STATE)]
        train_pass.main(list(map(str, options)))

    return run
