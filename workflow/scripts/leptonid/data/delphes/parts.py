"""Candidates of one part of a Delphes file, as HDF5 with sparse images."""

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import h5py
import numpy as np

from leptonid.data.variables.electrons import ECAL, HCAL
from leptonid.errors import InputError
from leptonid.study.layout import CLASSES
from leptonid.tables.cells import SparseImages, joined
from leptonid.tables.files import atomic_write

# Groups of the layout that a part holds, images first.
IMAGES = {ECAL.name: ECAL, HCAL.name: HCAL}
GROUPS = (*IMAGES, "hl", "mass", "pt", "eta")

# How an image is stored: the attributes of `SparseImages`.
SPARSE = ("offsets", "pixel", "energy")

# What follows them: the number of the event in its file, and its weight.
OTHERS = ("entry", "weight")


@dataclass(frozen=True)
class Part:
    """Part `part` of `parts` of file number `file` of a class: its candidates, and what became of the rest.

    `groups` are those of a layout, with images sparse, `entry` and `weight`; `entries` is the number of
    events that were read, `drops` of those that gave no candidate, by reason.
    """

    name: str
    file: int
    part: int
    parts: int
    groups: dict[str, np.ndarray | SparseImages]
    entries: int
    drops: Counter

    def __len__(self) -> int:
        """Return the number of candidates."""
        return len(self.groups["entry"])


def write_part(path: str | Path, part: Part) -> None:
    """Write a part; the bytes depend on the content only."""
    attributes = {
        "class": part.name,
        "file": part.file,
        "part": part.part,
        "parts": part.parts,
        "entries": part.entries,
        "drops": json.dumps(part.drops, sort_keys=True),
    }
    with atomic_write(path) as temporary, h5py.File(temporary, "w", locking=False) as file:
        for name in (*GROUPS, *OTHERS):
            stored = {name: part.groups[name]}
            if name in IMAGES:
                stored = {f"{name}/{key}": getattr(part.groups[name], key) for key in SPARSE}
            for key, values in stored.items():
                file.create_dataset(
                    key, data=values, compression="gzip", compression_opts=1, shuffle=True, track_times=False
                )
        file.attrs.update(sorted(attributes.items()))


def read_parts(paths: Sequence[str | Path]) -> list[Part]:
    """Return all parts, signal first, in the order of files and parts, whatever that of `paths`.

    Raises
    ------
    InputError
        If a file cannot be read, or parts are missing or given twice.
    """
    found = {}
    for path in paths:
        part = _read_part(path)
        key = (list(CLASSES.values()).index(part.name), part.file, part.part)
        if key in found:
            raise InputError(f"{path}: part {part.part} of {part.name} file {part.file} is given twice")
        found[key] = part
    for part in found.values():
        given = {other.part for other in found.values() if (other.name, other.file) == (part.name, part.file)}
        if given != set(range(part.parts)):
            raise InputError(
                f"of {part.name} file {part.file}, parts 0 to {part.parts - 1} are needed, found "
                f"{sorted(given)}"
            )
    return [found[key] for key in sorted(found)]


def joined_groups(parts: Sequence[Part]) -> dict[str, np.ndarray | SparseImages]:
    """Return the groups of all parts, one after the other."""
    return {name: joined([part.groups[name] for part in parts]) for name in (*GROUPS, *OTHERS)}


def total_drops(parts: Sequence[Part]) -> Mapping[str, int]:
    """Return how many events of all parts gave no candidate, by reason."""
    return sum((part.drops for part in parts), Counter())


def _read_part(path: str | Path) -> Part:
    try:
        with h5py.File(path, "r", locking=False) as file:
            groups = {
                name: SparseImages(grid.shape, *(file[name][key][:] for key in SPARSE))
                for name, grid in IMAGES.items()
            }
            groups |= {name: file[name][:] for name in (*GROUPS, *OTHERS) if name not in IMAGES}
            numbers = (int(file.attrs[name]) for name in ("file", "part", "parts"))
            drops = Counter(json.loads(file.attrs["drops"]))
            return Part(str(file.attrs["class"]), *numbers, groups, int(file.attrs["entries"]), drops)
    except (OSError, KeyError, ValueError) as error:
        raise InputError(f"{path}: not candidates as read_delphes.py writes them ({error})") from error
