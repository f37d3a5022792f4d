"""Files of trained networks: loading them without running their code, and export as ONNX."""

import json
import logging
import os
import re
import subprocess
import sys
import tempfile
import warnings
import zipfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import onnx

from leptonid.errors import InputError
from leptonid.internals.keras import keras
from leptonid.tables.files import atomic_write
from leptonid.tables.reader import CELLS

# The converter logs every step, and what TensorFlow finds on the machine.
logging.getLogger("tf2onnx").setLevel(logging.ERROR)

# Messages of TensorFlow's C++ code about the machine's processors, which no setting silences.
NOISE = re.compile(rb"I\d{4} |WARNING: All log messages before absl::InitializeLog\(\)")

EXPORT = """
import sys
from leptonid.train.export import export_onnx, load_network
export_onnx(load_network(sys.argv[1]), sys.argv[2])
"""


def load_network(path: str | Path) -> keras.Model:
    """Load a .keras file in safe mode, which runs no code of the file; the network can only predict.

    Raises
    ------
    InputError
        If the file is missing or damaged, or holds code.
    """
    if not Path(path).is_file():
        raise InputError(f"{path}: no such file")
    try:
        return keras.models.load_model(path, compile=False, safe_mode=True)
    except (ValueError, TypeError, KeyError, OSError, zipfile.BadZipFile) as error:
        # Keras prints the whole model around the reason.
        reason = str(error).rpartition("Exception encountered: ")[2].partition(" Full object config")[0]
        raise InputError(f"{path}: not a network that Keras can load safely ({reason})") from error


def export_onnx(model: keras.Model, path: str | Path, facts: Mapping | None = None) -> None:
    """Write a network, its scaling included, as ONNX.

    Inputs and their types are the model's: images by name (events, rows, columns, 1) or a set of cells
    `cells` (events, cells, F), float32, flat variables `flat` (events, F) float64; the output is `score`,
    (events, 1) float32. `facts` become the file's metadata, as JSON texts. The converter is TensorFlow's;
    with another backend of Keras it runs in a separate process.
    """
    with atomic_write(path) as temporary:
        if keras.backend.backend() == "tensorflow":
            # Keras exports only what has been called.
            model({x.name: np.zeros([size or 1 for size in x.shape], x.dtype) for x in model.inputs})
            with _without_noise():
                model.export(temporary, format="onnx", verbose=False)
        else:
            _export_with_tensorflow(model, temporary)
        converted = onnx.load(temporary)
        _rename(converted.graph)
        onnx.helper.set_model_props(converted, {key: json.dumps(fact) for key, fact in (facts or {}).items()})
        # For an operation that it does not know, the converter invents one.
        onnx.checker.check_model(converted)
        onnx.save(converted, temporary)


def _export_with_tensorflow(model: keras.Model, path: Path) -> None:
    library = str(Path(__file__).parents[2])
    environment = {**os.environ, "KERAS_BACKEND": "tensorflow", "PYTHONPATH": library}
    with tempfile.TemporaryDirectory() as folder:
        saved = Path(folder) / "model.keras"
        model.save(saved)
        command = [sys.executable, "-c", EXPORT, saved, path]
        subprocess.run(command, env=environment, check=True)  # noqa: S603  fixed arguments, no shell


def _rename(graph: onnx.GraphProto) -> None:
    """Name the output and the numbers of events and cells; number all else, whose names change each run."""
    (output,) = graph.output
    # An optional input that is not given has an empty name.
    names = {"": "", **{value.name: value.name for value in graph.input}, output.name: "score"}
    for node in graph.node:
        for name in node.input:
            names.setdefault(name, f"constant_{len(names)}")
        for name in node.output:
            names.setdefault(name, f"{node.op_type}_{len(names)}")
        node.name = names[node.output[0]]
        node.input[:] = [names[name] for name in node.input]
        node.output[:] = [names[name] for name in node.output]
    output.name = "score"
    graph.doc_string = ""
    order = {name: number for number, name in enumerate(names)}
    graph.initializer.sort(key=lambda weight: order[weight.name])
    for weight in graph.initializer:
        weight.name = names[weight.name]
    for value in (*graph.input, output):
        shape = value.type.tensor_type.shape
        shape.dim[0].dim_param = "events"
        if value.name == CELLS:
            shape.dim[1].dim_param = CELLS


@contextmanager
def _without_noise() -> Iterator[None]:
    """Remove `NOISE` from standard error; the rest is written when the block ends."""
    with tempfile.TemporaryFile() as messages:
        sys.stderr.flush()
        standard_error = os.dup(2)
        os.dup2(messages.fileno(), 2)
        try:
            with warnings.catch_warnings():
                # Keras asks whether NumPy still has np.object.
                warnings.filterwarnings("ignore", "In the future `np.object`", FutureWarning)
                yield
        finally:
            sys.stderr.flush()
            os.dup2(standard_error, 2)
            os.close(standard_error)
            messages.seek(0)
            os.write(2, b"".join(line for line in messages if not NOISE.match(line)))
