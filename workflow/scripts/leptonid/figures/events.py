"""The events of one split, as the figures need them."""

from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from leptonid.calorimeter import Grid
from leptonid.errors import InputError
from leptonid.storage import metadata_of, read_feather, read_metadata

CLASSES = {1: "signal", 0: "background"}
CALORIMETERS = {"ecal": "ECal", "hcal": "HCal"}


@dataclass(frozen=True)
class Cells:
    """The non-empty cells of N events, one event after the other.

    `cell` holds row-major grid indices and `et` what is in them, both as long as the sum of `counts`,
    shape (N,). `event`, `y` and `weight`, shape (N,), belong to the events.
    """

    event: np.ndarray
    y: np.ndarray
    weight: np.ndarray
    counts: np.ndarray
    cell: np.ndarray
    et: np.ndarray


def read_label(path: str) -> str:
    """Return where the events of a table come from; an `InputError` if its metadata does not say."""
    return _noted(path, "label", "where the events come from")


def read_energy_unit(path: str) -> str:
    """Return the unit of the energies of a table; an `InputError` if its metadata does not say."""
    return _noted(path, "energy_unit", "what energies are measured in")


def read_events(path: str, columns: list[str]) -> pa.Table:
    """Read `event`, `y`, `weight` and other columns of a split, ordered by event.

    Raises
    ------
    InputError
        If a column is missing, an event appears more than once, or a class has no events.
    """
    table = _read_by_event(path, ["y", "weight", *columns])
    y = table["y"].to_numpy()
    for value, name in CLASSES.items():
        if not (y == value).any():
            raise InputError(f"{path}: has no {name} events (y = {value})")
    return table


def read_cells(path: str, events_path: str, grid: Grid) -> Cells:
    """Read one calorimeter's cells of a split, and join what `events_path` says of the same events.

    Raises
    ------
    InputError
        As from `read_events`, and if the two files hold different events, the cells are the other
        calorimeter's, or one is outside the image.
    """
    events = read_events(events_path, [])
    cells = _read_by_event(path, ["cell", "et"])
    calorimeter = metadata_of(cells).get("calorimeter", grid.name)
    if calorimeter != grid.name:
        raise InputError(f"{path}: expected cells of the {grid.name}, found those of the {calorimeter}")
    unmatched = np.setxor1d(events["event"].to_numpy(), cells["event"].to_numpy())
    if len(unmatched):
        raise InputError(f"{path} and {events_path}: event {unmatched[0]} is in only one of them")
    cell, et = (cells[name].combine_chunks() for name in ("cell", "et"))
    if not cell.value_lengths().equals(et.value_lengths()):
        raise InputError(f"{path}: an event has more cells than ET values, or the other way round")
    counts = cell.value_lengths().to_numpy()
    cell, et = cell.flatten().to_numpy(), et.flatten().to_numpy()
    outside = (cell < 0) | (cell >= grid.size**2)
    if outside.any():
        raise InputError(
            f"{path}: cell {cell[outside][0]} is outside the {grid.name} image of {grid.size**2} cells"
        )
    return Cells(*(events[name].to_numpy() for name in ("event", "y", "weight")), counts, cell, et)


def _noted(path: str, key: str, meaning: str) -> str:
    metadata = read_metadata(path)
    if key not in metadata:
        raise InputError(f"{path}: its metadata does not say {meaning} (key '{key}')")
    return metadata[key]


def _read_by_event(path: str, columns: list[str]) -> pa.Table:
    table = read_feather(path, columns=["event", *columns]).sort_by("event")
    event = table["event"].to_numpy()
    repeated = event[1:][np.diff(event) == 0]
    if len(repeated):
        raise InputError(f"{path}: event {repeated[0]} appears more than once")
    return table
