"""Delphes ROOT files, read by uproot: their tree, the branches that are needed, and events step by step."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import awkward as ak
import numpy as np
import uproot

from leptonid.errors import InputError, system_reason

TREE = "Delphes"

# Entries that are held at a time.
STEP = 1000

ELECTRON = ("PT", "Eta", "Phi", "Charge")
TRACK = ("Eta", "Phi", "EtaOuter", "PhiOuter")
# What uproot calls the four edges in files of Delphes, and in files that uproot wrote.
EDGES = ("Edges[4]", "Edges")
WEIGHT = "Event.Weight"

# Branches of towers by calorimeter; `Tower`, which holds both, where a file lacks the first.
TOWERS = {"ecal": ("ECalTowers", "Tower"), "hcal": ("HCalTowers", "Tower")}

# Leaves of towers that hold the energy in each calorimeter: never E, which muons have too.
ENERGY = {"ecal": "Eem", "hcal": "Ehad"}


@dataclass(frozen=True)
class Jagged:
    """A leaf of some entries: `counts`, (entries,), and the values of all, one entry after the other."""

    counts: np.ndarray
    values: np.ndarray

    def owners(self) -> np.ndarray:
        """Return the entry of each value."""
        return np.repeat(np.arange(len(self.counts)), self.counts)


@dataclass(frozen=True)
class Branches:
    """What is read: `leaves`, from our names such as `Tower.Edges` to the file's; `towers` by calorimeter."""

    leaves: dict[str, str]
    towers: dict[str, str]

    @property
    def has_tracks(self) -> bool:
        """Whether the file says where tracks meet the calorimeter."""
        return all(f"Track.{leaf}" in self.leaves for leaf in TRACK)


@contextmanager
def open_tree(path: str | Path) -> Iterator[uproot.TTree]:
    """Open the tree of a Delphes file.

    Raises
    ------
    InputError
        If the file is missing, empty, truncated, no ROOT file, or has no events in a tree `Delphes`.
    """
    try:
        with open(path, "rb") as file:
            head = file.read(4)
    except OSError as error:
        if isinstance(error, FileNotFoundError):
            raise InputError(f"{path}: no such file; expected a ROOT file of Delphes") from error
        raise InputError(f"{path}: cannot be read: {system_reason(error, path)}") from error
    if not head:
        raise InputError(f"{path}: is empty (0 bytes), expected a ROOT file of Delphes; make it again")
    if head != b"root":
        raise InputError(f"{path}: is no ROOT file, expected one that Delphes wrote")
    # This handler takes the path as it is: others read URLs, and names of objects after a colon.
    options = {"handler": uproot.MultithreadedFileSource, "num_workers": 1}
    with _named(path, f"tree {TREE}"), uproot.open(Path(path), **options) as file:
        classes = file.classnames(cycle=False, recursive=False)
        if classes.get(TREE) != "TTree":
            found = ", ".join(f"{name} ({kind})" for name, kind in sorted(classes.items())) or "nothing"
            raise InputError(f"{path}: has no tree {TREE} (found: {found}); expected a file of Delphes")
        tree = file[TREE]
        if tree.aliases:
            raise InputError(
                f"{path}: tree {TREE} has aliases ({', '.join(tree.aliases)}), which would be run as code; "
                "expected a file as Delphes writes it"
            )
        if not tree.num_entries:
            raise InputError(f"{path}: tree {TREE} has 0 events; leave the file out or make it again")
        yield tree


def find_branches(tree: uproot.TTree, path: str | Path) -> Branches:
    """Return the branches of a tree that are needed, with those of use that it has.

    Raises
    ------
    InputError
        Naming the branch that is missing, and those that are there.
    """
    known = set(tree.keys(full_paths=False))
    towers = {
        calorimeter: next((name for name in names if f"{name}.{ENERGY[calorimeter]}" in known), names[0])
        for calorimeter, names in TOWERS.items()
    }
    leaves = {name: name for name in (f"Electron.{leaf}" for leaf in ELECTRON)}
    for calorimeter, name in towers.items():
        leaves[f"{name}.{ENERGY[calorimeter]}"] = f"{name}.{ENERGY[calorimeter]}"
        edges = (f"{name}.{leaf}" for leaf in EDGES)
        leaves[f"{name}.Edges"] = next((leaf for leaf in edges if leaf in known), f"{name}.{EDGES[0]}")
    missing = sorted(set(leaves.values()) - known)
    if missing:
        found = (
            ", ".join(sorted({name.split(".")[0] for name in known if not name.endswith("_size")})) or "none"
        )
        raise InputError(
            f"{path}: {missing[0]} is missing in tree {TREE} (branches found: {found}); the card's "
            "TreeWriter must write Electron, Track, and ECalTowers and HCalTowers or Tower (docs/delphes.md)"
        )
    optional = [WEIGHT, "Electron.Particle", "Track.Particle", *(f"Track.{leaf}" for leaf in TRACK)]
    return Branches({**leaves, **{name: name for name in optional if name in known}}, towers)


def steps(
    tree: uproot.TTree, branches: Branches, start: int, stop: int, path: str | Path
) -> Iterator[tuple[int, dict[str, Jagged]]]:
    """Yield (first entry, leaves by our names) of up to `STEP` entries, from `start` to before `stop`.

    Edges are of shape (towers, 4): eta low, high, phi low, high. References to particles are whole numbers.

    Raises
    ------
    InputError
        If a branch cannot be read, as in a damaged file, or the edges of towers are not four each.
    """
    if start == stop:
        return
    names = list(branches.leaves.values())
    batches = tree.iterate(names, entry_start=start, entry_stop=stop, step_size=STEP, library="ak")
    for first in range(start, stop, STEP):
        try:
            arrays = next(batches)
        except Exception as error:
            last = min(first + STEP, stop)
            for name in names:
                with _named(path, f"{name}, events {first} to {last - 1},"):
                    tree[name].array(entry_start=first, entry_stop=last)
            raise InputError(f"{path}: tree {TREE} cannot be read ({_reason(error)})") from error
        leaves = {name: _jagged(arrays[leaf]) for name, leaf in branches.leaves.items()}
        for calorimeter, name in branches.towers.items():
            towers, edges = leaves[f"{name}.{ENERGY[calorimeter]}"], leaves[f"{name}.Edges"]
            if edges.values.size != 4 * len(towers.values):
                raise InputError(
                    f"{path}: {name}.Edges has {edges.values.size} values for {len(towers.values)} towers, "
                    f"expected 4 each (events {first} to {first + len(towers.counts) - 1})"
                )
            leaves[f"{name}.Edges"] = Jagged(towers.counts, edges.values.reshape(-1, 4))
        yield first, leaves


def check_column(
    values: np.ndarray, good: np.ndarray, owners: np.ndarray, path: str | Path, name: str, expected: str
) -> None:
    """Refuse a leaf in which a value is not `good`; `owners` are the entries of the values.

    Raises
    ------
    InputError
        Naming the file, the leaf, the event and the value.
    """
    if not good.all():
        index = int(np.argmin(good))
        raise InputError(
            f"{path}: {name}: event {owners[index]} has {values[index]}, expected {expected}; leave the file "
            "out or make it again"
        )


def _jagged(array: ak.Array) -> Jagged:
    if "ref" in ak.fields(array):
        array = array["ref"]
    return Jagged(ak.to_numpy(ak.num(array)), ak.to_numpy(ak.flatten(array, axis=None)))


@contextmanager
def _named(path: str | Path, what: str) -> Iterator[None]:
    """Say which file and branch cannot be read: parsers raise whatever damaged bytes lead them to."""
    try:
        yield
    except InputError:
        raise
    except Exception as error:
        raise InputError(
            f"{path}: {what} cannot be read: the file is truncated or damaged ({_reason(error)}); make or "
            "copy it again"
        ) from error


def _reason(error: Exception) -> str:
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    return f"{type(error).__name__}: {lines[0]}" if lines else type(error).__name__
