"""The Feather splits: one table of events and one of non-empty cells per calorimeter."""

from pathlib import Path

import numpy as np
import pyarrow as pa

from leptonid.calorimeter import Grid
from leptonid.data.published import blocks, open_events
from leptonid.storage import HL


def event_table(path: str | Path, split: str) -> pa.Table:
    """Return one row per event of a split of an HDF5 file in the published layout.

    Columns: `event` (row in the split), `y` (1 = signal), `weight` (1 where the file has none), the
    seven high-level variables, `mass`, and `pt`, `eta` where the file has them. The schema's metadata
    carries `split`, `label`, which says where the events come from, and `energy_unit`, that of ET,
    isolations and mass.
    """
    with open_events(path) as file:
        y = file["y"][split][:].astype(np.int8)
        hl = file["hl"][split][:]
        columns = {"event": np.arange(len(y)), "y": y}
        columns["weight"] = file["weight"][split][:] if "weight" in file else np.ones(len(y))
        columns |= {name: hl[:, index] for index, name in enumerate(HL)}
        columns["mass"] = file["mass"][split][:, 0]
        columns |= {name: file[name][split][:] for name in ("pt", "eta") if name in file}
        metadata = {
            "split": split,
            "label": str(file.attrs["label"]),
            "energy_unit": str(file.attrs["energy_unit"]),
        }
    return pa.table(columns, metadata=metadata)


def cell_table(path: str | Path, grid: Grid, split: str) -> pa.Table:
    """Return the non-empty cells of a calorimeter: one row per event of a split.

    Columns: `event`, `cell` (list of row-major grid indices, ascending) and `et` (list, in the
    file's own precision). The schema's metadata carries `split` and `calorimeter`.
    """
    counts, cells, energies = [], [], []
    with open_events(path) as file:
        dataset = file[grid.image][split]
        for _, images in blocks(dataset, path):
            flat = images.reshape(len(images), -1)
            rows, columns = np.nonzero(flat)
            counts.append(np.bincount(rows, minlength=len(flat)))
            cells.append(columns.astype(np.int16))
            energies.append(flat[rows, columns])
    ends = np.cumsum(np.concatenate(counts))
    offsets = pa.array(np.concatenate([[0], ends]), pa.int32())
    table = {
        "event": np.arange(len(ends)),
        "cell": pa.ListArray.from_arrays(offsets, np.concatenate(cells)),
        "et": pa.ListArray.from_arrays(offsets, np.concatenate(energies)),
    }
    return pa.table(table, metadata={"split": split, "calorimeter": grid.name})
