"""The program that trains the network of a pass, or keeps that of the pass before."""

import json

import pytest

import train_classifier
from leptonid.errors import InputError
from leptonid.storage import HL, read_feather
from leptonid.train.epochs import Epochs

STOPPED = {"pass": 2, "stopped": "plateau: +0.0001 in AUC", "inputs": ["hl"]}
ALL = ["history.csv", "metrics.json", "model.keras", "model.onnx", "scores.feather"]
REPEATING = [name for name in ALL if name != "model.keras"]


class KilledError(BaseException):
    """In place of a kill: nothing catches it."""


def chosen(*inputs):
    return {"pass": 1, "stopped": None, "inputs": ["hl", *inputs]}


def test_the_network_of_the_base_is_that_of_a_classifier(tables, files, train_state, tmp_path, monkeypatch):
    train_state(tmp_path / "pass0")
    monkeypatch.setattr(train_classifier, "use_threads", lambda threads: None)
    settings = {"inputs": ["hl"], "repetition": None, **tables.network}
    options = [*tables.inputs, *files(tmp_path / "hl"), "--settings", json.dumps(settings)]
    train_classifier.main(list(map(str, options)))
    assert sorted(path.name for path in (tmp_path / "pass0").iterdir()) == ALL
    for name in REPEATING:
        assert (tmp_path / "pass0" / name).read_bytes() == (tmp_path / "hl" / name).read_bytes(), name


def test_the_network_of_a_pass_has_what_was_chosen(train_state, tmp_path):
    train_state(tmp_path, chosen("hcal/2_1_0_k_1_b_1", "ecal/3_2_0_k_1_b_1"))
    metrics = json.loads((tmp_path / "metrics.json").read_text())
    assert metrics["inputs"] == [*HL, "hcal/2_1_0_k_1_b_1", "ecal/3_2_0_k_1_b_1"]
    assert metrics["auc"]["test"] > 0.85
    assert len(read_feather(tmp_path / "scores.feather")) == 600


def test_a_search_that_has_stopped_keeps_its_network(train_state, tmp_path):
    before = tmp_path / "pass1"
    before.mkdir()
    for number, name in enumerate(ALL):
        (before / name).write_bytes(bytes([number, 0, 255]))
    train_state(tmp_path / "pass2", STOPPED, before)
    for name in ALL:
        assert (tmp_path / "pass2" / name).read_bytes() == (before / name).read_bytes()


def test_a_search_that_stops_before_it_has_a_network_is_told(train_state, tmp_path):
    with pytest.raises(InputError, match=r"choice\.json: the search has stopped \(plateau.* give it a base"):
        train_state(tmp_path, STOPPED)
    assert not (tmp_path / "model.keras").exists()


def test_a_killed_training_goes_on_and_ends_the_same(train_state, tmp_path, monkeypatch, caplog):
    choice = chosen("hcal/2_1_0_k_1_b_1")
    train_state(tmp_path / "whole", choice)
    keep = Epochs.keep

    def dies(epochs, model, row, stopped):
        if row["epoch"] == 3:
            raise KilledError
        keep(epochs, model, row, stopped)

    with monkeypatch.context() as patch:
        patch.setattr(Epochs, "keep", dies)
        with pytest.raises(KilledError):
            train_state(tmp_path / "killed", choice)
    with caplog.at_level("INFO"):
        train_state(tmp_path / "killed", choice)
    assert "2 epochs were done before" in caplog.messages
    for name in REPEATING:
        assert (tmp_path / "killed" / name).read_bytes() == (tmp_path / "whole" / name).read_bytes(), name
    assert not (tmp_path / "killed/model.epochs").exists()
