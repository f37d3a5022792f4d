"""Batches of events for Keras, in the precision of the sample."""

import keras
import numpy as np

from leptonid.train.inputs import Sample


class Batches(keras.utils.PyDataset):
    """The events of a sample in batches of `size`, in a new random order each epoch if `rng` is given.

    Arrays handed to `fit` itself would be cut to float32 before the model sees them; here float64
    variables arrive as float64. A batch is (x, y), or (x, y, weight) if `weights`.
    """

    def __init__(
        self, sample: Sample, size: int, weights: bool = False, rng: np.random.Generator | None = None
    ):
        super().__init__()
        self.sample, self.size, self.weights, self.rng = sample, size, weights, rng
        self.order = np.arange(len(sample.y))
        self.on_epoch_end()

    def __len__(self) -> int:
        return -(-len(self.order) // self.size)

    def __getitem__(self, index: int) -> tuple:
        rows = self.order[index * self.size : (index + 1) * self.size]
        x = {name: values[rows] for name, values in self.sample.x.items()}
        batch = (x, self.sample.y[rows])
        return (*batch, self.sample.weight[rows]) if self.weights else batch

    def on_epoch_end(self) -> None:
        """Shuffle for the next epoch."""
        if self.rng is not None:
            self.rng.shuffle(self.order)
