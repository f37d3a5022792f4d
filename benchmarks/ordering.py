"""Time the average decision ordering of observables with one function, beside the sampling of pairs.

Sections, all by default and in this order:

ratio   What an observable takes, and by how much it misses the exact value. In turn on the same events:
        - all pairs, and those that two functions misorder, on one thread and on two;
        - the public package `average_decision_ordering`, which draws pairs anew for every observable;
        - misordered pairs that are listed once and kept for all observables, as the published search does:
          those of 6,000 events of each class, and all there are. The listing is not counted.
        Then how many pairs the package would have to draw for a given precision.
search  15,000 observables in blocks, as a pass of a search takes them, without the making of the values.
memory  Peak memory of fresh processes that look at one observable.

Events and observables are random, with a fixed seed; half of the observables are zero in 57 % of the events,
as those of the HCal are.

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

from leptonid.ordering import Ordering  # noqa: E402
from leptonid.train.metrics import auc  # noqa: E402

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
    """Return y and scores of a black box and of a network that is nearly as good, shape (EVENTS,) each."""
    rng = np.random.default_rng(0)
    y = rng.permutation(np.arange(EVENTS) % 2)
    common = rng.normal(2.75 * y)
    return y, *(common + rng.normal(scale=[[0.1], [0.2]], size=(2, EVENTS)))


def make_observables(black_box: np.ndarray, count: int, seed: int) -> np.ndarray:
    """Return values of observables that know more or less of the black box, shape (count, EVENTS)."""
    rng = np.random.default_rng([1, seed])
    # All rise with the black box, so that the package turns none over.
    values = rng.normal(black_box * rng.uniform(0.2, 1, (count, 1)))
    np.exp(values, out=values)
    values[::2][rng.random(values[::2].shape) < EMPTY] = 0
    return values


def orderings() -> tuple[np.ndarray, np.ndarray, np.ndarray, dict[str, Ordering]]:
    """Return the events and the orderings of all and of the misordered pairs, compiled."""
    y, black_box, network = make_events()
    found = {"all pairs": Ordering(black_box, y), "misordered pairs": Ordering(black_box, y, network)}
    for ordering in found.values():
        ordering.ados([network])
    return y, black_box, network, found


def sample_pairs(f: np.ndarray, h: np.ndarray, y: np.ndarray, pairs: int, seed: int) -> float:
    """Return the package's ADO."""
    random.seed(seed)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        return package.calc_ado(f, h, y, pairs)


def pairs_drawn(y: np.ndarray, pairs: int) -> int:
    """Return how many pairs the package takes when so many are asked for."""
    random.seed(0)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        return len(package.random_pairs(*(np.flatnonzero(y == label).tolist() for label in (0, 1)), pairs))


class KeptPairs:
    """Misordered pairs of some events of each class, listed: signal and background, with the black box's."""

    def __init__(self, y: np.ndarray, black_box: np.ndarray, network: np.ndarray, events: int, seed: int = 0):
        rng = np.random.default_rng([2, seed])
        signal, background = (rng.permutation(np.flatnonzero(y == label))[:events] for label in (1, 0))
        found = []
        for event in signal:
            orders = [score[event] > score[background] for score in (black_box, network)]
            found.append(background[orders[0] != orders[1]])
        self.signal, self.background = np.repeat(signal, [len(each) for each in found]), np.concatenate(found)
        self.scores = black_box[self.background], black_box[self.signal]

    def ado(self, h: np.ndarray) -> float:
        """Return the ADO of an observable, not flipped."""
        return package.calc_do(*self.scores, h[self.background], h[self.signal]).mean()


def timed(function: Callable, *arguments: object) -> tuple[object, np.ndarray]:
    """Return what a call returns, and its wall and CPU seconds."""
    start = np.array([time.perf_counter(), time.process_time()])
    value = function(*arguments)
    return value, np.array([time.perf_counter(), time.process_time()]) - start


def print_row(first: str, *cells: object) -> None:
    """Print a line of a table; numbers get three digits."""
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
    """What was measured of a way to the ADO of some pairs: wall and CPU seconds, and the misses."""

    kind: str
    pairs: int
    times: list[np.ndarray] = field(default_factory=list)
    misses: list[float] = field(default_factory=list)


def ratio() -> None:
    """Compare times and precisions."""
    y, black_box, network, exact = orderings()
    drawn = {asked: pairs_drawn(y, asked) for asked in PAIRS}
    whole = KeptPairs(y, black_box, network, EVENTS)
    rows: dict[str, Row] = {}
    uncertainties = defaultdict(list)
    for turn in range(ROUNDS):
        columns = make_observables(black_box, COLUMNS, turn)
        column = columns[turn % COLUMNS]
        few = KeptPairs(y, black_box, network, PUBLISHED_EVENTS, turn)
        found = {kind: ordering.ado(column, flip=False) for kind, ordering in exact.items()}
        for kind, ado in found.items():
            uncertainties[kind].append(ado.uncertainty)
        for threads, (kind, ordering) in product((1, 2), exact.items()):
            _, seconds = timed(ordering.ados, columns, threads)
            row = rows.setdefault(f"{kind}, threads: {threads}", Row(kind, found[kind].pairs))
            row.times.append(seconds / COLUMNS)
        ways = [
            ("kept, all misordered pairs", "misordered pairs", len(whole.signal), whole.ado, column),
            ("kept, of 6,000 x 6,000 events", "misordered pairs", len(few.signal), few.ado, column),
        ]
        for asked in PAIRS:
            arguments = (black_box, column, y, asked, turn)
            ways.append((f"package, {asked:,} pairs", "all pairs", drawn[asked], sample_pairs, *arguments))
        for name, kind, pairs, function, *arguments in ways:
            value, seconds = timed(function, *arguments)
            row = rows.setdefault(name, Row(kind, pairs))
            row.times.append(seconds)
            row.misses.append(value - found[kind].value)
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
    """Measure what one observable needs, in fresh processes."""
    print_heads("peak MB")
    for case in CASES:
        print_row(case, peak_of(case))


def order_once(restricted: bool) -> None:
    """Take the ADO of one observable."""
    y, black_box, network = make_events()
    Ordering(black_box, y, network if restricted else None).ados(make_observables(black_box, 1, 0))


def sample_once(pairs: int) -> None:
    """Take the package's ADO of one observable."""
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
    # Started by a small process: a child's peak is at least what its parent had.
    launcher = (
        "import resource, subprocess, sys; subprocess.run(sys.argv[1:], check=True);"
        "print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)"
    )
    command = [sys.executable, "-c", launcher, sys.executable, __file__, "--case", case]
    result = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True)
    unit = 1 if sys.platform == "darwin" else 1024
    return int(result.stdout) * unit / 1e6


def main() -> None:
    """Print the sections that are asked for."""
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
