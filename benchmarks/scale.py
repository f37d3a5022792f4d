"""Measure how the workflow itself scales, and extrapolate the resources for more events.

`workflow`: the dry-run of the published study, and reading the Snakefile and a trivial one, in turn.
`networks`: a training step of every network of a config. `table`: core hours, disk and memory for more
events, from the jobs of a finished default study, and from these steps for the published study. `events`: a
study of many events, the shipped sample repeated with jitter, on one core: time and memory of every program.
`gpu`: an estimate of the GPU hours of trainings from their floating-point operations.

    uv run python benchmarks/scale.py --only workflow networks
    uv run python benchmarks/scale.py --only table --jobs results/record/jobs.csv --events 20000
    uv run python benchmarks/scale.py --only gpu
    uv run python benchmarks/scale.py --only events --events 2000000 --folder scratch
"""

import argparse
import json
import os
import re
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from statistics import median

import h5py
import numpy as np
import pandas as pd
import pyarrow as pa
import yaml

ROOT = Path(__file__).parents[1]
SCRIPTS = ROOT / "workflow/scripts"
sys.path.insert(0, str(SCRIPTS))

from usage import watch  # noqa: E402

from leptonid.study.config import read_default_config  # noqa: E402
from leptonid.study.layout_file import read_layout  # noqa: E402
from leptonid.tables.files import atomic_write  # noqa: E402

ROUNDS, STEPS, BATCH = 5, 4, 128
FILE_EVENTS, JITTER = 400_000, 0.02
SIZES = (20_000, 215_000, 2_000_000, 10_000_000)
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
TRAIN_SHARE, VALID_SHARE = 0.64, 0.16

# Assumed for a GPU in float32: a quarter of 20 Tflop/s, the peak of an A100. Not measured.
GPU_FLOPS = 5e12

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
                events = study / "downloads/unscaled_data.h5"
                events.parent.mkdir()
                shutil.copy2(study / "resources/electrons/sample.h5", events)
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


def build_network(network: dict):
    """Return a network of paper.yaml, and the shapes of its inputs."""
    from leptonid.study.classifiers import network_kind
    from leptonid.study.features import GROUP, IMAGE, images_of, parse_inputs
    from leptonid.train.networks.classifier import build_classifier

    layout = read_layout(ROOT / "config/layouts/electrons.yaml")
    images = images_of(network["inputs"], layout.contents)
    inputs = parse_inputs(network["inputs"], layout.contents)
    flat = sum(len(layout.groups[source.name].variables) if source.kind == GROUP else source.kind != IMAGE
               for source in inputs)  # fmt: skip
    shapes = {name: layout.images[name].grid.shape for name in images} | ({"flat": (flat,)} if flat else {})
    settings = {
        "kind": network_kind(network["inputs"], layout), "image_scaling": "none",
        "initialisation": "glorot_uniform", "image_pixels": "file", **network,
    }  # fmt: skip
    return build_classifier(shapes, settings), shapes


def step_seconds(network: dict) -> float:
    """Return the CPU seconds of a training step of a network on one thread, without its first steps."""
    from leptonid.train.training import compile_classifier, make_reproducible, use_threads

    use_threads(1)
    make_reproducible(0)
    model, shapes = build_network(network)
    rng = np.random.default_rng(0)
    x = {name: rng.exponential(size=(BATCH, *shape)).astype("float64" if name == "flat" else "float32")
         for name, shape in shapes.items()}  # fmt: skip
    y = rng.integers(0, 2, BATCH)
    compile_classifier(model, learning_rate=1e-3)
    for _ in range(2):
        model.train_on_batch(x, y)
    start = time.process_time()
    for _ in range(STEPS):
        model.train_on_batch(x, y)
    return (time.process_time() - start) / STEPS


def operations(network: dict) -> float:
    """Return the floating-point operations of a network for one event: multiplications and additions."""
    model, _ = build_network(network)
    total = 0
    for layer in model.layers:
        if layer.weights and layer.name != "standardised":
            kernel = layer.weights[0].shape
            # A kernel is applied at every pixel of the output, or once.
            total += 2 * np.prod(kernel) * np.prod(layer.output.shape[1:-1])
    return float(total)


def estimate_gpu_hours(config: dict) -> None:
    """Print an estimate of the GPU hours of all epochs of a training of every network, and of all."""
    train = config["train"]
    sums = np.zeros(len(SIZES))
    print(f"| network | Mflop per event | {' | '.join(f'{events:,} events' for events in SIZES)} |")
    print("|" + " --- |" * (2 + len(SIZES)))
    for name, network in train["features"].items():
        if network:
            flops = operations(network)
            # The backward pass takes twice the operations of the forward pass.
            work = flops * (3 * TRAIN_SHARE + VALID_SHARE) * train["epochs"]
            hours = np.array([work * events / GPU_FLOPS / 3600 for events in SIZES])
            sums += hours * len(train["seeds"])
            print(f"| `{name}` | {flops / 1e6:.3g} | {' | '.join(map(three_digits, hours))} |")
    print(f"| all, {len(train['seeds'])} seeds | | {' | '.join(map(three_digits, sums))} |")


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


def write_sample(folder: Path, events: int) -> list[Path]:
    """Write the shipped sample so often that there are so many events, in files of `FILE_EVENTS`.

    The energies of each event are scaled by a random factor, and its variables by others, within some per
    cent.
    """
    with h5py.File(ROOT / "resources/electrons/sample.h5") as file:
        sample = {name: {split: file[name][split][:] for split in file[name]} for name in file}
        attributes = dict(file.attrs)
    sample_events = sum(map(len, sample["y"].values()))
    repeats = FILE_EVENTS // sample_events
    paths = [folder / f"events_{number}.h5" for number in range(events // FILE_EVENTS)]
    for number, path in enumerate(paths):
        if path.exists():
            continue
        rng = np.random.default_rng(number)
        with atomic_write(path) as temporary, h5py.File(temporary, "w") as file:
            file.attrs.update(attributes)
            for name, splits in sample.items():
                for split, values in splits.items():
                    write_jittered(file, f"{name}/{split}", values, repeats, rng)
        print(f"{path}: {path.stat().st_size / 1e6:.0f} MB", flush=True)
    return paths


def write_jittered(
    file: h5py.File, name: str, values: np.ndarray, repeats: int, rng: np.random.Generator
) -> None:
    """Write values of N events so many times; all but labels and weights with jitter."""
    dataset = file.create_dataset(
        name, (repeats * len(values), *values.shape[1:]), values.dtype, chunks=(1024, *values.shape[1:]),
        compression="gzip", compression_opts=1, shuffle=True,
    )  # fmt: skip
    for start in range(0, len(dataset), len(values)):
        factors = 1.0
        if name.split("/")[0] not in ("y", "weight"):
            # One factor for all pixels of an image: those of a cell stay equal.
            shape = (len(values), *([1] * 3 if values.ndim == 4 else values.shape[1:]))
            factors = rng.normal(1, JITTER, shape).astype(values.dtype)
        dataset[start : start + len(values)] = values * factors


def study_of(paths: list[Path], folder: Path, search: bool) -> Path:
    """Write the config of a study of these events: an image network, one of variables, a search or none."""
    config = {
        "results": str(folder / "results"),
        "data": {"path": list(map(str, paths))},
        "efp": {"graphs": [["d<=4", "p==1"]], "calorimeters": ["ecal"], "overrides": {}, "chunk": 30_000},
        "train": {
            "epochs": 1,
            "batch": 1024,
            "features": {
                **dict.fromkeys(
                    ["et", "ht", "mass", "hl_and_mass", "hl_and_kinematics", "et_and_ht_and_hl", "et_ht_pfn"]
                ),
                **dict.fromkeys(["efp", "hl_and_efp"]),
                "et_and_ht": {"blocks": 1, "filters": 4, "dense": 1, "units": 16},
            },
            "baselines": {"logistic": None},
            "repetitions": {"features": [], "shuffles": 0},
        },
        "search": {
            "searches": {"hl_and_kinematics": None} if search else dict.fromkeys(["hl", "hl_and_kinematics"]),
            "passes": 1,
            "network": {"epochs": 1},
        },
        "figures": {"bootstraps": 100},
    }
    path = folder / f"{'search' if search else 'study'}.yaml"
    path.write_text(yaml.safe_dump(config))
    return path


def measure_events(folder: Path, events: int) -> None:
    """Run the stages of a study of many events, and print what their programs used."""
    folder.mkdir(parents=True, exist_ok=True)
    paths = write_sample(folder, events)
    results = folder / "results"
    training = results / "train/et_and_ht/seed0"
    print(
        "| program | processes | wall, s | peak, MB | of it not mapped, MB |\n|---|---|---|---|---|",
        flush=True,
    )
    for search, targets in (
        (False, ["data"]),
        (False, ["train", training / "maps.feather", training / "importance.csv"]),
        # Without its last network, which would need the EFPs of all events.
        (True, [results / "search/hl/pass1/choice.json"]),
        (False, ["evaluate", results / "figures/ecal_mean.png"]),
    ):
        config = study_of(paths, folder, search)
        command = [sys.executable, "-m", "snakemake", "--cores", "1", "--configfile", config, "--", *targets]
        words = list(map(str, command))
        print_usage(subprocess.Popen(words, cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.STDOUT))  # noqa: S603
    run_all_graphs(folder)


def print_usage(process: subprocess.Popen) -> None:
    """Wait for a process, and print a row for each program."""
    for program, usage in watch(process).items():
        numbers = [usage.seconds, usage.resident_mb, usage.anonymous_mb]
        cells = [
            f"`{program.removesuffix('.py')}`",
            f"{usage.processes:,}",
            *(f"{value:,.0f}" for value in numbers),
        ]
        print(f"| {' | '.join(cells)} |", flush=True)
    if process.returncode:
        sys.exit(f"failed: {process.args}")


def run_all_graphs(folder: Path) -> None:
    """Compute all observables of the default study for a chunk of 20,000 events of the ECal."""
    efp = read_default_config()["efp"]
    layout = read_layout(ROOT / "config/layouts/electrons.yaml")
    cells = folder / "results/data/cells/ecal/valid.feather"
    with pa.OSFile(str(cells)) as file:
        reader = pa.ipc.open_file(file)
        events = sum(reader.get_batch(number).num_rows for number in range(reader.num_record_batches))
    settings = {
        "image": vars(layout.grids["ecal"]), "kappas": efp["kappas"], "betas": efp["betas"],
        "coordinates": efp["coordinates"], "chunks": max(1, events // 20_000),
    }  # fmt: skip
    table = folder / "all_graphs.feather"
    environment = {
        **os.environ, "PYTHONPATH": str(SCRIPTS), "NUMBA_CACHE_DIR": str(folder / "results/efp/kernels")
    }  # fmt: skip
    for program, options in (
        ("list_graphs", ["--settings", json.dumps({"graphs": {"ecal": efp["graphs"]}}), "--output", table]),
        (
            "compute_efps",
            ["--graphs", table, "--cells", cells, "--chunk", "0", "--settings", json.dumps(settings),
             "--output", folder / "all_efps.feather"],
        ),
    ):  # fmt: skip
        command = [sys.executable, str(SCRIPTS / f"efp/{program}.py"), *map(str, options)]
        print_usage(subprocess.Popen(command, env=environment, stderr=subprocess.DEVNULL))  # noqa: S603


def main() -> None:
    """Run the chosen sections; with --step, time one network."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument(
        "--only", nargs="+", choices=["workflow", "networks", "table", "events", "gpu"], default=["workflow"]
    )
    parser.add_argument("--jobs", help="record/jobs.csv of a finished default study, for the table")
    parser.add_argument("--events", type=int, default=20_000, help="of that study, or of `events`")
    parser.add_argument("--folder", type=Path, default=Path("scratch"), help="for `events`; it is kept")
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
    if "gpu" in args.only:
        estimate_gpu_hours(config)
    if "events" in args.only:
        measure_events(args.folder.resolve(), args.events)
    if "table" in args.only:
        print_table(pd.read_csv(args.jobs), args.events, config, steps)


if __name__ == "__main__":
    main()
