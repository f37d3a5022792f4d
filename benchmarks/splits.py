"""Time the data stage on as many events as the paper's, beside the usual loop over events.

The shipped sample is repeated to 215,000 events in one split. In turn: the check, the table of events, the
cells of each calorimeter, and for the same cells a loop that takes them event by event from the image, as the
public tutorial does, on a part of the events and scaled up.

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

from leptonid.calorimeter import GRIDS, Grid  # noqa: E402
from leptonid.data.published import check_events, copy_events  # noqa: E402
from leptonid.data.splits import cell_table, event_table  # noqa: E402
from leptonid.storage import SPLITS, write_events, write_feather  # noqa: E402

LOOP_EVENTS = 2000


def repeat_sample(path: Path, events: int) -> None:
    """Write the shipped sample, repeated so that its training split has `events` events."""
    with h5py.File(ROOT / "resources/electrons.h5") as file:
        groups = {name: {split: file[name][split][:] for split in SPLITS} for name in file}
    for splits in groups.values():
        repeats = -(-events // len(splits["train"]))
        splits["train"] = np.concatenate([splits["train"]] * repeats)[:events]
    write_events(path, groups, {"label": "the sample, repeated"})


def loop_over_events(path: Path, grid: Grid) -> float:
    """Return seconds per event of taking the cells event by event."""
    start = time.perf_counter()
    with h5py.File(path) as file:
        images = file[grid.image]["train"][:LOOP_EVENTS]
    rows = []
    for image in images:
        for row in range(grid.size):
            for column in range(grid.size):
                if image[row, column, 0] != 0:
                    rows.append((row * grid.size + column, image[row, column, 0]))
    return (time.perf_counter() - start) / LOOP_EVENTS


def timed(label: str, function, *arguments) -> float:
    """Run a function, print and return its seconds."""
    start = time.perf_counter()
    function(*arguments)
    seconds = time.perf_counter() - start
    print(f"{label:40} {seconds:8.1f} s", flush=True)
    return seconds


def main() -> None:
    """Print the times and their ratios."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--events", type=int, default=215_000)
    events = parser.parse_args().events
    with tempfile.TemporaryDirectory() as folder:
        source, checked, table = (
            Path(folder) / name for name in ("source.h5", "checked.h5", "table.feather")
        )
        repeat_sample(source, events)
        print(f"{events} events, one core", flush=True)
        findings = check_events(source, ["et", "ht"])
        timed("check", check_events, source, ["et", "ht"])
        timed("checked copy", copy_events, source, checked, findings)
        timed("table of events", lambda: write_feather(event_table(checked, "train"), table))
        for grid in GRIDS.values():
            seconds = timed(
                f"cells, {grid.name}",
                lambda grid=grid: write_feather(cell_table(checked, grid, "train"), table),
            )
            loop = loop_over_events(checked, grid) * events
            print(f"{'  loop over pixels, extrapolated':40} {loop:8.1f} s, {loop / seconds:.0f} times slower")


if __name__ == "__main__":
    main()
