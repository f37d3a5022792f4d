"""Time the data stage on as many events as the paper's, beside the usual loop over events.

The shipped sample is repeated to 215,000 events in one split. Timed are the check, the receipt, the table of
events and the cells of each calorimeter. For comparison, a loop extracts the same cells event by event from a
part of the events, as the public tutorial does, and its time is scaled up.

    uv run python benchmarks/splits.py
"""

import argparse
import sys
import tempfile
import time
from pathlib import Path

import h5py
import numpy as np

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT / "workflow/scripts"))

from leptonid.data.checks import check_events  # noqa: E402
from leptonid.data.hdf5 import write_events  # noqa: E402
from leptonid.data.receipt import make_receipt, state_of  # noqa: E402
from leptonid.data.splits import write_cell_table, write_event_table  # noqa: E402
from leptonid.study.layout import Grid  # noqa: E402
from leptonid.study.layout_file import read_layout  # noqa: E402
from leptonid.study.paths import SPLITS  # noqa: E402

LOOP_EVENTS = 2000
LAYOUT = read_layout(ROOT / "config/layouts/electrons.yaml")


def repeat_sample(path: Path, events: int) -> None:
    """Write the shipped sample, repeated so that its training split has `events` events."""
    with h5py.File(ROOT / "resources/electrons/sample.h5") as file:
        groups = {name: {split: file[name][split][:] for split in SPLITS} for name in file}
    for splits in groups.values():
        repeats = -(-events // len(splits["train"]))
        splits["train"] = np.concatenate([splits["train"]] * repeats)[:events]
    write_events(path, groups, {"label": "the sample, repeated"})


def loop_over_events(path: Path, grid: Grid) -> float:
    """Return the seconds per event that extracting the cells event by event takes."""
    start = time.perf_counter()
    with h5py.File(path) as file:
        images = file[grid.name]["train"][:LOOP_EVENTS]
    cells = []
    for image in images:
        for row in range(grid.rows):
            for column in range(grid.columns):
                if image[row, column, 0] != 0:
                    cells.append((row * grid.columns + column, image[row, column, 0]))
    return (time.perf_counter() - start) / LOOP_EVENTS


def timed(label: str, function, *arguments):
    """Run a function, print its seconds, and return its result and the seconds."""
    start = time.perf_counter()
    result = function(*arguments)
    seconds = time.perf_counter() - start
    print(f"{label:40} {seconds:8.1f} s", flush=True)
    return result, seconds


def main() -> None:
    """Print the times and their ratios."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--events", type=int, default=215_000)
    events = parser.parse_args().events
    contents = LAYOUT.contents
    with tempfile.TemporaryDirectory() as folder:
        source, table = Path(folder) / "source.h5", Path(folder) / "table.feather"
        repeat_sample(source, events)
        print(f"{events} events, one core", flush=True)
        findings, _ = timed("check", check_events, source, contents, list(contents.images))
        timed("receipt", make_receipt, source, findings, state_of(source))
        timed("table of events", write_event_table, source, "train", contents, table)
        for calorimeter, grid in LAYOUT.grids.items():
            _, seconds = timed(f"cells, {calorimeter}", write_cell_table, source, "train", grid, table)
            loop = loop_over_events(source, grid) * events
            print(f"{'  loop over pixels, extrapolated':40} {loop:8.1f} s, {loop / seconds:.0f} times slower")


if __name__ == "__main__":
    main()
