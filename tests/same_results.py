"""What two runs of the same study must have alike."""

import json
from pathlib import Path

import h5py
import numpy as np
from PIL import Image

from leptonid.tables.feather import read_feather

# Snakemake's own, manifests and what shows how long jobs took, with times in them; compiled code, with
# addresses in it. Nor are models, which hold the time they were saved at.
TIMES = ("logs/", "benchmarks/", "record/", "manifest", "figures/gallery", "report.html")
NOT_COMPARED = (*TIMES, "efp/kernels/")


def datasets(path):
    found = {}
    with h5py.File(path) as file:
        file.visititems(
            lambda name, item: found.update({name: item[()]}) if isinstance(item, h5py.Dataset) else None
        )
    return found


def identifier(results):
    """Return the identifier of a study, which is in its figures."""
    manifest = results / "manifest.json"
    return json.loads(manifest.read_text())["identifier"].encode() if manifest.exists() else b""


def assert_same_results(first: Path, second: Path):
    """Assert that two folders of results hold the same files with the same content.

    Figures may have the identifiers of different studies.
    """
    identifiers = identifier(first), identifier(second)
    names = [
        {
            str(path.relative_to(folder))
            for path in folder.rglob("*")
            if path.is_file() and not str(path.relative_to(folder)).startswith(NOT_COMPARED)
        }
        for folder in (first, second)
    ]
    assert names[0] == names[1]
    for name in sorted(names[0]):
        one, other = first / name, second / name
        if name.endswith(".feather"):
            assert read_feather(one).equals(read_feather(other), check_metadata=True), name
        elif name.endswith(".h5"):
            one, other = datasets(one), datasets(other)
            assert one.keys() == other.keys(), name
            for key in one:
                np.testing.assert_array_equal(one[key], other[key], err_msg=f"{name}: {key}")
        elif name.endswith(".png"):
            pixels = [np.asarray(Image.open(path)) for path in (one, other)]
            np.testing.assert_array_equal(*pixels, err_msg=name)
        elif not name.endswith((".keras", ".skops")):
            assert one.read_bytes().replace(*identifiers) == other.read_bytes(), name
