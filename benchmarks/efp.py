"""Time the engine of Energy Flow Polynomials: beside EnergyFlow, on the shipped sample, on two threads.

Sections, all by default and in this order:

ratio    EnergyFlow's `EFP.batch_compute`, graph by graph, as the public tutorial does, and the engine in turn
         on the same events. The values must agree to 1e-8. EnergyFlow gets one process (`n_jobs=1`): by
         default it starts a pool of them at every call. The making of its EFP objects is not counted.
rate     The engine's floating point operations per second beside those of BLAS's matrix product, for matrices
         of as many rows as there are cells and for large ones. Counted are the operations that the program of
         the graphs asks for, without the padding of rows and without the powers of weights and distances.
sample   The test split of the shipped sample. Events of equal multiplicity are timed together.
threads  The same sample on one thread and on two, in turn.
memory   Peak memory of fresh processes of compute_efps.py.

One core but for `threads`, all 15 pairs of kappa and beta.

    uv run python benchmarks/efp.py --only ratio sample
"""

import os

# Before numpy is imported: one core is one core for all.
os.environ.update(dict.fromkeys(["OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "VECLIB_MAXIMUM_THREADS"], "1"))

import argparse
import json
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from itertools import chain, pairwise, product
from pathlib import Path
from statistics import median

import energyflow as ef
import h5py
import numpy as np
import pyarrow as pa
from llvmlite import binding

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT / "workflow/scripts"))

from leptonid.calorimeter import ECAL, GRIDS, HCAL, Grid  # noqa: E402
from leptonid.efp.catalogue import select_graphs  # noqa: E402
from leptonid.efp.engine import BLOCK, Polynomials  # noqa: E402
from leptonid.efp.graphs import Graph, graph_table  # noqa: E402
from leptonid.efp.program import Code, Shape, make_program  # noqa: E402
from leptonid.storage import write_feather  # noqa: E402

GRAPHS = [["d<=7", "p==1"], ["d<=8", "p==1", "c==4"]]
KAPPAS, BETAS = [-1, 0, 0.5, 1, 2], [0.5, 1, 2]

# How many events EnergyFlow gets, by the number of cells.
ENERGYFLOW_EVENTS = {9: 10, 22: 5, 40: 2, 55: 1}
RATE_CELLS = (9, 22, 40, 55, 96, 160, 304)
LARGE = 512
# Upper edges of the table of multiplicities.
EDGES = (0, 32, 64, 96, 128, 192, 256, 1024)
ROUNDS = 3
CHUNK = 5000
# An HCal image with 43 towers of 16 cells: about the most there are.
LARGEST = 688


def graph_sets() -> dict[str, list[Graph]]:
    """Return all graphs and those without the dear ones, by name."""
    graphs = select_graphs(GRAPHS)
    return {"all": graphs, "c<=3": [graph for graph in graphs if graph.chromatic <= 3]}


def engines() -> dict[str, Polynomials]:
    """Return the engine for every set of graphs, its kernels loaded or compiled."""
    found = {name: Polynomials(graphs, KAPPAS, BETAS) for name, graphs in graph_sets().items()}
    for polynomials in found.values():
        polynomials.values([random_cloud(2)])
    return found


def random_cloud(cells: int, seed: int = 0) -> np.ndarray:
    """Return energy fraction, eta and phi of cells, shape (cells, 3)."""
    random = np.random.default_rng([seed, cells])
    weights = random.lognormal(size=cells)
    return np.column_stack([weights / weights.sum(), random.uniform(-0.4, 0.4, (cells, 2))])


def read_clouds(grid: Grid, events: int) -> list[np.ndarray]:
    """Return weight, eta and phi of the cells of the first events of the sample's test split."""
    with h5py.File(ROOT / "resources/electrons.h5") as file:
        images = file[grid.image]["test"][:events].reshape(-1, grid.size**2)
    positions = grid.positions()
    return [np.column_stack([image[image != 0], positions[image != 0]]) for image in images]


def seconds_of(function: Callable, *arguments: object) -> float:
    """Return the wall time of a call."""
    start = time.perf_counter()
    function(*arguments)
    return time.perf_counter() - start


def repeated(function: Callable, *arguments: object, total: float = 0.5) -> list[float]:
    """Return the wall times of calls that take `total` seconds together, of three at least."""
    times: list[float] = []
    while len(times) < 3 or sum(times) < total:
        times.append(seconds_of(function, *arguments))
    return times


def in_blocks(polynomials: Polynomials, clouds: list[np.ndarray], threads: int = 1) -> None:
    """Compute events as `compute` does, without keeping the values."""
    for start in range(0, len(clouds), BLOCK):
        polynomials.values(clouds[start : start + BLOCK], threads)


def print_row(*cells: object) -> None:
    """Print a line of a table; numbers get four digits."""
    print("".join(f"{f'{cell:.4g}' if isinstance(cell, float) else cell:>14}" for cell in cells), flush=True)


def ratio() -> None:
    """Compare the engine with EnergyFlow."""
    graphs, computed = graph_sets(), engines()
    print_row("cells", "graphs", "EnergyFlow ms", "engine ms", "its least", "ratio")
    for cells, events in ENERGYFLOW_EVENTS.items():
        clouds = [random_cloud(cells, seed) for seed in range(events)]
        times = {name: repeated(polynomials.values, clouds) for name, polynomials in computed.items()}
        seconds, reference = run_energyflow(graphs["all"], clouds)
        for name, polynomials in computed.items():
            times[name] += repeated(polynomials.values, clouds)
            expected = np.transpose([reference[observable] for observable in polynomials.observables])
            np.testing.assert_allclose(polynomials.values(clouds), expected, rtol=1e-8)
            usual = sum(seconds[graph] for graph in graphs[name]) / events * 1e3
            engine, least = (of(times[name]) / events * 1e3 for of in (median, min))
            print_row(cells, name, usual, engine, least, usual / engine)


def run_energyflow(
    graphs: list[Graph], clouds: list[np.ndarray]
) -> tuple[Counter[Graph], dict[str, np.ndarray]]:
    """Return the seconds of every graph, and the values of the events by observable."""
    seconds: Counter[Graph] = Counter()
    values = {}
    for graph, kappa, beta in product(graphs, KAPPAS, BETAS):
        efp = ef.EFP(
            list(graph.edges), measure="hadr", kappa=kappa, beta=beta, normed=False, coords="ptyphim"
        )
        start = time.perf_counter()
        values[str(graph.observable(kappa, beta))] = efp.batch_compute(clouds, n_jobs=1)
        seconds[graph] += time.perf_counter() - start
    return seconds, values


def rate() -> None:
    """Compare the engine's rate with that of a matrix product."""
    graphs, computed = graph_sets(), engines()
    large = product_rate(LARGE)
    heads = ("cells", "graphs", "engine ms", "Mflop", "Gflop/s", "product's", "share %", f"of n={LARGE} %")
    print(f"matrix product of n = {LARGE}: {large / 1e9:.1f} Gflop/s")
    print_row(*heads)
    for cells, (name, polynomials) in product(RATE_CELLS, computed.items()):
        # Several small events in a call, as in the use of it.
        clouds = [random_cloud(cells, seed) for seed in range(max(1, 200 // cells))]
        seconds = median(repeated(polynomials.values, clouds)) / len(clouds)
        instructions = make_program(tuple(graphs[name]))[0].instructions.tolist()
        count = len(KAPPAS) * len(BETAS) * sum(operations(line, cells) for line in instructions)
        reached, same = count / seconds, product_rate(cells)
        shares = (100 * reached / other for other in (same, large))
        print_row(cells, name, seconds * 1e3, count / 1e6, reached / 1e9, same / 1e9, *shares)


def product_rate(n: int) -> float:
    """Return the operations per second of BLAS's product of matrices that are in the cache where they can."""
    left, right = np.random.default_rng(0).random((2, max(1, 20_000 // n**2), n, n))
    out = np.empty_like(left)
    return 2 * left.size * n / median(repeated(lambda: np.matmul(left, right, out=out)))


def operations(line: list[int], n: int) -> float:
    """Return the additions and multiplications of an instruction on n cells, see `leptonid.efp.kernels`."""
    code, first, left, right, *_ = line
    pairs = n * (n + 1) / 2
    match code:
        case Code.SUM | Code.MULTIPLY_VECTORS:
            return n
        case Code.DOT:
            return 2 * n
        case Code.MULTIPLY_MATRICES:
            return n**2
        case Code.TRANSPOSE:
            return 0
        case Code.ROWS_VECTOR | Code.COLUMNS_VECTOR:
            return 2 * n**2
        case Code.PRODUCT_ROWS_VECTOR | Code.PRODUCT_COLUMNS_VECTOR:
            return 3 * n**2
        case Code.MATRIX_MATRIX:  # the rows are scaled first; a symmetric result is computed by half
            return n**2 + 2 * n * (pairs if left == right else n**2)
        case Code.STAR:  # S_abd for b <= a and all d; legs_cb legs_ca vector_c first
            sums = {
                Shape.PLAIN: pairs * n,
                Shape.SYMMETRIC: pairs * (2 * n + 1) / 3,  # d >= b only
                Shape.QUADRATIC: pairs * (n + 1) / 2,  # half of the terms
            }
            return n**2 + pairs * n + 2 * n * sums[Shape(first)]
        case Code.CLOSE:
            return n**2 + (1 if left == right else 2) * 3 * n * pairs
        case Code.CLOSE_SQUARE:
            return 3 * n * pairs
    raise ValueError(f"the cost of {Code(code)!r} is not known")


def sample(events: int) -> None:
    """Time the events of the shipped sample, and those of a multiplicity beside each other."""
    for grid in GRIDS.values():
        clouds = read_clouds(grid, events)
        counts = np.array([len(cloud) for cloud in clouds])
        print(
            f"{grid.name}: {len(clouds)} events, {counts.mean():.1f} cells on average, {counts.max()} at most"
        )
        times = {name: times_of(polynomials, clouds, counts) for name, polynomials in engines().items()}
        print_row("graphs", "mean ms", "99th perc. ms", "heaviest ms")
        for name, of in times.items():
            print_row(name, of.mean(), np.percentile(of, 99), of.max())
        print_row("cells", "events %", *(f"{name}{unit}" for name in times for unit in (" ms", " time %")))
        for low, high in pairwise(EDGES):
            inside = (counts > low) & (counts <= high)
            if inside.any():
                shares = ((of[inside].mean(), 100 * of[inside].sum() / of.sum()) for of in times.values())
                print_row(f"{low + 1}-{high}", 100 * inside.mean(), *chain(*shares))


def times_of(polynomials: Polynomials, clouds: list[np.ndarray], counts: np.ndarray) -> np.ndarray:
    """Return milliseconds of every event, the mean of those of its multiplicity."""
    times = np.empty(len(clouds))
    for cells in np.unique(counts):
        equal = np.flatnonzero(counts == cells)
        times[equal] = seconds_of(in_blocks, polynomials, [clouds[i] for i in equal]) / len(equal) * 1e3
    return times


def threads(events: int) -> None:
    """Compare two threads with one."""
    computed = engines()
    print_row("calorimeter", "graphs", "one thread s", "two s", "ratio")
    for grid, name in ((ECAL, "all"), (HCAL, "c<=3")):
        clouds = read_clouds(grid, events)
        rounds = [
            [seconds_of(in_blocks, computed[name], clouds, count) for count in (1, 2)] for _ in range(ROUNDS)
        ]
        one, two = (median(times) for times in zip(*rounds, strict=True))
        print_row(grid.name, name, one, two, one / two)


def memory() -> None:
    """Measure what a worker needs for its table of values, for the largest event, for the cells."""
    engines()
    every = {"kappas": KAPPAS, "betas": BETAS}
    edge, pair = select_graphs([["d<=1", "p==1"]]), {"kappas": [1], "betas": [1]}
    graphs = graph_sets()
    print_row("graphs", "events", "cells", "peak MB", "s")
    for name, chosen, powers, grid, counts in (
        ("all", graphs["all"], every, ECAL, [9] * CHUNK),
        ("c<=3", graphs["c<=3"], every, HCAL, [9] * (CHUNK - 1) + [LARGEST]),
        ("d<=1, one pair", edge, pair, HCAL, [LARGEST] * CHUNK),
    ):
        with tempfile.TemporaryDirectory() as folder:
            write_feather(graph_table({grid.name: chosen}), f"{folder}/graphs.feather")
            write_feather(random_cells(grid, counts), f"{folder}/cells.feather")
            start = time.perf_counter()
            peak = peak_of_program(Path(folder), powers)
            seconds = time.perf_counter() - start
        print_row(name, CHUNK, "-".join(map(str, sorted({*counts}))), peak, seconds)


def random_cells(grid: Grid, counts: list[int]) -> pa.Table:
    """Return a table of cells like the data stage's, of events with so many."""
    random = np.random.default_rng(0)
    cells = [np.sort(random.permutation(grid.size**2)[:count]).astype(np.int16) for count in counts]
    energies = [random.lognormal(size=count).astype(np.float32) for count in counts]
    table = {"event": np.arange(len(counts)), "cell": pa.array(cells), "et": pa.array(energies)}
    return pa.table(table, metadata={"split": "test", "calorimeter": grid.name})


def peak_of_program(folder: Path, powers: dict[str, list[float]]) -> float:
    """Return the peak memory in MB of compute_efps.py on one chunk."""
    settings = {**powers, "coordinates": "physical", "chunks": 1}
    command = [sys.executable, str(ROOT / "workflow/scripts/compute_efps.py"), "--chunk=0"]
    command += [f"--{name}={folder / name}.feather" for name in ("graphs", "cells", "output")]
    command += [f"--settings={json.dumps(settings)}"]
    # Started by a small process: a child's peak is at least what its parent had.
    launcher = (
        "import resource, subprocess, sys; subprocess.run(sys.argv[1:], check=True);"
        "print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)"
    )
    result = subprocess.run(
        [sys.executable, "-c", launcher, *command], check=True, stdout=subprocess.PIPE, text=True
    )
    unit = 1 if sys.platform == "darwin" else 1024
    return int(result.stdout) * unit / 1e6


def main() -> None:
    """Print the sections that are asked for."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    sections = {
        "ratio": ratio,
        "rate": rate,
        "sample": lambda: sample(args.events),
        "threads": lambda: threads(args.events),
        "memory": memory,
    }
    parser.add_argument("--only", nargs="+", choices=sections, default=list(sections), metavar="SECTION")
    parser.add_argument("--events", type=int, default=4000, help="of the sample (default: all 4,000)")
    args = parser.parse_args()
    print(f"{binding.get_host_cpu_name()}, energyflow {ef.__version__}, numpy {np.__version__}")
    for name, section in sections.items():
        if name in args.only:
            start = time.perf_counter()
            print(f"\n{name}", flush=True)
            section()
            print(f"({time.perf_counter() - start:.0f} s)", flush=True)


if __name__ == "__main__":
    main()
