"""Saliency, gradient x input and occlusion: how the logit depends on each calorimeter cell, per class."""

from collections.abc import Callable, Mapping, Sequence
from importlib import import_module

import numpy as np
import pyarrow as pa

from leptonid.errors import InputError
from leptonid.internals.keras import keras
from leptonid.study.layout import CLASSES, Grid
from leptonid.tables.cells import pixel_positions
from leptonid.tables.reader import CELLS, Events
from leptonid.tables.slices import slices
from leptonid.train.training import prediction_batch, takes_sets

# Means over so many events have an uncertainty of a few per cent.
EVENTS = 1000

# Events computed at once; a gradient keeps the outputs of all layers.
BATCH = 256


def image_maps(
    model: keras.Model, events: Events, grids: Mapping[str, Grid], seed: int, count: int = EVENTS
) -> pa.Table:
    """Return the mean saliency, gradient x input and occlusion of every cell of each image, in each class.

    All three are of the logit, not of the score, which hardly changes where it is near 0 or 1, and are means
    with the events' weights; events without a weight above 0 are left out. A cell is `pixels_per_cell`^2
    pixels of its grid.

    Parameters
    ----------
    model
        A classifier whose last layer, `score`, is a sigmoid. One of sets sees every cell of the images, empty
        ones too; a PFN then has the slope 0 for those.
    events
        Events of both classes; `count` of them are drawn with `seed`, or all are taken if there are fewer.
    grids
        The grid of every image by name.

    Returns
    -------
    pyarrow.Table
        `image`, `y`, `row`, `column`; `saliency`, the mean of |d logit / d ET| in one over the unit of ET;
        `gradient_x_input`, the mean of (d logit / d ET) ET; `occlusion`, the mean of what the cell's energy
        adds to the logit: that of the event less that of the event without it.

    Raises
    ------
    InputError
        If a class has no events with a weight above 0.
    """
    rows = _drawn(events, count, seed)
    x, y, weight = events.batch(rows), events.y[rows], events.weight[rows]
    if len(np.unique(y)) < 2:
        raise InputError("maps are made per class, and need events of both with a weight above 0")
    grids = {image: grids[image] for image in events.images}
    sides = {image: grid.pixels_per_cell for image, grid in grids.items()}
    every, filled, batch = _logits_of_images(logit_of(model), events, grids)
    slopes = gradients(every, x, sides, batch)
    tables = []
    for image, slope in slopes.items():
        maps = {
            "saliency": np.abs(slope),
            "gradient_x_input": slope * _patches(x[image], sides[image]).sum(axis=(2, 4)),
            "occlusion": occlusions(filled, x, image, sides[image]),
        }
        row, column = np.indices(slope.shape[1:], dtype=np.int32).reshape(2, -1)
        for label in CLASSES:
            in_class = y == label
            position = {"image": [image] * len(row), "y": np.full(len(row), label, np.int8)}
            means = {
                name: np.average(values[in_class], axis=0, weights=weight[in_class]).ravel()
                for name, values in maps.items()
            }
            tables.append(pa.table({**position, "row": row, "column": column, **means}))
    return pa.concat_tables(tables)


def _drawn(events: Events, count: int, seed: int) -> np.ndarray:
    """Return the rows of `count` random events with a weight above 0, and one of a class that these lack."""
    order = np.random.default_rng(seed).permutation(len(events))
    order = order[events.weight[order] > 0]
    return np.unique(np.concatenate([order[:count], *(order[events.y[order] == y][:1] for y in CLASSES)]))


def logit_of(model: keras.Model) -> keras.Model:
    """Return the classifier without its last sigmoid: log(score / (1 - score)), also where that saturates."""
    score = model.get_layer("score")
    logit = keras.layers.Dense(1, name="logit", dtype=score.dtype_policy)
    result = keras.Model(model.input, logit(score.input))
    logit.set_weights(score.get_weights())
    return result


def _logits_of_images(
    logit: keras.Model, events: Events, grids: Mapping[str, Grid]
) -> tuple[keras.Model, keras.Model, int]:
    """Return the network for slopes, that for occlusions, both of images, and how many events go at once.

    A network of sets sees all cells for slopes, and for occlusions, which need many more scores, those that
    can be filled.
    """
    if not takes_sets(logit):
        return logit, logit, BATCH
    cells = sum(grid.of_cells.pixels for grid in grids.values())
    every, filled = (
        with_images(logit, grids, count) for count in (cells, max(1, events.as_sets().most_cells))
    )
    return every, filled, min(BATCH, prediction_batch(logit, cells))


def with_images(logit: keras.Model, grids: Mapping[str, Grid], cells: int) -> keras.Model:
    """Return a network of sets as one of images: it sees the `cells` cells that hold most, or all of them."""
    images, energies, places = {}, [], []
    for number, (name, grid) in enumerate(grids.items()):
        side, pixels = grid.pixels_per_cell, grid.of_cells.pixels
        images[name] = keras.Input(grid.shape, name=name)
        sums = keras.layers.AveragePooling2D(side)(images[name]) * side**2
        energies.append(keras.ops.reshape(sums, (-1, pixels)))
        flags = np.zeros((pixels, len(grids) - 1))
        flags[:, number - 1 : number] = 1
        places.append(np.concatenate([pixel_positions(grid.of_cells), flags], axis=1))
    energy, place = keras.ops.concatenate(energies, axis=1), np.concatenate(places).astype(np.float32)
    if cells < len(place):
        _, chosen = keras.ops.top_k(keras.ops.abs(energy), cells)
        energy, place = (
            keras.ops.take_along_axis(energy, chosen, axis=1),
            keras.ops.take(place, chosen, axis=0),
        )
    energy = energy[:, :, None]
    sets = keras.ops.concatenate([energy, keras.ops.zeros_like(energy) + place], axis=2)
    others = {
        x.name: keras.Input(x.shape[1:], name=x.name, dtype=x.dtype) for x in logit.inputs if x.name != CELLS
    }
    return keras.Model({**images, **others}, logit({**others, CELLS: sets}))


def gradients(
    logit: keras.Model, x: Mapping[str, np.ndarray], sides: Mapping[str, int], batch: int = BATCH
) -> dict[str, np.ndarray]:
    """Return d logit / d ET of every cell, (N, rows, columns) per image.

    `sides` has the pixels along the side of a cell for every image. The energy of a cell is taken as spread
    evenly over its pixels. `batch` events are computed at once.
    """
    batches = [
        _gradients_at_once(logit, {name: values[rows] for name, values in x.items()}, list(sides))
        for rows in slices(len(next(iter(x.values()))), batch)
    ]
    return {
        name: np.concatenate([_patches(slope[name], side).mean(axis=(2, 4)) for slope in batches])
        for name, side in sides.items()
    }


def _gradients_at_once(logit: keras.Model, x: Mapping, images: Sequence[str]) -> dict[str, np.ndarray]:
    """Return d logit / d pixel, float64, as images."""
    tensors = {name: keras.ops.convert_to_tensor(values) for name, values in x.items()}

    def total(pixels: Mapping):
        return keras.ops.sum(logit({**tensors, **pixels}, training=False))

    # Keras has no gradients of its own; backends are named like their packages.
    backend = keras.backend.backend()
    slopes = GRADIENTS[backend](import_module(backend), total, {name: tensors[name] for name in images})
    return {name: keras.ops.convert_to_numpy(slope).astype(np.float64) for name, slope in slopes.items()}


def occlusions(logit: keras.Model, x: Mapping[str, np.ndarray], image: str, side: int) -> np.ndarray:
    """Return what the energy of every cell of an image adds to the logit, (N, rows, columns).

    That is the logit of an event less its logit with the cell set to 0, and 0 for empty cells. A cell has
    `side` pixels along each side.
    """
    whole = np.concatenate([_evaluate(logit, x, rows) for rows in slices(len(x[image]), BATCH)])
    filled = _patches(x[image], side).any(axis=(2, 4))
    event, row, column = np.nonzero(filled)
    added = np.zeros(filled.shape)
    for batch in slices(len(event), BATCH):
        rows = event[batch]
        pixels = x[image][rows]
        _patches(pixels, side)[np.arange(len(rows)), row[batch], :, column[batch], :] = 0
        added[rows, row[batch], column[batch]] = whole[rows] - _evaluate(logit, x, rows, {image: pixels})
    return added


def _evaluate(logit: keras.Model, x: Mapping, rows: slice | np.ndarray, changed: Mapping | None = None):
    """Return the logits of some events, (len(rows),) float64, with the inputs in `changed` replaced."""
    batch = {name: values[rows] for name, values in x.items()}
    values = logit({**batch, **(changed or {})}, training=False)
    return keras.ops.convert_to_numpy(values)[:, 0].astype(np.float64)


def _patches(images: np.ndarray, side: int) -> np.ndarray:
    """Return images (N, rows * side, columns * side, 1) as (N, rows, side, columns, side); a view."""
    count, rows, columns = images.shape[:3]
    return images.reshape(count, rows // side, side, columns // side, side)


def _tensorflow_gradient(tensorflow, total: Callable, images: Mapping) -> Mapping:
    with tensorflow.GradientTape() as tape:
        tape.watch(images)
        value = total(images)
    return tape.gradient(value, images)


def _jax_gradient(jax, total: Callable, images: Mapping) -> Mapping:
    return jax.grad(total)(images)


def _torch_gradient(torch, total: Callable, images: Mapping) -> Mapping:
    leaves = [image.requires_grad_() for image in images.values()]
    return dict(zip(images, torch.autograd.grad(total(images), leaves), strict=True))


GRADIENTS = {"tensorflow": _tensorflow_gradient, "jax": _jax_gradient, "torch": _torch_gradient}
