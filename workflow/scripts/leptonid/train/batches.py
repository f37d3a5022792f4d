"""Batches of events for Keras, dense images and float64 variables made on demand."""

import numpy as np

from leptonid.internals.keras import keras
from leptonid.tables.reader import CELLS, Events


class Batches(keras.utils.PyDataset):
    """Events in batches of `size`; with a `seed`, in another random order each epoch.

    Keras would cut arrays handed to `fit` itself to float32; here float64 variables arrive as float64. A
    batch is (x, y), or (x, y, weight) if `weights`. The order follows from the seed and the number of the
    epoch, counted from `first_epoch`.
    """

    def __init__(
        self,
        events: Events,
        size: int,
        weights: bool = False,
        seed: int | None = None,
        first_epoch: int = 0,
    ):
        super().__init__()
        self.events, self.size, self.weights, self.seed, self.epoch = events, size, weights, seed, first_epoch
        self.order = self._shuffled()

    def __len__(self) -> int:
        return -(-len(self.events) // self.size)

    def __getitem__(self, index: int) -> tuple:
        rows = slice(index * self.size, (index + 1) * self.size)
        if self.order is not None:
            rows = self.order[rows]
        x = self.events.batch(rows)
        if CELLS in x and (index - x[CELLS].shape[1]) % 2:
            # An odd batch has an odd number of columns: a number that is the same in the first two batches
            # would count as that of all.
            x[CELLS] = np.pad(x[CELLS], ((0, 0), (0, 1), (0, 0)))
        batch = (x, self.events.y[rows])
        return (*batch, self.events.weight[rows]) if self.weights else batch

    def on_epoch_end(self) -> None:
        """Shuffle for the next epoch."""
        self.epoch += 1
        self.order = self._shuffled()

    def _shuffled(self) -> np.ndarray | None:
        if self.seed is None:
            return None
        order = np.arange(len(self.events))
        np.random.default_rng((self.seed, self.epoch)).shuffle(order)
        return order
