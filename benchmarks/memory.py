"""Measure how the memory of a training of an image network grows with the number of events.

The shipped sample is repeated, and one epoch is trained: with a very small network, as its size only adds
a constant, or with a published one (`--published et_and_ht`, hours for many events). The part of the peak
that is not mapped from files is given, too: mapped pages are those that the system takes back when it needs
memory.

    uv run python benchmarks/memory.py --events 20000 200000 2000000
    uv run python benchmarks/memory.py --events 20000 --published et
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pyarrow as pa
import yaml

ROOT = Path(__file__).parents[1]
SCRIPTS = ROOT / "workflow/scripts"
sys.path.insert(0, str(SCRIPTS))

from usage import watch  # noqa: E402

from leptonid.data.splits import write_cell_table, write_event_table  # noqa: E402
from leptonid.study.features import contents_of  # noqa: E402
from leptonid.study.layout_file import read_layout  # noqa: E402
from leptonid.study.paths import SPLITS  # noqa: E402
from leptonid.tables.feather import read_batches, read_schema, write_batches  # noqa: E402

LAYOUT = read_layout(ROOT / "config/layouts/electrons.yaml")
SAMPLE = ROOT / "resources/electrons/sample.h5"
SAMPLE_EVENTS = 20_000
INPUTS = ["et", "ht"]  # of the small network
SMALL = {"blocks": 1, "filters": 1, "dense": 1, "units": 2, "dropout": 0.0, "learning_rate": 0.003}


def write_tables(folder: Path) -> list[Path]:
    """Write the tables of events and cells of the shipped sample; return their paths in the folder."""
    for split in SPLITS:
        write_event_table(SAMPLE, split, LAYOUT.contents, folder / f"events/{split}.feather")
        for name, grid in LAYOUT.grids.items():
            write_cell_table(SAMPLE, split, grid, folder / f"cells/{name}_{split}.feather")
    return sorted(path.relative_to(folder) for path in folder.rglob("*.feather"))


def repeat(source: Path, target: Path, times: int) -> None:
    """Write the rows of a table so many times, their events numbered on."""
    schema = read_schema(source)
    batches = list(read_batches(source, schema.names))
    rows = sum(batch.num_rows for batch in batches)
    event = schema.names.index("event")

    def repeated() -> Iterator[pa.RecordBatch]:
        for number in range(times):
            for batch in batches:
                columns = list(batch.columns)
                columns[event] = pa.array(batch.column(event).to_numpy() + number * np.int64(rows))
                yield pa.record_batch(columns, schema=schema)

    write_batches(repeated(), schema, target)


def settings(published: str | None) -> dict:
    """Return the settings of a training of one epoch, of a feature set of paper.yaml or a small network."""
    train = yaml.safe_load((ROOT / "config/config.yaml").read_text())["train"]
    network = {**SMALL, "inputs": INPUTS}
    if published:
        paper = yaml.safe_load((ROOT / "config/paper.yaml").read_text())
        network = paper["train"]["features"][published]
    return {
        **{name: train[name] for name in ("patience", "learning_rate_factor", "learning_rate_patience")},
        **{
            name: train[name]
            for name in ("initialisation", "precision", "image_scaling", "weights", "negative_weights")
        },
        **network,
        "kind": "cnn",
        "image_pixels": "file" if published else "cells",
        "layout": contents_of(network["inputs"], LAYOUT.contents).as_settings(),
        "epochs": 1,
        "batch": 128 if published else 2048,
        "restarts": 0,
        "seed": 0,
        "repetition": None,
    }


def peak_mb(folder: Path, published: str | None) -> tuple[float, float]:
    """Train on the tables of a folder; return the peak memory in MB, with and without mapped files."""
    outputs = {
        "model": "m.keras",
        "onnx": "m.onnx",
        "history": "h.csv",
        "scores": "s.feather",
        "metrics": "m.json",
    }
    command = [
        sys.executable, SCRIPTS / "train/train_classifier.py",
        "--events", *sorted(folder.glob("events/*")), "--cells", *sorted(folder.glob("cells/*")),
        "--settings", json.dumps(settings(published)),
        *(word for option, name in outputs.items() for word in (f"--{option}", folder / name)),
    ]  # fmt: skip
    environment = {**os.environ, "PYTHONPATH": str(SCRIPTS)}
    words = [str(word) for word in command]
    process = subprocess.Popen(words, env=environment, stderr=subprocess.DEVNULL)  # noqa: S603  a fixed program
    usage = watch(process)["train_classifier.py"]
    if process.returncode:
        sys.exit(f"the training failed: {command}")
    return usage.resident_mb, usage.anonymous_mb


def main() -> None:
    """Run the benchmark."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--events", type=int, nargs="+", default=[20_000, 200_000, 2_000_000])
    parser.add_argument("--published", help="train the network of this feature set of paper.yaml")
    arguments = parser.parse_args()
    first = None
    print("| events | peak, MB | of it not mapped, MB | its growth, kB per event |\n|---|---|---|---|")
    with tempfile.TemporaryDirectory() as name:
        sample = Path(name) / "sample"
        tables = write_tables(sample)
        for events in arguments.events:
            folder = Path(name) / str(events)
            for table in tables:
                repeat(sample / table, folder / table, events // SAMPLE_EVENTS)
            peak, anonymous = peak_mb(folder, arguments.published)
            first = first or (events, anonymous)
            grown = (anonymous - first[1]) * 1000 / (events - first[0]) if events > first[0] else float("nan")
            print(f"| {events:,} | {peak:,.0f} | {anonymous:,.0f} | {grown:.2f} |", flush=True)


if __name__ == "__main__":
    main()
