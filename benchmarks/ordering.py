"""Time the average decision ordering (ADO) of observables, compared with sampling of pairs.

Sections, all by default and in this order:

ratio   Time per observable, and deviation from the exact value, alternating on the same events:
        - all pairs, and misordered pairs, on one thread and on two;
        - the public package `average_decision_ordering`, which samples pairs for every observable;
        - misordered pairs that are listed once and reused for all observables, as in the published search:
          those of 6,000 events of each class, and all of them. The time for listing is not included.
        Then the number of pairs that the package would have to sample for a given precision.
search  15,000 observables in blocks, as in a pass of a search, without the time to generate them.
memory  Peak memory of new processes that compute the ADO of one observable.

Events and observables are random, with a fixed seed; half of the observables are zero in 57 % of the events,
as in a calorimeter that is often empty.

    uv run python benchmarks/ordering.py --only ratio
"""

import argparse
import random
import subprocess
import sys
import time
import warnings
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import product
from pathlib import Path

import average_decision_ordering as package
import numpy as np
from llvmlite import binding

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT / "workflow/scripts"))

from leptonid.metrics.auc import auc  # noqa: E402
from leptonid.metrics.ordering import Ordering  # noqa: E402

EVENTS = 43_000
OBSERVABLES = 15_000
BLOCK = 250
EMPTY = 0.57
PAIRS = (1_000_000, 10_000_000)
PUBLISHED_PAIRS = 50_000_000
PUBLISHED_EVENTS = 6_000
ROUNDS = 20
COLUMNS = 40


def make_events() -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return y, and scores of a black box and of a slightly worse network, shapes (EVENTS,)."""
    rng = np.random.default_rng(0)
    y = rng.permutation(np.arange(EVENTS) % 2)
    common = rng.normal(2.75 * y)
    return y, *(common + rng.normal(scale=[[0.1], [0.2]], size=(2, EVENTS)))


def make_observables(black_box: np.ndarray, count: int, seed: int) -> np.ndarray:
    """Return values of observables with different correlations to the black box, shape (count, EVENTS)."""
    rng = np.random.default_rng([1, seed])
    # All rise with the black box, so that the package flips none.
    values = rng.normal(black_box * rng.uniform(0.2, 1, (count, 1)))
    np.exp(values, out=values)
    values[::2][rng.random(values[::2].shape) < EMPTY] = 0
    return values


def orderings() -> tuple[np.ndarray, np.ndarray, np.ndarray, dict[str, Ordering]]:
    """Return the events and the compiled orderings of all pairs and of misordered pairs."""
    y, black_box, network = make_events()
    exact = {"all pairs": Ordering(black_box, y), "misordered pairs": Ordering(black_box, y, network)}
    for ordering in exact.values():
        ordering.ados([network])
    return y, black_box, network, exact


def sample_pairs(f: np.ndarray, h: np.ndarray, y: np.ndarray, pairs: int, seed: int) -> float:
    """Return the package's ADO."""
    random.seed(seed)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        return package.calc_ado(f, h, y, pairs)


def sampled_pairs(y: np.ndarray, pairs: int) -> int:
    """Return the number of pairs that the package uses when a number is requested."""
    random.seed(0)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        return len(package.random_pairs(*(np.flatnonzero(y == label).tolist() for label in (0, 1)), pairs))


class ListedPairs:
    """A list of the misordered pairs of some events of each class, with the scores of the black box."""

    def __init__(self, y: np.ndarray, black_box: np.ndarray, network: np.ndarray, events: int, seed: int = 0):
        rng = np.random.default_rng([2, seed])
        signal, background = (rng.permutation(np.flatnonzero(y == label))[:events] for label in (1, 0))
        misordered = []
        for event in signal:
            orders = [score[event] > score[background] for score in (black_box, network)]
            misordered.append(background[orders[0] != orders[1]])
        self.signal = np.repeat(signal, [len(partners) for partners in misordered])
        self.background = np.concatenate(misordered)
        self.scores = black_box[self.background], black_box[self.signal]

    def ado(self, h: np.ndarray) -> float:
        """Return the ADO (not flipped) of an observable."""
        return package.calc_do(*self.scores, h[self.background], h[self.signal]).mean()


def timed(function: Callable, *arguments: object) -> tuple[object, np.ndarray]:
    """Return the result of a call, and its wall and CPU seconds."""
    start = np.array([time.perf_counter(), time.process_time()])
    value = function(*arguments)
    return value, np.array([time.perf_counter(), time.process_time()]) - start


def print_row(first: str, *cells: object) -> None:
    """Print a line of a table; floats with three digits."""
    texts = (f"{cell:.3g}" if isinstance(cell, float) else f"{cell:,}" for cell in cells)
    print(f"{first:34}" + "".join(f"{text:>14}" for text in texts), flush=True)


def print_heads(*heads: str) -> None:
    """Print the heads of a table."""
    print(f"{'':34}" + "".join(f"{head:>14}" for head in heads))


def root_mean_square(values: list[float]) -> float:
    """Return the square root of the mean of squares."""
    return float(np.sqrt(np.mean(np.square(values))))


@dataclass
class Row:
    """Measurements of one method: wall and CPU seconds, and deviations from the exact ADO."""

    kind: str
    pairs: int
    times: list[np.ndarray] = field(default_factory=list)
    misses: list[float] = field(default_factory=list)


def ratio() -> None:
    """Compare times and precisions."""
    y, black_box, network, exact = orderings()
    used = {asked: sampled_pairs(y, asked) for asked in PAIRS}
    whole = ListedPairs(y, black_box, network, EVENTS)
    rows: dict[str, Row] = {}
    uncertainties = defaultdict(list)
    for turn in range(ROUNDS):
        columns = make_observables(black_box, COLUMNS, turn)
        column = columns[turn % COLUMNS]
        few = ListedPairs(y, black_box, network, PUBLISHED_EVENTS, turn)
        expected = {kind: ordering.ado(column, flip=False) for kind, ordering in exact.items()}
        for kind, ado in expected.items():
            uncertainties[kind].append(ado.uncertainty)
        for threads, (kind, ordering) in product((1, 2), exact.items()):
            _, seconds = timed(ordering.ados, columns, threads)
            row = rows.setdefault(f"{kind}, threads: {threads}", Row(kind, expected[kind].pairs))
            row.times.append(seconds / COLUMNS)
        ways = [
            ("listed, all misordered pairs", "misordered pairs", len(whole.signal), whole.ado, column),
            ("listed, of 6,000 x 6,000 events", "misordered pairs", len(few.signal), few.ado, column),
        ]
        for asked in PAIRS:
            arguments = (black_box, column, y, asked, turn)
            ways.append((f"package, {asked:,} pairs", "all pairs", used[asked], sample_pairs, *arguments))
        for name, kind, pairs, function, *arguments in ways:
            value, seconds = timed(function, *arguments)
            row = rows.setdefault(name, Row(kind, pairs))
            row.times.append(seconds)
            row.misses.append(value - expected[kind].value)
    finite = {kind: root_mean_square(values) for kind, values in uncertainties.items()}
    print(f"AUC of the black box {auc(y, black_box):.4f}, of the network {auc(y, network):.4f}")
    print("uncertainty from the finite number of events:", {k: float(f"{v:.2g}") for k, v in finite.items()})
    print_heads("ms", "CPU ms", "CPU ratio", "15,000, h", "pairs", "rms miss", "of the finite")
    for name, row in rows.items():
        wall, cpu = np.median(row.times, axis=0).tolist()
        relative = cpu / np.median(rows[f"{row.kind}, threads: 1"].times, axis=0)[1]
        miss = root_mean_square(row.misses) if row.misses else 0.0
        cells = (row.pairs, miss, miss / finite[row.kind])
        print_row(name, wall * 1e3, cpu * 1e3, relative, wall * OBSERVABLES / 3600, *cells)
    print("The package, scaled from the last line as one over the square root of the number of pairs:")
    print_heads("pairs", "rms miss", "of the finite", "CPU s", "CPU ratio")
    part = miss / finite[row.kind]
    for needed in (row.pairs * (10 * part) ** 2, row.pairs * (100 * part) ** 2, PUBLISHED_PAIRS):
        more = needed / row.pairs
        print_row("", round(needed), miss / more**0.5, part / more**0.5, cpu * more, relative * more)


def search() -> None:
    """Time all observables of a search."""
    _, black_box, _, exact = orderings()
    times = dict.fromkeys(product((1, 2), exact), 0.0)
    for block in range(OBSERVABLES // BLOCK):
        columns = make_observables(black_box, BLOCK, block)
        for threads, kind in times:
            times[threads, kind] += timed(exact[kind].ados, columns, threads)[1]
    print_heads("observables", "s", "CPU s")
    for (threads, kind), seconds in times.items():
        print_row(f"{kind}, threads: {threads}", OBSERVABLES, *seconds.tolist())


def memory() -> None:
    """Measure the peak memory for one observable, in new processes."""
    print_heads("peak MB")
    for case in CASES:
        print_row(case, peak_of(case))


def order_once(restricted: bool) -> None:
    """Compute the ADO of one observable."""
    y, black_box, network = make_events()
    Ordering(black_box, y, network if restricted else None).ados(make_observables(black_box, 1, 0))


def sample_once(pairs: int) -> None:
    """Compute the ADO of one observable with the package."""
    y, black_box, _ = make_events()
    sample_pairs(black_box, make_observables(black_box, 1, 0)[0], y, pairs, 0)


CASES = {
    "inputs alone": lambda: make_observables(make_events()[1], 1, 0),
    "two events, to compile": lambda: Ordering([1, 2], [0, 1]).ados([[1, 2]]),
    "all pairs": lambda: order_once(False),
    "misordered pairs": lambda: order_once(True),
    **{f"package, {pairs:,} pairs": lambda pairs=pairs: sample_once(pairs) for pairs in PAIRS},
}


def peak_of(case: str) -> float:
    """Return the peak memory in MB of a process that runs a case."""
    # From a small launcher, as the peak of a child is at least the memory of its parent.
    launcher = (
        "import resource, subprocess, sys; subprocess.run(sys.argv[1:], check=True);"
        "print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)"
    )
    command = [sys.executable, "-c", launcher, sys.executable, __file__, "--case", case]
    result = subprocess.run(  # noqa: S603  a program of this repository
        command, check=True, stdout=subprocess.PIPE, text=True
    )
    unit = 1 if sys.platform == "darwin" else 1024
    return int(result.stdout) * unit / 1e6


def main() -> None:
    """Print the requested sections."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    sections = {"ratio": ratio, "search": search, "memory": memory}
    parser.add_argument("--only", nargs="+", choices=sections, default=list(sections), metavar="SECTION")
    parser.add_argument("--case", choices=CASES, help="run a case of `memory` and print nothing")
    args = parser.parse_args()
    if args.case:
        CASES[args.case]()
        return
    print(f"{binding.get_host_cpu_name()}, numpy {np.__version__}, {EVENTS:,} events")
    for name, section in sections.items():
        if name in args.only:
            start = time.perf_counter()
            print(f"\n{name}", flush=True)
            section()
            print(f"({time.perf_counter() - start:.0f} s)", flush=True)


if __name__ == "__main__":
    main()
