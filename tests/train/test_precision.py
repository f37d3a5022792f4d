"""Mixed precision: only where the processor is made for it, and without moving the result."""

import numpy as np
import pytest

from leptonid.train.epochs import Epochs
from leptonid.train.inputs import Sample
from leptonid.train.metrics import auc, auc_uncertainty
from leptonid.train.networks import build_classifier
from leptonid.train.precision import has_bfloat16, usable_precision
from leptonid.train.training import make_reproducible, predict, train
from synthetic import synthetic_split


@pytest.mark.parametrize(
    ("flags", "expected"),
    [("fpu avx512f avx512_bf16", True), ("fpu amx_bf16", True), ("fpu avx512f avx512_vnni", False)],
)
def test_the_processors_flags_decide(tmp_path, flags, expected):
    path = tmp_path / "cpuinfo"
    path.write_text(f"processor\t: 0\nflags\t\t: {flags}\nbogomips\t: 4800\n\nflags\t\t: {flags}\n")
    assert has_bfloat16(path) == expected


def test_without_a_list_of_flags_there_is_no_bfloat16(tmp_path):
    assert not has_bfloat16(tmp_path / "none")
    (tmp_path / "arm").write_text("processor : 0\nFeatures : fp asimd\n")
    assert not has_bfloat16(tmp_path / "arm")


def test_mixed_precision_falls_back_to_float32_and_says_so(monkeypatch, caplog):
    monkeypatch.setattr("leptonid.train.precision.has_bfloat16", lambda: False)
    assert usable_precision("mixed_bfloat16") == "float32"
    assert "this processor has no bfloat16; training in float32" in caplog.text
    monkeypatch.setattr("leptonid.train.precision.has_bfloat16", lambda: True)
    assert usable_precision("mixed_bfloat16") == "mixed_bfloat16"
    assert usable_precision("float32") == "float32"


def images(events, seed):
    split = synthetic_split(events, seed)
    x = {"et": split["et"], "flat": split["hl"].astype(float)}
    return Sample(np.arange(events), np.full(events, "train"), split["y"], np.ones(events), x)


def test_mixed_precision_moves_the_auc_by_less_than_its_uncertainty(tmp_path):
    """On any processor, as bfloat16 is emulated where it is missing."""
    training, valid, test = images(1500, 0), images(400, 1), images(1000, 2)
    network = {"blocks": 1, "filters": 4, "dense": 1, "units": 8, "dropout": 0.0}
    settings = {
        "epochs": 3, "batch": 64, "patience": 3, "learning_rate": 0.003, "learning_rate_factor": 0.3,
        "learning_rate_patience": 3, "weights": False, "seed": 0,
    }  # fmt: skip
    found = {}
    for precision in ("float32", "mixed_bfloat16"):
        make_reproducible(0)
        model = build_classifier(training.x, training.weight, network, "log", precision=precision)
        model, _ = train(model, training, valid, settings, Epochs(tmp_path / precision, ""))
        found[precision] = predict(model, test)
    aucs = [auc(test.y, score) for score in found.values()]
    assert not np.array_equal(*found.values())
    assert aucs[0] > 0.8
    assert abs(aucs[0] - aucs[1]) < auc_uncertainty(test.y, found["float32"])
