"""Measure how the workflow itself scales, and extrapolate the resources for more events.

`workflow`: the dry-run of the published study, and reading the Snakefile and a trivial one, in turn.
`networks`: a training step of every network of a config. `table`: core hours, disk and memory for more
events, from the jobs of a finished default study, and from these steps for the published study.

    uv run python benchmarks/scale.py --only workflow networks
    uv run python benchmarks/scale.py --only table --jobs results/record/jobs.csv --events 20000
"""

import argparse
import json
import re
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from statistics import median

import numpy as np
import pandas as pd
import yaml

ROOT = Path(__file__).parents[1]
SCRIPTS = ROOT / "workflow/scripts"
sys.path.insert(0, str(SCRIPTS))

ROUNDS, STEPS, BATCH = 5, 4, 128
SIZES = (20_000, 215_000, 10_000_000, 1_000_000_000)
CORES = (8, 64, 1000)
STAGES = ("data", "efp", "train", "search", "evaluate", "figures")

# A program of each stage: its start is the part of a job that does not grow with the events.
PROGRAMS = {
    "data": "split_events",
    "efp": "compute_efps",
    "train": "train_classifier",
    "search": "train_pass",
    "evaluate": "evaluate_auc",
    "figures": "plot_roc",
}

# Rules whose time does not depend on the number of events.
CONSTANT = {"list_graphs", "list_all_graphs", "compile_kernels", "draw_graphs", "choose_observable"}

# From docs/benchmarks.md, "The shipped sample": all graphs on both calorimeters, ms per event on one core.
PUBLISHED_EFPS_MS = 0.32 + 16.6
TRAIN_SHARE = 0.64

# Bytes per event in the results of the default study: EFP tables, and all other files.
BYTES_OF_EFPS = 77_000
BYTES_OF_OTHERS = 400


def cpu_seconds(command: list[str], folder: Path) -> tuple[float, float, str]:
    """Run a command; return its CPU and wall seconds and its output."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    start = time.perf_counter()
    result = subprocess.run(  # noqa: S603  fixed arguments, no shell
        command, cwd=folder, check=True, capture_output=True, text=True
    )
    wall = time.perf_counter() - start
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return cpu, wall, result.stdout + result.stderr


def copy_workflow(folder: Path) -> None:
    """Copy the files of a fresh checkout, without results."""
    for name in ("workflow", "config", "profiles", "envs", "resources"):
        shutil.copytree(ROOT / name, folder / name, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy2(ROOT / "Snakefile", folder)


def measure_workflow() -> None:
    """Print the times of the published study's dry-run, and of reading the Snakefile."""
    snakemake = [sys.executable, "-m", "snakemake"]
    with tempfile.TemporaryDirectory() as name:
        study, trivial = Path(name) / "study", Path(name) / "trivial"
        study.mkdir()
        trivial.mkdir()
        copy_workflow(study)
        (trivial / "Snakefile").write_text('rule all:\n    shell: "true"\n')
        for state in ("without its data", "with its data"):
            if state == "with its data":
                shutil.copy2(study / "resources/electrons/sample.h5", study / "resources/data.h5")
            dry_run = [*snakemake, "--dry-run", "--configfile", "config/paper.yaml"]
            runs = [cpu_seconds(dry_run, study) for _ in range(ROUNDS)]
            jobs = re.search(r"^total +(\d+)", runs[0][2], re.M)[1]
            print(f"dry-run of the published study {state}: {jobs} jobs, {spread(runs)}", flush=True)
        readings = {study: [], trivial: []}
        for _ in range(ROUNDS):
            for folder, runs in readings.items():
                runs.append(cpu_seconds([*snakemake, "--list-rules"], folder))
        for folder, runs in readings.items():
            print(f"reading the Snakefile, {folder.name}: {spread(runs)}")
        extra = median(run[0] for run in readings[study]) - median(run[0] for run in readings[trivial])
        print(f"beyond Snakemake's own start: {extra:.2f} s CPU")


def spread(runs: list[tuple]) -> str:
    """Return the medians of CPU and wall times."""
    return f"{median(run[0] for run in runs):.2f} s CPU, {median(run[1] for run in runs):.2f} s wall"


def step_seconds(network: dict) -> float:
    """Return the CPU seconds of a training step of a network on one thread, without its first steps."""
    from leptonid.study.classifiers import network_kind
    from leptonid.study.features import GROUP, IMAGE, images_of, parse_inputs
    from leptonid.study.layout_file import read_layout
    from leptonid.train.networks.classifier import build_classifier
    from leptonid.train.training import compile_classifier, make_reproducible, use_threads

    use_threads(1)
    make_reproducible(0)
    layout = read_layout(ROOT / "config/layouts/electrons.yaml")
    images = images_of(network["inputs"], layout.contents)
    inputs = parse_inputs(network["inputs"], layout.contents)
    flat = sum(len(layout.groups[source.name].variables) if source.kind == GROUP else source.kind != IMAGE
               for source in inputs)  # fmt: skip
    shapes = {name: layout.images[name].grid.shape for name in images} | ({"flat": (flat,)} if flat else {})
    rng = np.random.default_rng(0)
    x = {name: rng.exponential(size=(BATCH, *shape)).astype("float64" if name == "flat" else "float32")
         for name, shape in shapes.items()}  # fmt: skip
    y = rng.integers(0, 2, BATCH)
    settings = {
        "kind": network_kind(network["inputs"], layout), "image_scaling": "none",
        "initialisation": "glorot_uniform", **network,
    }  # fmt: skip
    model = build_classifier(shapes, settings)
    compile_classifier(model, learning_rate=1e-3)
    for _ in range(2):
        model.train_on_batch(x, y)
    start = time.process_time()
    for _ in range(STEPS):
        model.train_on_batch(x, y)
    return (time.process_time() - start) / STEPS


def measure_networks(config: dict) -> dict[str, float]:
    """Print and return the seconds of a step of every network of a config, each in a process of its own."""
    steps = {}
    for name, network in config["train"]["features"].items():
        if network:
            command = [sys.executable, __file__, "--step", json.dumps(network)]
            result = subprocess.run(  # noqa: S603  fixed arguments, no shell
                command, check=True, capture_output=True, text=True
            )
            steps[name] = float(result.stdout.split()[-1])
            print(f"step of {name}: {1e3 * steps[name]:.0f} ms", flush=True)
    return steps


def start_seconds() -> dict[str, float]:
    """Return the CPU seconds to start a program of each stage, the minimum of several runs."""
    starts = {}
    for stage, program in PROGRAMS.items():
        command = [sys.executable, str(SCRIPTS / stage / f"{program}.py"), "--help"]
        starts[stage] = min(cpu_seconds(command, ROOT)[0] for _ in range(ROUNDS))
    return starts


def default_study(jobs: pd.DataFrame, measured: int, start: dict[str, float], events: int) -> dict:
    """Return core hours by stage, hours of the longest job and memory in GB, with the default's settings.

    CPU time beyond the start of a job grows with the events, and so does memory beyond that of the smallest
    job of its stage.
    """
    measured_s = jobs["cpu_s"].fillna(jobs["wall_s"])
    fixed = np.minimum(measured_s, jobs["stage"].map(start))
    growth = np.where(jobs["rule"].isin(CONSTANT), 1, events / measured)
    seconds = fixed + (measured_s - fixed) * growth
    least = jobs.groupby("stage")["peak_mb"].transform("min")
    memory = least + (jobs["peak_mb"] - least) * growth
    return {
        **{stage: seconds[jobs["stage"] == stage].sum() / 3600 for stage in STAGES},
        "longest": seconds.max() / 3600,
        "memory": memory.max() / 1e3,
        "memory_by": jobs.loc[memory.idxmax(), "rule"],
    }


def published_study(config: dict, steps: dict[str, float], default: dict, events: int) -> dict:
    """Return the same with the settings of config/paper.yaml and all epochs.

    The other stages are those of the default study, with four searches instead of two.
    """
    train = config["train"]
    epochs_s = {name: step / BATCH * TRAIN_SHARE * events * train["epochs"] for name, step in steps.items()}
    repeated = sum(epochs_s[name] for name in train["repetitions"]["features"])
    seconds = len(train["seeds"]) * sum(epochs_s.values()) + train["repetitions"]["shuffles"] * repeated
    return {
        **default,
        "efp": PUBLISHED_EFPS_MS / 1e3 * events / 3600,
        "train": seconds / 3600,
        "search": 2 * default["search"],
        "longest": max(epochs_s.values()) / 3600,
    }


def print_table(jobs: pd.DataFrame, measured: int, config: dict, steps: dict[str, float]) -> None:
    """Print the table of docs/scale.md."""
    start = start_seconds()
    print("start of a job, CPU: " + ", ".join(f"{stage} {seconds:.1f} s" for stage, seconds in start.items()))
    hours = " | ".join(f"h, {cores} cores" for cores in CORES)
    print(f"| settings | events | {' | '.join(STAGES)} | core h | longest job, h | {hours} | disk, GB |")
    print("|" + " --- |" * (6 + len(STAGES) + len(CORES)))
    for settings in ("default", "published"):
        for events in SIZES:
            study = default_study(jobs, measured, start, events)
            if settings == "published":
                study = published_study(config, steps, study, events)
            total = sum(study[stage] for stage in STAGES)
            cells = [*(study[stage] for stage in STAGES), total, study["longest"]]
            cells += [max(total / cores, study["longest"]) for cores in CORES]
            cells.append((BYTES_OF_EFPS + BYTES_OF_OTHERS) * events / 1e9)
            print(f"| {settings} | {events:,} | " + " | ".join(map(three_digits, cells)) + " |")
            if settings == "default":
                print(f"    largest job: {study['memory_by']}, {three_digits(study['memory'])} GB")


def three_digits(value: float) -> str:
    """Return a number with two or three digits."""
    return f"{value:,.0f}" if value >= 10 else f"{value:.2g}"


def main() -> None:
    """Run the chosen sections; with --step, time one network."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--only", nargs="+", choices=["workflow", "networks", "table"], default=["workflow"])
    parser.add_argument("--jobs", help="record/jobs.csv of a finished default study, for the table")
    parser.add_argument("--events", type=int, default=20_000, help="of that study")
    parser.add_argument("--steps", type=json.loads, help="JSON: seconds of a step, instead of measuring them")
    parser.add_argument("--step", type=json.loads, help=argparse.SUPPRESS)
    args = parser.parse_args()
    if args.step:
        print(step_seconds(args.step))
        return
    config = yaml.safe_load((ROOT / "config/paper.yaml").read_text(encoding="utf-8"))
    steps = args.steps
    if "workflow" in args.only:
        measure_workflow()
    if "networks" in args.only or ("table" in args.only and steps is None):
        steps = measure_networks(config)
    if "table" in args.only:
        print_table(pd.read_csv(args.jobs), args.events, config, steps)


if __name__ == "__main__":
    main()
