"""Mixed precision: only on processors with bfloat16, and without a change of the result."""

import numpy as np
import pytest

from leptonid.metrics.auc import auc, auc_uncertainty
from leptonid.train.epochs import Epochs
from leptonid.train.fitting import fit_network
from leptonid.train.precision import has_bfloat16, usable_precision
from leptonid.train.training import predict
from train.made_up import CNN, TRAINING, photons


@pytest.mark.parametrize(
    ("flags", "expected"),
    [("fpu avx512f avx512_bf16", True), ("fpu amx_bf16", True), ("fpu avx512f avx512_vnni", False)],
)
def test_the_flags_of_the_processor_decide(tmp_path, flags, expected):
    path = tmp_path / "cpuinfo"
    path.write_text(f"processor\t: 0\nflags\t\t: {flags}\nbogomips\t: 4800\n\nflags\t\t: {flags}\n")
    assert has_bfloat16(path) == expected


def test_without_a_list_of_flags_there_is_no_bfloat16(tmp_path):
    assert not has_bfloat16(tmp_path / "none")
    (tmp_path / "arm").write_text("processor : 0\nFeatures : fp asimd\n")
    assert not has_bfloat16(tmp_path / "arm")


def test_mixed_precision_falls_back_to_float32_with_a_warning(monkeypatch, caplog):
    monkeypatch.setattr("leptonid.train.precision.has_bfloat16", lambda: False)
    assert usable_precision("mixed_bfloat16") == "float32"
    assert "this processor has no bfloat16; training in float32" in caplog.text
    monkeypatch.setattr("leptonid.train.precision.has_bfloat16", lambda: True)
    assert usable_precision("mixed_bfloat16") == "mixed_bfloat16"
    assert usable_precision("float32") == "float32"


def test_mixed_precision_changes_the_auc_by_less_than_its_uncertainty(tmp_path):
    """On any processor, as bfloat16 is emulated where it is missing."""
    test, scores = photons(400, 2), {}
    for precision in ("float32", "mixed_bfloat16"):
        epochs = Epochs(tmp_path / precision, "")
        settings = {**CNN, **TRAINING}
        model, _ = fit_network(photons(400, 0), photons(200, 1), settings, precision, epochs)
        scores[precision] = predict(model, test)
    aucs = [auc(test.y, score) for score in scores.values()]
    assert not np.array_equal(*scores.values())
    assert aucs[0] > 0.8
    assert abs(aucs[0] - aucs[1]) < auc_uncertainty(test.y, scores["float32"])
