"""A trained network elsewhere: as ONNX it scores as with Keras, and loading one runs no code."""

import json
import os
import subprocess
import sys
import warnings
import zipfile

import h5py
import keras
import numpy as np
import onnx
import onnxruntime
import pytest

from layouts import JETS, random_split
from leptonid.errors import InputError
from leptonid.train import export
from leptonid.train.export import export_onnx, load_network
from leptonid.train.networks.classifier import build_classifier
from leptonid.train.networks.scaling import IMAGE_SCALINGS
from leptonid.train.scaling import FITS, STANDARD, fit_image_scaling, fit_scaling
from leptonid.train.training import predict
from train.made_up import CNN, DENSE, events_of

EVENTS = 100
GROUPS = random_split(JETS.contents, EVENTS, seed=1)
# As EFPs: far beyond float32, and a spread of a billionth of the mean.
EFPS = np.random.default_rng(2).normal(3, 2, (EVENTS, 4)) * [1e36, 1e-30, 1e100, 1e-9] + [0, 0, 0, 1]
EVERYTHING = events_of(
    GROUPS["y"],
    np.column_stack([GROUPS["moments"].astype(np.float64), EFPS]),
    **{name: GROUPS[name] for name in JETS.images},
)
FLAT = events_of(GROUPS["y"], EVERYTHING.flat)


def network(events, scaling="log", precision="float32", flat="standard"):
    """Return a network whose random weights are large enough for scores from 0 to 1."""
    keras.utils.set_random_seed(3)
    settings = {**(CNN if events.images else DENSE), "image_scaling": scaling, "units": 12}
    settings["batch_normalisation"] = flat == "log"
    scaled = () if events.flat is None else fit_scaling(events.flat, events.weight, flat)
    images = fit_image_scaling(events, settings)
    model = build_classifier(events.shapes, settings, scaled, precision, images)
    for weight in model.trainable_weights:
        weight.assign(2 * weight)
    for layer in model.layers:
        # As after a training.
        if isinstance(layer, keras.layers.BatchNormalization):
            layer.moving_mean.assign(layer.moving_mean + 0.3)
            layer.moving_variance.assign(layer.moving_variance + 0.3)
    return model


def with_inputs(names):
    """Return the events with some of their inputs."""
    images = {name: GROUPS[name] for name in names if name != "flat"}
    return events_of(GROUPS["y"], EVERYTHING.flat if "flat" in names else None, **images)


@pytest.mark.parametrize(
    ("names", "scaling", "flat"),
    [
        *((["flat"], "none", flat) for flat in FITS),
        (["middle"], "log", "standard"),
        *(
            (["front", "middle", "back", "flat"], scaling, "standard")
            for scaling in [*IMAGE_SCALINGS, STANDARD]
        ),
    ],
    ids=lambda value: value if isinstance(value, str) else "-".join(value),
)
def test_onnx_gives_the_scores_of_keras_to_raw_values(tmp_path, names, scaling, flat):
    events = with_inputs(names)
    model = network(events, scaling, flat=flat)
    export_onnx(model, tmp_path / "model.onnx")
    session = onnxruntime.InferenceSession(tmp_path / "model.onnx")
    expected = predict(model, events)
    assert expected.std() > 0.01
    (scores,) = session.run(["score"], events.batch())
    np.testing.assert_allclose(scores[:, 0], expected, rtol=0, atol=1e-5)
    (score,) = session.run(["score"], events.batch([7]))
    assert score == pytest.approx(expected[7], abs=1e-5)


def test_the_file_names_its_inputs_and_its_output_and_describes_them(tmp_path):
    facts = {"inputs": ["front", "middle", "moment_3", "layer1/2_1_0_k_1_b_0.5"], "coordinates": "physical"}
    export_onnx(network(EVERYTHING), tmp_path / "model.onnx", facts)
    session = onnxruntime.InferenceSession(tmp_path / "model.onnx")
    values = (*session.get_inputs(), *session.get_outputs())
    assert {value.name: (value.shape, value.type) for value in values} == {
        "front": (["events", 8, 8, 1], "tensor(float)"),
        "middle": (["events", 12, 6, 1], "tensor(float)"),
        "back": (["events", 5, 7, 1], "tensor(float)"),
        "flat": (["events", 13], "tensor(double)"),
        "score": (["events", 1], "tensor(float)"),
    }
    stored = session.get_modelmeta().custom_metadata_map
    assert {key: json.loads(text) for key, text in stored.items()} == facts


def test_an_operation_that_onnx_does_not_have_is_refused_and_nothing_is_written(tmp_path):
    flat = keras.Input((3,), name="flat", dtype="float64")
    model = keras.Model({"flat": flat}, keras.layers.Dense(1)(keras.ops.log1p(flat)))
    with pytest.raises(onnx.checker.ValidationError, match="Log1p"):
        export_onnx(model, tmp_path / "model.onnx")
    assert not list(tmp_path.iterdir())


def test_an_export_prints_nothing(tmp_path, capfd):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        export_onnx(network(FLAT), tmp_path / "model.onnx")
    assert capfd.readouterr() == ("", "")


def test_all_but_noise_is_printed_even_after_an_error(capfd):
    def fail():
        os.write(2, b"I0000 00:00:17.0 devices.cc:67] Number of eligible GPUs: 0\n")
        os.write(2, b"E0000 00:00:17.0 tensor.cc:1] out of memory\na message\n")
        raise MemoryError

    with pytest.raises(MemoryError), export._without_noise():
        fail()
    assert capfd.readouterr().err == "E0000 00:00:17.0 tensor.cc:1] out of memory\na message\n"


def test_a_network_loads_in_safe_mode_with_the_same_scores(tmp_path):
    model = network(EVERYTHING)
    model.save(tmp_path / "model.keras")
    loaded = load_network(tmp_path / "model.keras")
    np.testing.assert_array_equal(predict(loaded, EVERYTHING), predict(model, EVERYTHING))


def test_a_file_that_holds_code_is_refused(tmp_path):
    model = keras.Sequential([keras.Input((2,)), keras.layers.Lambda(lambda x: 2 * x)])
    model.save(tmp_path / "model.keras")
    with pytest.raises(InputError, match=r"model\.keras: not a network that Keras can load safely .*Lambda"):
        load_network(tmp_path / "model.keras")


class Unknown(keras.layers.Layer):
    """A layer of a package that is not Keras."""

    def call(self, x):
        return x


def test_a_file_with_a_class_that_is_not_of_keras_is_refused(tmp_path):
    keras.Sequential([keras.Input((2,)), Unknown()]).save(tmp_path / "model.keras")
    with pytest.raises(InputError, match=r"model\.keras: not a network that Keras can load safely .*Unknown"):
        load_network(tmp_path / "model.keras")


def changed_archive(path, name, change):
    """Replace one file in a .keras archive."""
    with zipfile.ZipFile(path) as archive:
        parts = {part: archive.read(part) for part in archive.namelist()}
    parts[name] = change(parts[name])
    with zipfile.ZipFile(path, "w") as archive:
        for part, content in parts.items():
            archive.writestr(part, content)


def test_a_file_that_names_a_function_to_call_is_refused(tmp_path):
    path, canary = tmp_path / "model.keras", tmp_path / "canary"
    network(FLAT).save(path)

    def with_call(content):
        config = json.loads(content)
        call = {"module": "os", "class_name": "system", "registered_name": None}
        config["config"]["layers"][-1].update({**call, "config": {"command": f"touch {canary}"}})
        return json.dumps(config).encode()

    changed_archive(path, "config.json", with_call)
    with pytest.raises(InputError, match=r"model\.keras: not a network that Keras can load safely .*system"):
        load_network(path)
    assert not canary.exists()


def test_weights_that_lie_in_another_file_are_refused(tmp_path):
    path, secret = tmp_path / "model.keras", tmp_path / "secret"
    network(FLAT).save(path)
    secret.write_bytes(bytes(10**6))

    def with_link(content):
        (tmp_path / "weights.h5").write_bytes(content)
        with h5py.File(tmp_path / "weights.h5", "r+") as file:
            names = []
            file.visititems(lambda name, item: names.append(name) if isinstance(item, h5py.Dataset) else None)
            for name in names:
                shape, dtype = file[name].shape, file[name].dtype
                del file[name]
                file.create_dataset(name, shape, dtype, external=[(str(secret), 0, h5py.h5s.UNLIMITED)])
        return (tmp_path / "weights.h5").read_bytes()

    changed_archive(path, "model.weights.h5", with_link)
    with pytest.raises(InputError, match=r"model\.keras: not a network[\s\S]*external Dataset"):
        load_network(path)


def test_an_old_format_under_the_name_of_a_new_one_is_refused(tmp_path):
    """Keras' HDF5 format has no safe mode."""
    network(FLAT).save(tmp_path / "model.h5")
    (tmp_path / "model.h5").rename(tmp_path / "model.keras")
    with pytest.raises(InputError, match=r"model\.keras: not a network that Keras can load safely"):
        load_network(tmp_path / "model.keras")


def test_a_missing_and_a_damaged_file_are_named(tmp_path):
    path = tmp_path / "model.keras"
    with pytest.raises(InputError, match=r"model\.keras: no such file"):
        load_network(path)
    network(FLAT).save(path)
    whole = path.read_bytes()
    for part in (b"", whole[: len(whole) // 2], whole[:-1], b"no zip"):
        path.write_bytes(part)
        with pytest.raises(InputError, match=r"model\.keras: not a network that Keras can load safely"):
            load_network(path)


PROGRAM = """
from train.test_export import EVERYTHING, export_onnx, network
export_onnx(network(EVERYTHING), "model.onnx")
"""


@pytest.mark.slow
def test_the_same_network_gives_the_same_file(tmp_path):
    processes = []
    for seed in ("0", "1"):
        (tmp_path / seed).mkdir()
        environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path), "PYTHONHASHSEED": seed}
        command = [sys.executable, "-c", PROGRAM]
        processes.append(subprocess.Popen(command, cwd=tmp_path / seed, env=environment))
    assert [process.wait() for process in processes] == [0, 0]
    assert (tmp_path / "0/model.onnx").read_bytes() == (tmp_path / "1/model.onnx").read_bytes()
