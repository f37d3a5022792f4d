"""Towers of any size in the cells of the layout: exactly one each, or shared out by overlapping area."""

from dataclasses import dataclass

import numpy as np

from leptonid.data.imaging.electrons import CALORIMETERS, Cells
from leptonid.data.simulation.particles import expand

STRICT, OVERLAP = "strict", "overlap"

# Edges this close to those of cells (in eta and in phi) are on them: files hold them in single precision.
TOLERANCE = 1e-4

# Sizes that a message names.
MOST_SIZES = 3

TITLES = {"ecal": "ECal", "hcal": "HCal"}


@dataclass(frozen=True)
class Towers:
    """Towers of one calorimeter with energy in it, with edges in units of its cells.

    `event` and `energy` (GeV) are of shape (M,), `edges` (M, 4): eta low, high, from the grid's lower end;
    phi low, high, from 0. `is_cell`, (M,), says which are exactly a cell.
    """

    cells: Cells
    event: np.ndarray
    energy: np.ndarray
    edges: np.ndarray
    is_cell: np.ndarray

    @staticmethod
    def create(cells: Cells, event: np.ndarray, energy: np.ndarray, edges: np.ndarray) -> "Towers":
        """Return the towers with edges (M, 4) in eta and radians whose centre lies in the calorimeter."""
        steps = np.array([cells.step_eta, cells.step_eta, cells.step_phi, cells.step_phi])
        units = edges / steps
        nearest = np.rint(units)
        on_edge = np.abs(units - nearest) * steps < TOLERANCE
        units = np.where(on_edge, nearest, units)
        whole = on_edge.all(axis=1) & (units[:, 1] - units[:, 0] == 1) & (units[:, 3] - units[:, 2] == 1)
        units += [cells.cells_eta // 2, cells.cells_eta // 2, 0, 0]
        centre = (units[:, 0] + units[:, 1]) / 2
        central = (centre > 0) & (centre < cells.cells_eta)
        return Towers(cells, event[central], energy[central], units[central], whole[central])

    def __getitem__(self, chosen: np.ndarray) -> "Towers":
        """Return the towers of a mask or of indices."""
        arrays = (self.event, self.energy, self.edges, self.is_cell)
        return Towers(self.cells, *(values[chosen] for values in arrays))

    def deposits(self) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
        """Return event, indices in eta and phi, and energy of the cells that the towers cover.

        The energy of a tower that is no cell is shared by the area that it has in each.
        """
        if self.is_cell.all():
            row, column = self.edges[:, 0].astype(np.int64), self.edges[:, 2].astype(np.int64)
            return self.event, row, column % self.cells.cells_phi, self.energy
        low, high = self.edges[:, ::2], self.edges[:, 1::2]
        first = np.floor(low).astype(np.int64)
        counts = np.ceil(high).astype(np.int64) - first
        tower, member = expand(np.zeros(len(counts), np.int64), counts.prod(axis=1))
        cell = first[tower] + np.stack(np.divmod(member, counts[tower, 1]), axis=1)
        width = np.minimum(high[tower], cell + 1) - np.maximum(low[tower], cell)
        energy = self.energy[tower] * (width / (high - low)[tower]).prod(axis=1)
        row, column = cell.T
        inside = (row >= 0) & (row < self.cells.cells_eta)
        deposits = (self.event[tower], row, column % self.cells.cells_phi, energy)
        return tuple(values[inside] for values in deposits)

    def misfits(self, name: str) -> str | None:
        """Return in words which towers of the calorimeter `name` are no cells, or None."""
        others = self[~self.is_cell]
        if not len(others.event):
            return None
        eta = np.diff(others.edges[:, :2])[:, 0] * self.cells.step_eta
        phi = np.diff(others.edges[:, 2:])[:, 0] * self.cells.step_phi
        sizes = np.stack([np.round(eta, 4), np.round(np.pi / phi, 1)], axis=1)
        sizes, counts = np.unique(sizes, axis=0, return_counts=True)
        order = np.argsort(-counts, kind="stable")
        listed = ", ".join(f"{_size(*sizes[index])} ({counts[index]:,})" for index in order[:MOST_SIZES]) + (
            ", ..." if len(order) > MOST_SIZES else ""
        )
        coarser = int((eta * phi > self.cells.step_eta * self.cells.step_phi * (1 + TOLERANCE)).sum())
        return (
            f"{TITLES[name]}: {len(others.event):,} of {len(self.event):,} towers with |eta| < 2.5 are not "
            f"the cells of {cell_size(name)} (eta x phi, edges on multiples of that); they are {listed}"
            + (f"; {coarser:,} of them are coarser" if coarser else "")
        )


def cell_size(name: str) -> str:
    """Return the size of the cells of a calorimeter in words: 0.025 x pi/126."""
    cells = CALORIMETERS[name]
    return _size(cells.step_eta, np.pi / cells.step_phi)


def card_lines(name: str) -> str:
    """Return the lines of a Delphes card that give a calorimeter the cells of the layout."""
    cells = CALORIMETERS[name]
    phi, eta = cells.cells_phi // 2, cells.cells_eta // 2
    return (
        f"  set PhiBins {{}}\n"
        f"  for {{set i -{phi}}} {{$i <= {phi}}} {{incr i}} {{ add PhiBins [expr {{$i * $pi / {phi}.0}}] }}\n"
        f"  for {{set i -{eta}}} {{$i <= {eta}}} {{incr i}} "
        f"{{ add EtaPhiBins [expr {{$i * {cells.step_eta:g}}}] $PhiBins }}"
    )


def _size(eta: float, parts_of_pi: float) -> str:
    return f"{eta:g} x pi/{parts_of_pi:g}"
