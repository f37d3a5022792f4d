"""The networks need nothing but Keras 3: they train and score with every backend that is installed."""

import importlib.util
import json
import os
import subprocess
import sys

import pytest

BACKENDS = [name for name in ("tensorflow", "jax", "torch") if importlib.util.find_spec(name)]

TRAINING = """
import json, sys, tempfile
sys.path[:0] = ["workflow/scripts", "tests"]
import keras, numpy as np
from leptonid.train.training import make_reproducible, predict, train, use_threads
use_threads(1)
make_reproducible(0)
from leptonid.train.epochs import Epochs
from leptonid.train.inputs import Sample
from leptonid.train.metrics import auc
from leptonid.train.networks import build_classifier
from synthetic import synthetic_split

def sample(events, seed):
    split = synthetic_split(events, seed)
    # Variables that differ only beyond float32's digits, and by magnitudes that it cannot hold.
    x = {"et": split["et"], "flat": (1 + 1e-9 * split["hl"].astype(float)) * 1e100}
    return Sample(np.arange(events), np.full(events, "train"), split["y"], np.ones(events), x)

settings = {"epochs": 3, "batch": 32, "patience": 3, "learning_rate": 0.003, "learning_rate_factor": 0.3,
            "learning_rate_patience": 3, "weights": True, "seed": 0}
training, test = sample(240, 0), sample(240, 1)
network = {"blocks": 1, "filters": 2, "dense": 2, "units": 8, "dropout": 0.1}
model = build_classifier(training.x, training.weight, network, "log")
layer = keras.Model(model.inputs, model.get_layer("standardised").output)
spread = np.asarray(layer(training.x)).std(axis=0)
model, history = train(model, training, test, settings, Epochs(tempfile.mkdtemp(), ""))
print(json.dumps([keras.backend.backend(), auc(test.y, predict(model, test)), spread.tolist()]))
"""


def test_tensorflow_is_installed_and_jax_in_the_tests_environment():
    assert BACKENDS[:2] == ["tensorflow", "jax"]


@pytest.mark.parametrize("backend", BACKENDS)
def test_a_network_trains_with_every_installed_backend(backend):
    environment = {**os.environ, "KERAS_BACKEND": backend, "TF_CPP_MIN_LOG_LEVEL": "3"}
    result = subprocess.run([sys.executable, "-c", TRAINING], env=environment, capture_output=True, text=True)
    assert result.returncode == 0, result.stderr
    used, auc, spread = json.loads(result.stdout.splitlines()[-1])
    assert used == backend
    assert auc > 0.8
    assert spread == pytest.approx([1] * 7, rel=1e-6)
