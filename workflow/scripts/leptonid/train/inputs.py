"""What a network sees: the images and flat variables of a feature set, for the events of a split."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from leptonid.calorimeter import IMAGES, Grid, images_from_cells
from leptonid.efp.tables import coordinates_of, read_efps
from leptonid.errors import InputError
from leptonid.storage import HL, matching, read_feather

GROUPS = {"hl": HL, "mass": ("mass",)}
FLAT = "flat"


@dataclass(frozen=True)
class Column:
    """One flat variable: a column of the table `events` or of the EFP tables of a calorimeter."""

    source: str
    name: str

    def __str__(self) -> str:
        return self.name if self.source == "events" else f"{self.source}/{self.name}"


@dataclass(frozen=True)
class Sample:
    """The events of one split: `x` has an array per network input, `y` labels, `weight` weights.

    `event` and `split` say in which row of which table of events each event stands. `x` holds images,
    (N, size, size, 1) float32, under `et` and `ht`, and the flat variables, (N, F) float64, under `flat`.
    """

    event: np.ndarray
    split: np.ndarray
    y: np.ndarray
    weight: np.ndarray
    x: Mapping[str, np.ndarray]


def flat_columns(inputs: Sequence[str], unique: Mapping[str, Sequence[str]]) -> list[Column]:
    """Return the flat variables of a feature set, in order.

    Parameters
    ----------
    inputs
        `hl`, `mass`, `efp_ecal`, `efp_hcal`, one high-level variable, or one EFP observable, as
        `hcal/2_1_0_k_1_b_0.5`; without a calorimeter it is the ECal's. Images are passed over.
    unique
        The unique EFP observables of each calorimeter.

    Raises
    ------
    InputError
        For an EFP observable that was not computed, or that is a duplicate of another.
    """
    columns = []
    for name in inputs:
        if name in IMAGES:
            continue
        if name in GROUPS:
            columns += [Column("events", variable) for variable in GROUPS[name]]
        elif name in HL:
            columns.append(Column("events", name))
        elif name.startswith("efp_"):
            calorimeter = name.removeprefix("efp_")
            columns += [Column(calorimeter, observable) for observable in unique[calorimeter]]
        else:
            calorimeter, _, observable = name.rpartition("/")
            calorimeter = calorimeter or "ecal"
            if observable not in unique.get(calorimeter, ()):
                raise InputError(
                    f"input {name!r}: {observable} is not among the unique observables of the {calorimeter}; "
                    "see efp/unique.feather and efp/duplicates.feather"
                )
            columns.append(Column(calorimeter, observable))
    return list(dict.fromkeys(columns))


def unique_by_calorimeter(path: str | Path) -> dict[str, list[str]]:
    """Return the observables of `efp/unique.feather` for each calorimeter."""
    result: dict[str, list[str]] = {}
    for row in read_feather(path).to_pylist():
        result.setdefault(row["calorimeter"], []).append(row["observable"])
    return result


def images_and_columns(inputs: Sequence[str], unique: str | Path | None) -> tuple[list[str], list[Column]]:
    """Return the images and the flat variables of a feature set; errors as of `flat_columns`.

    `unique` is the table of unique observables, needed where EFPs are inputs.
    """
    columns = flat_columns(inputs, unique_by_calorimeter(unique) if unique else {})
    return [name for name in inputs if name in IMAGES], columns


def described(images: Sequence[str], columns: Sequence[Column], efps: Sequence[str | Path]) -> dict:
    """Return what is written down of the inputs of a classifier.

    Returns
    -------
    `inputs`, the names of its images and flat variables, and `coordinates`, of the EFPs among them, or None.

    Raises
    ------
    InputError
        If the EFP tables differ in their coordinates, or do not say.
    """
    with_efps = any(column.source != "events" for column in columns)
    return {
        "inputs": [*images, *map(str, columns)],
        "coordinates": coordinates_of(efps) if with_efps else None,
    }


def load_sample(
    split: str,
    images: Sequence[str],
    columns: Sequence[Column],
    events: Sequence[str | Path],
    cells: Sequence[str | Path],
    efps: Sequence[str | Path],
) -> Sample:
    """Read the events of a split; the files may be those of all splits, their metadata says which is which.

    Raises
    ------
    InputError
        If a file is missing or damaged, or its events are not those of the split.
    """
    (path,) = matching(events, split=split)
    names = ["event", "y", "weight", *(column.name for column in columns if column.source == "events")]
    table = read_feather(path, list(dict.fromkeys(names)))
    event = table["event"].to_numpy()

    x = {}
    for image in images:
        grid = IMAGES[image]
        (path,) = matching(cells, split=split, calorimeter=grid.name)
        x[image] = _images(path, grid, event)
    if columns:
        flat = np.empty((len(event), len(columns)))
        for source in dict.fromkeys(column.source for column in columns):
            indices = [index for index, column in enumerate(columns) if column.source == source]
            wanted = [columns[index].name for index in indices]
            values = table
            if source != "events":
                values = read_efps(efps, source, split, wanted)
                _same_events(values["event"].to_numpy(), event, f"efp/{source}/{split}")
            for index, name in zip(indices, wanted, strict=True):
                flat[:, index] = values[name].to_numpy()
        x[FLAT] = flat
    splits = np.full(len(event), split)
    return Sample(event, splits, table["y"].to_numpy(), table["weight"].to_numpy(), x)


def _images(path: str | Path, grid: Grid, event: np.ndarray) -> np.ndarray:
    table = read_feather(path)
    _same_events(table["event"].to_numpy(), event, path)
    cell, et = table["cell"].combine_chunks(), table["et"].combine_chunks()
    counts = cell.value_lengths().to_numpy()
    return images_from_cells(cell.flatten().to_numpy(), et.flatten().to_numpy(), counts, grid)


def _same_events(found: np.ndarray, expected: np.ndarray, path: str | Path) -> None:
    if not np.array_equal(found, expected):
        raise InputError(
            f"{path}: its {len(found)} events are not the {len(expected)} of the table of events"
        )
