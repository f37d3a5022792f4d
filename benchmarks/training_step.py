"""Time a training step of the default image network with oneDNN, as the workflow sets it, and without.

TensorFlow leaves oneDNN out on CPUs without AVX-512 unless told otherwise, so "without" is what a user gets
there by default. One thread, in turn, three times each.

    uv run python benchmarks/training_step.py
"""

import os
import subprocess
import sys
import time
from pathlib import Path
from statistics import median

ROOT = Path(__file__).parents[1]
STEPS, BATCH, ROUNDS = 40, 128, 3
NETWORK = {"blocks": 2, "filters": 8, "dense": 2, "units": 32, "dropout": 0.0}


def milliseconds_per_step() -> float:
    """Return the wall time of a step, after a first epoch for the set-up."""
    sys.path.insert(0, str(ROOT / "workflow/scripts"))
    import h5py
    import keras
    import numpy as np

    from leptonid.train.networks import build_classifier
    from leptonid.train.training import make_reproducible, use_threads

    use_threads(1)
    make_reproducible(0)
    events = STEPS * BATCH
    with h5py.File(ROOT / "resources/electrons.h5") as file:
        x = {name: file[name]["train"][:events] for name in ("et", "ht")}
        y = file["y"]["train"][:events]
    model = build_classifier(x, np.ones(events), NETWORK, "log")
    model.compile(keras.optimizers.Adam(), "binary_crossentropy", jit_compile=False)
    model.fit(x, y, batch_size=BATCH, verbose=0)
    start = time.perf_counter()
    model.fit(x, y, batch_size=BATCH, verbose=0)
    return (time.perf_counter() - start) / STEPS * 1e3


def main() -> None:
    """Print the median times and their ratio; with an argument, be one of the runs."""
    if sys.argv[1:] == ["one"]:
        print(milliseconds_per_step())
        return
    times: dict[str, list[float]] = {"0": [], "1": []}
    for _ in range(ROUNDS):
        for onednn, found in times.items():
            environment = {**os.environ, "TF_ENABLE_ONEDNN_OPTS": onednn, "TF_CPP_MIN_LOG_LEVEL": "3"}
            result = subprocess.run(
                [sys.executable, __file__, "one"], env=environment, check=True, capture_output=True, text=True
            )
            found.append(float(result.stdout))
    without, with_ = (median(times[onednn]) for onednn in ("0", "1"))
    print(f"without oneDNN {without:.1f} ms, with {with_:.1f} ms a step: {without / with_:.2f} times faster")
    print({"without": times["0"], "with": times["1"]})


if __name__ == "__main__":
    main()
