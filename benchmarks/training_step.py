"""Time a training step of 128 events of the shipped sample on one thread, in three processes per network.

The published ECal + HCal network (441,559 parameters): a plain `model.fit` from NumPy arrays; the workflow's
training in float32; and in mixed_bfloat16, where the processor has bfloat16.

The default study's ECal + HCal network without oneDNN, and with it as the workflow sets it: by default,
TensorFlow does not use oneDNN on CPUs without AVX-512.

    uv run python benchmarks/training_step.py
"""

import os
import subprocess
import sys
import time
from pathlib import Path
from statistics import median

ROOT = Path(__file__).parents[1]
BATCH, ROUNDS = 128, 3
IMAGES = ("et", "ht")
SHARED = {
    "kind": "cnn",
    "image_scaling": "log",
    "initialisation": "glorot_uniform",
    "dropout": 0.0,
    "dense": 2,
}
PUBLISHED = {**SHARED, "blocks": 3, "filters": 47, "units": 146}
DEFAULT = {**SHARED, "blocks": 2, "filters": 8, "units": 32}

# Network, steps per epoch, plain fit or precision, and TensorFlow's switch of oneDNN.
RUNS = {
    "published, plain fit": (PUBLISHED, 12, "plain", "1"),
    "published, float32": (PUBLISHED, 12, "float32", "1"),
    "published, mixed_bfloat16": (PUBLISHED, 12, "mixed_bfloat16", "1"),
    "default, without oneDNN": (DEFAULT, 40, "float32", "0"),
    "default, with oneDNN": (DEFAULT, 40, "float32", "1"),
}


def milliseconds(network: dict, steps: int, how: str) -> tuple[float, float]:
    """Return the wall time of a step, after a first epoch for the set-up, and that of making its batch."""
    sys.path.insert(0, str(ROOT / "workflow/scripts"))
    import h5py
    import keras
    import numpy as np

    from leptonid.tables.cells import SparseImages
    from leptonid.tables.reader import Events
    from leptonid.train.batches import Batches
    from leptonid.train.networks.classifier import build_classifier
    from leptonid.train.training import compile_classifier, make_reproducible, use_threads

    use_threads(1)
    if how != "plain":
        make_reproducible(0)
    events = steps * BATCH
    with h5py.File(ROOT / "resources/electrons/sample.h5") as file:
        x = {name: file[name]["train"][:events] for name in IMAGES}
        y = file["y"]["train"][:events]
    shapes = {name: images.shape[1:] for name, images in x.items()}
    model = build_classifier(shapes, network, precision="float32" if how == "plain" else how)
    if how == "plain":
        model.compile("adam", "binary_crossentropy", weighted_metrics=[keras.metrics.AUC()])
        data, options = (x, y), {"batch_size": BATCH}
    else:
        compile_classifier(model, learning_rate=0.001)
        sparse = {name: SparseImages.from_dense(images) for name, images in x.items()}
        sample = Events(np.arange(events), np.full(events, "train"), y, np.ones(events), sparse)
        data, options = (Batches(sample, BATCH, weights=True, seed=0),), {"shuffle": False}
    model.fit(*data, **options, verbose=0)
    start = time.perf_counter()
    model.fit(*data, **options, verbose=0)
    step = time.perf_counter() - start
    start = time.perf_counter()
    if how != "plain":
        for number in range(steps):
            data[0][number]
    return step / steps * 1e3, (time.perf_counter() - start) / steps * 1e3


def main() -> None:
    """Print the median times and their ratios; with the name of a run, print its times."""
    if sys.argv[1:]:
        network, steps, how, _ = RUNS[sys.argv[1]]
        print(*milliseconds(network, steps, how))
        return
    sys.path.insert(0, str(ROOT / "workflow/scripts"))
    from leptonid.train.precision import has_bfloat16

    names = [name for name in RUNS if has_bfloat16() or "bfloat16" not in name]
    times: dict[str, list[tuple[float, float]]] = {name: [] for name in names}
    for _ in range(ROUNDS):
        for name in names:
            environment = {**os.environ, "TF_ENABLE_ONEDNN_OPTS": RUNS[name][3], "TF_CPP_MIN_LOG_LEVEL": "3"}
            result = subprocess.run(  # noqa: S603  a program of this repository
                [sys.executable, __file__, name], env=environment, check=True, capture_output=True, text=True
            )
            times[name].append(tuple(map(float, result.stdout.split())))
    for first in ("published, plain fit", "default, without oneDNN"):
        reference = median(step for step, _ in times[first])
        for name in names:
            if name.split(",")[0] == first.split(",")[0]:
                steps = [step for step, _ in times[name]]
                batch = median(batch for _, batch in times[name])
                print(
                    f"{name}: {median(steps):.1f} ms a step ({min(steps):.1f} to {max(steps):.1f}), "
                    f"{batch:.2f} ms of it its batch; ratio {reference / median(steps):.2f}"
                )


if __name__ == "__main__":
    main()
