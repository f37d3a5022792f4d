"""Time the EFP engine: compared with EnergyFlow, on the shipped sample, and on two threads.

Sections, all by default and in this order:

ratio    EnergyFlow's `EFP.batch_compute`, graph by graph, as in its tutorial, alternating with the engine on
         the same events. The values must agree to 1e-8. EnergyFlow runs in one process (`n_jobs=1`): by
         default it starts a pool of processes at every call. Creating its EFP objects is not counted.
rate     Floating point operations per second of the engine and of BLAS's matrix product, for matrices with as
         many rows as there are cells and for large ones. Only operations of the program are counted, not the
         padding of rows, nor the powers of weights and distances.
sample   The test split of the shipped sample. Events of equal multiplicity are timed together.
threads  The same sample on one thread and on two threads, alternating.
memory   Peak memory of new processes of compute_efps.py.

All 15 pairs of kappa and beta. Except for `threads`, times are CPU times of one thread, as wall times depend
on what else runs on the machine.

    uv run python benchmarks/efp.py --only ratio sample
"""

import os

# Before numpy is imported, as BLAS reads the number of its threads then.
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

from leptonid.efp.catalogue import select_graphs  # noqa: E402
from leptonid.efp.engine import BLOCK, Polynomials  # noqa: E402
from leptonid.efp.graphs import Graph, graph_table  # noqa: E402
from leptonid.efp.program import Code, Shape, make_program  # noqa: E402
from leptonid.study.layout import Grid  # noqa: E402
from leptonid.study.layout_file import read_layout  # noqa: E402
from leptonid.tables.cells import (  # noqa: E402
    SparseImages,
    cell_batch,
    cell_schema,
    pixel_positions,
    pixel_type,
)
from leptonid.tables.feather import write_batches, write_feather  # noqa: E402

# The layout of the shipped sample. The larger calorimeter image has the larger events.
GRIDS = read_layout(ROOT / "config/layouts/electrons.yaml").grids
ECAL, HCAL = GRIDS.values()

GRAPHS = [["d<=7", "p==1"], ["d<=8", "p==1", "c==4"]]
KAPPAS, BETAS = [-1, 0, 0.5, 1, 2], [0.5, 1, 2]

# Number of events for EnergyFlow, by the number of cells.
ENERGYFLOW_EVENTS = {9: 10, 22: 5, 40: 2, 55: 1}
RATE_CELLS = (9, 22, 40, 55, 96, 160, 304)
LARGE = 512
# Upper edges of the table of multiplicities.
EDGES = (0, 32, 64, 96, 128, 192, 256, 1024)
ROUNDS = 3
CHUNK = 5000
# About the largest number of cells of an event: 43 HCal towers of 16 cells.
LARGEST = 688


def graph_sets() -> dict[str, list[Graph]]:
    """Return all graphs, and the graphs without the expensive ones, by name."""
    graphs = select_graphs(GRAPHS)
    return {"all": graphs, "c<=3": [graph for graph in graphs if graph.chromatic <= 3]}


def engines() -> dict[str, Polynomials]:
    """Return the engine for every set of graphs, its kernels loaded or compiled."""
    by_name = {name: Polynomials(graphs, KAPPAS, BETAS) for name, graphs in graph_sets().items()}
    for polynomials in by_name.values():
        polynomials.values([random_cloud(2)])
    return by_name


def random_cloud(cells: int, seed: int = 0) -> np.ndarray:
    """Return energy fraction, eta and phi of cells, shape (cells, 3)."""
    random = np.random.default_rng([seed, cells])
    weights = random.lognormal(size=cells)
    return np.column_stack([weights / weights.sum(), random.uniform(-0.4, 0.4, (cells, 2))])


def read_clouds(grid: Grid, events: int) -> list[np.ndarray]:
    """Return weight, eta and phi of the cells of the first events of the sample's test split."""
    with h5py.File(ROOT / "resources/electrons/sample.h5") as file:
        images = SparseImages.from_dense(file[grid.name]["test"][:events])
    return images.point_clouds(pixel_positions(grid))


def time_call(function: Callable, *arguments: object, clock: Callable = time.process_time) -> float:
    """Return the CPU time of a call, or the time by another clock."""
    start = clock()
    function(*arguments)
    return clock() - start


def time_calls(function: Callable, *arguments: object, total: float = 0.5) -> list[float]:
    """Return the CPU times of at least three calls that take `total` seconds together."""
    times: list[float] = []
    while len(times) < 3 or sum(times) < total:
        times.append(time_call(function, *arguments))
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
    graphs, by_name = graph_sets(), engines()
    print_row("cells", "graphs", "EnergyFlow ms", "engine ms", "fastest", "ratio")
    for cells, events in ENERGYFLOW_EVENTS.items():
        clouds = [random_cloud(cells, seed) for seed in range(events)]
        times = {name: time_calls(polynomials.values, clouds) for name, polynomials in by_name.items()}
        seconds, reference = run_energyflow(graphs["all"], clouds)
        for name, polynomials in by_name.items():
            times[name] += time_calls(polynomials.values, clouds)
            expected = np.transpose([reference[observable] for observable in polynomials.observables])
            np.testing.assert_allclose(polynomials.values(clouds), expected, rtol=1e-8)
            energyflow = sum(seconds[graph] for graph in graphs[name]) / events * 1e3
            engine, fastest = (of(times[name]) / events * 1e3 for of in (median, min))
            print_row(cells, name, energyflow, engine, fastest, energyflow / engine)


def run_energyflow(
    graphs: list[Graph], clouds: list[np.ndarray]
) -> tuple[Counter[Graph], dict[str, np.ndarray]]:
    """Return the seconds for every graph, and the values of the events by observable."""
    seconds: Counter[Graph] = Counter()
    values = {}
    for graph, kappa, beta in product(graphs, KAPPAS, BETAS):
        efp = ef.EFP(
            list(graph.edges), measure="hadr", kappa=kappa, beta=beta, normed=False, coords="ptyphim"
        )
        start = time.process_time()
        values[str(graph.observable(kappa, beta))] = efp.batch_compute(clouds, n_jobs=1)
        seconds[graph] += time.process_time() - start
    return seconds, values


def rate() -> None:
    """Compare the engine's rate with that of a matrix product."""
    graphs, by_name = graph_sets(), engines()
    large = product_rate(LARGE)
    heads = ("cells", "graphs", "engine ms", "Mflop", "Gflop/s", "product's", "share %", f"of n={LARGE} %")
    print(f"matrix product of n = {LARGE}: {large / 1e9:.1f} Gflop/s")
    print_row(*heads)
    for cells, (name, polynomials) in product(RATE_CELLS, by_name.items()):
        # Several small events per call, as in the workflow.
        clouds = [random_cloud(cells, seed) for seed in range(max(1, 200 // cells))]
        seconds = median(time_calls(polynomials.values, clouds)) / len(clouds)
        instructions = make_program(tuple(graphs[name]))[0].instructions.tolist()
        count = len(KAPPAS) * len(BETAS) * sum(operations(line, cells) for line in instructions)
        reached, same = count / seconds, product_rate(cells)
        shares = (100 * reached / other for other in (same, large))
        print_row(cells, name, seconds * 1e3, count / 1e6, reached / 1e9, same / 1e9, *shares)


def product_rate(n: int) -> float:
    """Return the operations per second of BLAS's matrix product; small matrices are in the cache."""
    left, right = np.random.default_rng(0).random((2, max(1, 20_000 // n**2), n, n))
    out = np.empty_like(left)
    return 2 * left.size * n / median(time_calls(lambda: np.matmul(left, right, out=out)))


def operations(line: list[int], n: int) -> float:
    """Return the additions and multiplications of an instruction on n cells, see `leptonid.efp.kernels`."""
    code, first, left, right, _, symmetric = line
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
        case Code.MATRIX_MATRIX:  # rows are scaled first; only half of a symmetric result is computed
            return n**2 + 2 * n * (pairs if symmetric else n**2)
        case Code.STAR:  # for every d: third_cd vector_c, its products with legs_ca, S_abd for b <= a
            return {
                Shape.PLAIN: n**2 + n**3 + 2 * n**2 * pairs,
                Shape.SYMMETRIC: n**2 + n * pairs + 2 * n * pairs * (n + 2) / 3,  # a <= d only
                Shape.QUADRATIC: pairs + n * pairs + 2 * pairs**2,  # c <= d only
            }[Shape(first)]
        case Code.CLOSE:
            return n**2 + (1 if left == right else 2) * 3 * n * pairs
        case Code.CLOSE_SQUARE:
            return 3 * n * pairs
        case Code.OPPOSITE:  # as a star for which b, c, d <= a, then its sum
            return sum(3 * m + m**2 + (2 * m + 3) * m * (m + 1) / 2 for m in range(1, n + 1))
    raise ValueError(f"the cost of {Code(code)!r} is not known")


def sample(events: int) -> None:
    """Time the events of the shipped sample, in total and by multiplicity."""
    for grid in GRIDS.values():
        clouds = read_clouds(grid, events)
        counts = np.array([len(cloud) for cloud in clouds])
        print(
            f"{grid.calorimeter}: {len(clouds)} events, {counts.mean():.1f} cells on average, "
            f"{counts.max()} at most"
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
    """Return milliseconds of every event: the mean over events of its multiplicity."""
    times = np.empty(len(clouds))
    for cells in np.unique(counts):
        equal = np.flatnonzero(counts == cells)
        times[equal] = time_call(in_blocks, polynomials, [clouds[i] for i in equal]) / len(equal) * 1e3
    return times


def threads(events: int) -> None:
    """Compare two threads with one."""
    by_name = engines()
    print_row("calorimeter", "graphs", "one thread s", "two s", "ratio")
    for grid, name in ((ECAL, "all"), (HCAL, "c<=3")):
        clouds = read_clouds(grid, events)
        rounds = [
            [time_call(in_blocks, by_name[name], clouds, count, clock=time.perf_counter) for count in (1, 2)]
            for _ in range(ROUNDS)
        ]
        one, two = (median(times) for times in zip(*rounds, strict=True))
        print_row(grid.calorimeter, name, one, two, one / two)


def memory() -> None:
    """Measure the memory of a job for its table of values, for the largest event, and for the cells."""
    engines()
    all_pairs = {"kappas": KAPPAS, "betas": BETAS}
    edge, pair = select_graphs([["d<=1", "p==1"]]), {"kappas": [1], "betas": [1]}
    graphs = graph_sets()
    print_row("graphs", "events", "cells", "peak MB", "s")
    for name, chosen, powers, grid, counts in (
        ("all", graphs["all"], all_pairs, ECAL, [9] * CHUNK),
        ("c<=3", graphs["c<=3"], all_pairs, HCAL, [9] * (CHUNK - 1) + [LARGEST]),
        ("d<=1, one pair", edge, pair, HCAL, [LARGEST] * CHUNK),
    ):
        with tempfile.TemporaryDirectory() as folder:
            write_feather(graph_table({grid.calorimeter: chosen}), f"{folder}/graphs.feather")
            write_random_cells(grid, counts, f"{folder}/cells.feather")
            start = time.perf_counter()
            peak = peak_memory(Path(folder), grid, powers)
            seconds = time.perf_counter() - start
        print_row(name, CHUNK, "-".join(map(str, sorted({*counts}))), peak, seconds)


def write_random_cells(grid: Grid, counts: list[int], path: str) -> None:
    """Write a table of cells like that of the data stage, with these numbers of cells."""
    random = np.random.default_rng(0)
    images = SparseImages(
        grid.shape,
        np.concatenate([[0], np.cumsum(counts)]),
        np.concatenate([np.sort(random.permutation(grid.pixels)[:count]) for count in counts]).astype(
            pixel_type(grid.pixels)
        ),
        random.lognormal(size=sum(counts)).astype(np.float32),
    )
    schema = cell_schema("test", grid, pa.float32())
    write_batches([cell_batch(images, 0, schema)], schema, path)


def peak_memory(folder: Path, grid: Grid, powers: dict[str, list[float]]) -> float:
    """Return the peak memory in MB of compute_efps.py on one chunk."""
    settings = {**powers, "image": vars(grid), "coordinates": "physical", "chunks": 1}
    command = [sys.executable, str(ROOT / "workflow/scripts/efp/compute_efps.py"), "--chunk=0"]
    command += [f"--{name}={folder / name}.feather" for name in ("graphs", "cells", "output")]
    command += [f"--settings={json.dumps(settings)}"]
    # Started by a small process, as the peak of a child is at least the memory of its parent.
    launcher = (
        "import resource, subprocess, sys; subprocess.run(sys.argv[1:], check=True);"
        "print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)"
    )
    result = subprocess.run(  # noqa: S603  a program of this repository
        [sys.executable, "-c", launcher, *command], check=True, stdout=subprocess.PIPE, text=True
    )
    unit = 1 if sys.platform == "darwin" else 1024
    return int(result.stdout) * unit / 1e6


def main() -> None:
    """Print the requested sections."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    sections = {
        "ratio": ratio,
        "rate": rate,
        "sample": lambda: sample(args.events),
        "threads": lambda: threads(args.events),
        "memory": memory,
    }
    parser.add_argument("--only", nargs="+", choices=sections, default=list(sections), metavar="SECTION")
    parser.add_argument("--events", type=int, default=4000, help="events of the sample (default: all 4,000)")
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
