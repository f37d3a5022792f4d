"""Batches of events for Keras, in the precision of the sample."""

import keras
import numpy as np

from leptonid.train.inputs import Sample


class Batches(keras.utils.PyDataset):
    """The events of a sample in batches of `size`; with a `seed`, in another random order each epoch.

    Arrays handed to `fit` itself would be cut to float32 before the model sees them; here float64
    variables arrive as float64. A batch is (x, y), or (x, y, weight) if `weights`. The order follows from
    the seed and the number of the epoch, counted from `first_epoch`.
    """

    def __init__(
        self,
        sample: Sample,
        size: int,
        weights: bool = False,
        seed: int | None = None,
        first_epoch: int = 0,
    ):
        super().__init__()
        self.sample, self.size, self.weights, self.seed, self.epoch = sample, size, weights, seed, first_epoch
        self.order = self._order()

    def __len__(self) -> int:
        return -(-len(self.order) // self.size)

    def __getitem__(self, index: int) -> tuple:
        rows = self.order[index * self.size : (index + 1) * self.size]
        x = {name: values[rows] for name, values in self.sample.x.items()}
        batch = (x, self.sample.y[rows])
        return (*batch, self.sample.weight[rows]) if self.weights else batch

    def on_epoch_end(self) -> None:
        """Shuffle for the next epoch."""
        self.epoch += 1
        self.order = self._order()

    def _order(self) -> np.ndarray:
        order = np.arange(len(self.sample.y))
        if self.seed is not None:
            np.random.default_rng((self.seed, self.epoch)).shuffle(order)
        return order
