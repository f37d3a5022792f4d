"""EFP tables by chunk: which events of a split a chunk holds, and their cells as point clouds."""

import numpy as np
import pyarrow as pa

from leptonid.calorimeter import GRIDS
from leptonid.storage import metadata_of


def chunk_of(cells: pa.Table, chunk: int, chunks: int) -> pa.Table:
    """Return the events of chunk number `chunk` of `chunks` of nearly equal size."""
    start, stop = (len(cells) * edge // chunks for edge in (chunk, chunk + 1))
    return cells.slice(start, stop - start)


def point_clouds(cells: pa.Table, coordinates: str) -> list[np.ndarray]:
    """Return one array (M, 3) of ET, eta, phi per event of a table of cells.

    `coordinates` says where the cells lie, see `leptonid.calorimeter.Grid.positions`.
    """
    grid = GRIDS[metadata_of(cells)["calorimeter"]]
    positions = grid.positions(coordinates)
    lists = cells["cell"].combine_chunks()
    ends = np.cumsum(lists.value_lengths().to_numpy())
    flat = np.column_stack(
        [cells["et"].combine_chunks().flatten().to_numpy(), positions[lists.flatten().to_numpy()]]
    )
    return np.split(flat, ends)[:-1]
