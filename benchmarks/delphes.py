"""Time the reading of a Delphes file on one core: generated events of 400 towers, each with a candidate.

The towers lie anywhere in |eta| < 2.5, half of them in each calorimeter, but for ten around the electron. In
files of Delphes the branches of towers are compressed by zlib, as here.

    uv run python benchmarks/delphes.py
"""

import argparse
import sys
import tempfile
import time
from pathlib import Path

import awkward as ak
import numpy as np
import uproot

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT / "workflow/scripts"))

from data.merge_delphes import COMPRESSION  # noqa: E402
from leptonid.data.delphes.candidates import read_candidates  # noqa: E402
from leptonid.data.delphes.parts import Part, read_parts, write_part  # noqa: E402
from leptonid.data.delphes.sample import Settings, make_sample  # noqa: E402
from leptonid.data.hdf5 import write_events  # noqa: E402
from leptonid.data.imaging.electrons import CALORIMETERS, Cells  # noqa: E402

TRACKS = 60
BRANCHES = {"ecal": ("ECalTowers", "Eem"), "hcal": ("HCalTowers", "Ehad")}
# Entries in a cluster of baskets, about what 10 MB of them hold in a file with all branches.
CLUSTER = 500


def towers(
    cells: Cells, eta: np.ndarray, phi: np.ndarray, count: int, rng: np.random.Generator, leaf: str
) -> dict:
    """Return the branches of `count` towers an event, five of which are around directions (N,)."""
    events = len(eta)
    row = rng.integers(0, cells.cells_eta, (events, count))
    column = rng.integers(0, cells.cells_phi, (events, count))
    near = cells.index(eta, phi)
    row[:, :5] = near[0][:, None] + rng.integers(-2, 3, (events, 5))
    column[:, :5] = near[1][:, None] + rng.integers(-2, 3, (events, 5))
    column = (column + cells.cells_phi // 2) % cells.cells_phi - cells.cells_phi // 2
    low = np.stack([(row - cells.cells_eta // 2) * cells.step_eta, column * cells.step_phi], axis=-1)
    high = low + np.array([cells.step_eta, cells.step_phi])
    edges = np.stack([low, high], axis=-1).reshape(events, count * 4)
    energy = rng.exponential(1, (events, count)).astype(np.float32)
    leaves = {name: energy if name == leaf else np.zeros_like(energy) for name in ("Eem", "Ehad")}
    return {"towers": ak.zip({name: lists(values) for name, values in leaves.items()}), "edges": lists(edges)}


def lists(values: np.ndarray) -> ak.Array:
    """Return rows of numbers as lists of float32."""
    return ak.from_regular(ak.Array(values.astype(np.float32)))


def write_file(path: Path, events: int, count: int, rng: np.random.Generator) -> None:
    """Write events with an electron, its track among others, and `count` towers."""
    eta, phi = rng.uniform(-2, 2, events), rng.uniform(-np.pi, np.pi, events)
    number = np.tile(np.arange(1, TRACKS + 1, dtype=np.uint32), (events, 1))
    tracks = {"Eta": rng.normal(0, 2, (events, TRACKS)), "Phi": rng.uniform(-np.pi, np.pi, (events, TRACKS))}
    tracks |= {"EtaOuter": tracks["Eta"].copy(), "PhiOuter": tracks["Phi"].copy()}
    own = rng.integers(0, TRACKS, events)
    for leaf, values in (("EtaOuter", eta), ("PhiOuter", phi)):
        tracks[leaf][np.arange(events), own] = values
    electron = {"PT": 10.5 + rng.exponential(5, events), "Eta": eta, "Phi": phi, "Charge": np.ones(events)}
    branches = {
        "Event": ak.zip({"Weight": lists(np.ones((events, 1)))}),
        "Electron": ak.zip(
            {
                **{name: lists(values[:, None]) for name, values in electron.items()},
                "Particle": ak.from_regular(ak.Array((own[:, None] + 1).astype(np.uint32))),
            }
        ),
        "Track": ak.zip(
            {
                **{name: lists(values) for name, values in tracks.items()},
                "Particle": ak.from_regular(ak.Array(number)),
            }
        ),
    }
    for name, (branch, leaf) in BRANCHES.items():
        made = towers(CALORIMETERS[name], eta, phi, count // 2, rng, leaf)
        branches |= {branch: made["towers"], f"{branch}.Edges": made["edges"]}
    with uproot.recreate(path, compression=uproot.ZLIB(1)) as file:
        file.mktree(
            "Delphes",
            {name: values.type.content for name, values in branches.items()},
            counter_name=lambda counted: f"{counted}_size",
            field_name=lambda outer, inner: f"{outer}.{inner}" if outer else inner,
        )
        for start in range(0, events, CLUSTER):
            file["Delphes"].extend(
                {name: values[start : start + CLUSTER] for name, values in branches.items()}
            )


def timed(label: str, events: int, function, *arguments):
    """Run a function, print the events per second, and return its result."""
    wall, cpu = time.perf_counter(), time.process_time()
    result = function(*arguments)
    wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
    print(f"{label:20} {events / cpu:8.0f} events per CPU second, {events / wall:.0f} per second", flush=True)
    return result


def read_part(path: Path, output: Path, label: str, granularity: str) -> None:
    """Do what read_delphes.py does with a whole file."""
    write_part(output, Part(label, 0, 0, 1, *read_candidates(path, 0, 1, 10.0, granularity)))


def merge(parts: list[Path], output: Path) -> None:
    """Do what merge_delphes.py does."""
    settings = Settings(1_000_000, 10.0, "strict", "accept", event_weights=False, seed=1)
    write_events(output, *make_sample(read_parts(parts), settings), compression=COMPRESSION)


def main() -> None:
    """Print the events per second of both programs."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--events", type=int, default=20_000)
    parser.add_argument("--towers", type=int, default=400)
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        path, parts = Path(folder) / "events.root", []
        write_file(path, args.events, args.towers, np.random.default_rng(0))
        print(f"{args.events} events of {args.towers} towers, {path.stat().st_size / 1e6:.0f} MB", flush=True)
        for granularity, label in (("strict", "signal"), ("overlap", "background")):
            parts.append(Path(folder) / f"{label}.h5")
            timed(f"read, {granularity}", args.events, read_part, path, parts[-1], label, granularity)
        timed("merge", 2 * args.events, merge, parts, Path(folder) / "events.h5")


if __name__ == "__main__":
    main()
