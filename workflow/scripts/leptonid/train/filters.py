"""The filters of an Energy Flow Network: what each output of Phi makes of a place in the images."""

from collections.abc import Mapping

import numpy as np
import pyarrow as pa

from leptonid.internals.keras import keras
from leptonid.study.layout import Grid
from leptonid.tables.reader import CELLS

# Points along each side of an image.
POINTS = 61


def plane_filters(model: keras.Model, grids: Mapping[str, Grid], points: int = POINTS) -> pa.Table:
    """Return every filter Phi_a(eta, phi) over the plane of each image (arXiv:1810.05165, section 4.3).

    Parameters
    ----------
    model
        A network of kind `efn`.
    grids
        The grid of every image by name, in the order of its inputs.

    Returns
    -------
    pyarrow.Table
        `image`, `filter` (its number in Phi's last layer), and `values`, the list of the values at `points` x
        `points` places from edge to edge, phi row by row from low to high and eta along rows; and `weight`:
        the norm of the values times that of the weights that F's first layer gives the filter, which no
        factor between Phi and F changes. Per image, the largest weight comes first.
    """
    *_, last = (layer for layer in model.layers if layer.name.startswith("phi_"))
    phi = keras.Model(model.input[CELLS], last.output)
    outgoing = model.get_layer("dense_1").get_weights()[0][: last.units]
    tables = []
    for number, (name, grid) in enumerate(grids.items()):
        left, right, bottom, top = grid.extent
        eta, phi_angle = np.meshgrid(np.linspace(left, right, points), np.linspace(bottom, top, points))
        places = np.zeros((1, points**2, 2 + len(grids)), np.float32)
        places[0, :, :3] = np.column_stack([np.ones(points**2), eta.ravel(), phi_angle.ravel()])
        if number:
            places[0, :, 2 + number] = 1
        values = keras.ops.convert_to_numpy(phi(places))[0].T
        weight = np.linalg.norm(values, axis=1) * np.linalg.norm(outgoing, axis=1)
        order = np.argsort(-weight, kind="stable")
        columns = {"image": [name] * len(order), "filter": order, "weight": weight[order].astype(np.float64)}
        tables.append(pa.table({**columns, "values": list(values[order])}))
    return pa.concat_tables(tables)
