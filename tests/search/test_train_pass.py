"""The program that trains the network of a pass, or copies the previous one."""

import json

import pytest

from layouts import ELECTRONS
from leptonid.errors import InputError
from leptonid.study.features import contents_of
from leptonid.tables.feather import read_feather
from train import train_classifier

STOPPED = {"pass": 2, "stopped": "plateau: +0.0001 in AUC", "inputs": ["hl"]}
ALL = ["history.csv", "metrics.json", "model.keras", "model.onnx", "scores.feather"]
REPEATING = [name for name in ALL if name != "model.keras"]


def chosen(*inputs):
    return {"pass": 1, "stopped": None, "inputs": ["hl", *inputs]}


def test_the_network_of_the_base_is_that_of_a_classifier(tables, files, train_state, tmp_path, monkeypatch):
    train_state(tmp_path / "pass0")
    monkeypatch.setattr(train_classifier, "use_threads", lambda threads: None)
    layout = contents_of(["hl"], ELECTRONS.contents).as_settings()
    settings = {"inputs": ["hl"], "layout": layout, "repetition": None, **tables.network}
    options = [*tables.inputs, *files(tmp_path / "hl"), "--settings", json.dumps(settings)]
    train_classifier.main(list(map(str, options)))
    assert sorted(path.name for path in (tmp_path / "pass0").iterdir()) == ALL
    for name in REPEATING:
        assert (tmp_path / "pass0" / name).read_bytes() == (tmp_path / "hl" / name).read_bytes(), name


def test_the_network_of_a_pass_has_the_chosen_inputs(train_state, tmp_path):
    train_state(tmp_path, chosen("hcal/2_1_0_k_1_b_1", "ecal/3_2_0_k_1_b_1"))
    metrics = json.loads((tmp_path / "metrics.json").read_text())
    assert metrics["inputs"] == [
        *ELECTRONS.contents.variables["hl"],
        "hcal/2_1_0_k_1_b_1",
        "ecal/3_2_0_k_1_b_1",
    ]
    assert metrics["auc"]["test"] > 0.8
    assert len(read_feather(tmp_path / "scores.feather")) == 600


def test_a_search_that_has_stopped_keeps_its_network(train_state, tmp_path):
    previous = tmp_path / "pass1"
    previous.mkdir()
    for number, name in enumerate(ALL):
        (previous / name).write_bytes(bytes([number, 0, 255]))
    train_state(tmp_path / "pass2", STOPPED, previous)
    for name in ALL:
        assert (tmp_path / "pass2" / name).read_bytes() == (previous / name).read_bytes()


def test_a_search_that_stops_before_its_first_network_is_refused(train_state, tmp_path):
    with pytest.raises(InputError, match=r"choice\.json: the search stopped \(plateau.* give it a base"):
        train_state(tmp_path, STOPPED)
    assert not (tmp_path / "model.keras").exists()
