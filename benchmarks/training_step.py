"""Time a training step, 128 events, on the shipped sample, one thread, in turn, three processes each.

The published ECal + HCal network (441,559 parameters): a plain `model.fit` from NumPy arrays, as a user would
write it; the workflow's training in float32; and in mixed_bfloat16, where the processor has bfloat16.

The default study's ECal + HCal network without oneDNN and with it, as the workflow sets it: TensorFlow leaves
oneDNN out on CPUs without AVX-512 unless told otherwise.

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
PUBLISHED = {"blocks": 3, "filters": 47, "dense": 2, "units": 146, "dropout": 0.0}
DEFAULT = {"blocks": 2, "filters": 8, "dense": 2, "units": 32, "dropout": 0.0}

# Network, steps per epoch, how it is trained, and TensorFlow's switch of oneDNN.
RUNS = {
    "published, plain fit": (PUBLISHED, 12, "plain", "1"),
    "published, float32": (PUBLISHED, 12, "float32", "1"),
    "published, mixed_bfloat16": (PUBLISHED, 12, "mixed_bfloat16", "1"),
    "default, without oneDNN": (DEFAULT, 40, "float32", "0"),
    "default, with oneDNN": (DEFAULT, 40, "float32", "1"),
}


def milliseconds(network: dict, steps: int, how: str) -> tuple[float, float]:
    """Return the wall time of a step, after a first epoch for the set-up, and of making its batch alone."""
    sys.path.insert(0, str(ROOT / "workflow/scripts"))
    import h5py
    import keras
    import numpy as np

    from leptonid.train.batches import Batches
    from leptonid.train.inputs import Sample
    from leptonid.train.networks import build_classifier
    from leptonid.train.training import compile_classifier, make_reproducible, use_threads

    use_threads(1)
    if how != "plain":
        make_reproducible(0)
    events = steps * BATCH
    with h5py.File(ROOT / "resources/electrons.h5") as file:
        x = {name: file[name]["train"][:events] for name in ("et", "ht")}
        y = file["y"]["train"][:events]
    precision = "float32" if how == "plain" else how
    model = build_classifier(x, np.ones(events), network, "log", precision=precision)
    if how == "plain":
        model.compile("adam", "binary_crossentropy", weighted_metrics=[keras.metrics.AUC()])
        data, options = (x, y), {"batch_size": BATCH}
    else:
        compile_classifier(model, learning_rate=0.001)
        sample = Sample(np.arange(events), np.full(events, "train"), y, np.ones(events), x)
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
    """Print the median times and their ratios; with an argument, be one of the runs."""
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
            result = subprocess.run(
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
