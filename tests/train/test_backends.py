"""Other backends of Keras train, score, export and differentiate the same networks."""

import importlib.util
import json
import os
import subprocess
import sys

import keras
import numpy as np
import onnxruntime
import pytest

from leptonid.train.maps import gradients, logit_of
from leptonid.train.networks.classifier import build_classifier
from train.made_up import CNN, photons

BACKENDS = [name for name in ("jax", "torch") if importlib.util.find_spec(name)]

PROGRAM = """
import json, tempfile
from leptonid.train.training import make_reproducible, predict, use_threads
use_threads(1)
make_reproducible(0)
import keras, numpy as np
from leptonid.metrics.auc import auc
from leptonid.train.epochs import Epochs
from leptonid.train.export import export_onnx
from leptonid.train.fitting import fit_network
from leptonid.train.maps import gradients, logit_of
from train.made_up import CNN, TRAINING, photons

def wide(events):
    # Variables that differ only beyond float32's digits, and of magnitudes beyond float32.
    return events.with_flat((1 + 1e-9 * events.flat) * 1e100)

training, test = wide(photons(240, 0)), wide(photons(240, 1))
model, _ = fit_network(training, test, {**CNN, **TRAINING}, "float32", Epochs(tempfile.mkdtemp(), ""))
layer = keras.Model(model.inputs, model.get_layer("standardised").output)
spread = np.asarray(layer(training.batch())).std(axis=0)
scores = predict(model, test)
export_onnx(model, "model.onnx")
logit = logit_of(keras.models.load_model("given.keras"))
np.savez("arrays.npz", scores=scores, slopes=gradients(logit, photons(20, 2).batch(), {"tower": 2})["tower"])
print(json.dumps([keras.backend.backend(), auc(test.y, scores), spread.tolist()]))
"""


@pytest.mark.slow
def test_jax_is_among_the_tests_packages():
    assert "jax" in BACKENDS


@pytest.mark.slow
@pytest.mark.parametrize("backend", BACKENDS)
def test_another_backend_does_all_that_tensorflow_does(backend, tmp_path):
    keras.utils.set_random_seed(1)
    events = photons(20, 2)
    model = build_classifier(events.shapes, CNN)
    model.save(tmp_path / "given.keras")
    environment = {**os.environ, "KERAS_BACKEND": backend, "PYTHONPATH": os.pathsep.join(sys.path)}
    result = subprocess.run(
        [sys.executable, "-c", PROGRAM], cwd=tmp_path, env=environment, capture_output=True, text=True
    )
    assert result.returncode == 0, result.stderr
    used, auc, spread = json.loads(result.stdout.splitlines()[-1])
    assert used == backend
    assert auc > 0.8
    assert spread == pytest.approx([1] * 3, rel=1e-6)

    arrays = np.load(tmp_path / "arrays.npz")
    slopes = gradients(logit_of(model), events.batch(), {"tower": 2})["tower"]
    assert slopes.any()
    np.testing.assert_allclose(arrays["slopes"], slopes, rtol=1e-4, atol=1e-7)
    test = photons(240, 1)
    x = test.with_flat((1 + 1e-9 * test.flat) * 1e100).batch()
    (scores,) = onnxruntime.InferenceSession(tmp_path / "model.onnx").run(["score"], x)
    assert arrays["scores"].std() > 0.01
    np.testing.assert_allclose(scores[:, 0], arrays["scores"], rtol=0, atol=1e-5)
