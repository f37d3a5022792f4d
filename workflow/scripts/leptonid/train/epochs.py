"""Epochs of a training, kept on disk as they end, so that a killed job resumes after its last epoch."""

import json
import logging
from collections.abc import Mapping
from pathlib import Path

import numpy as np

from leptonid.internals.keras import keras
from leptonid.tables.files import atomic_write, write_json
from leptonid.tables.fingerprints import fingerprint, loaded_sources

logger = logging.getLogger(__name__)


def training_key(data: str, *settings: object) -> str:
    """Return a hash that tells a training from all others.

    Parameters
    ----------
    data
        Fingerprint of the files with its events, see `leptonid.tables.fingerprints.files_fingerprint`.
    settings
        What else decides the result, as JSON can hold it. The library's code, Keras and its backend count
        too.
    """
    text = json.dumps([data, *settings, keras.backend.backend(), keras.__version__], sort_keys=True)
    return fingerprint(text, *loaded_sources())


class Epochs:
    """The history of a training, and the weights after the last and after the best epoch.

    They are in `folder`: `state.json` and `{epoch}.npz`, with the variables of the optimizer. A state with
    another `key`, see `training_key`, is discarded. The weights are written before the state that names them,
    so that the weights of a state exist whenever the job is killed.
    """

    def __init__(self, folder: str | Path, key: str):
        self.folder, self.key = Path(folder), key
        self.rows: list[dict] = []
        self.stopped = False
        state = self._read()
        if state:
            self.rows, self.stopped = state["history"], state["stopped"]
        self._remove_others()

    def keep(self, model: keras.Model, row: Mapping, stopped: bool) -> None:
        """Keep the model after an epoch, and the epoch's `row` of the history; `stopped`: it is the last."""
        values = [keras.ops.convert_to_numpy(variable) for variable in _variables(model)]
        # A saved Keras model has the same variables, but takes 60 ms to write.
        with atomic_write(self._path(row)) as temporary, open(temporary, "wb") as file:
            np.savez(file, *values)
        self.rows.append(dict(row))
        self.stopped = stopped
        write_json({"key": self.key, "stopped": stopped, "history": self.rows}, self.folder / "state.json")
        self._remove_others()

    def restore_last(self, model: keras.Model) -> None:
        """Give a compiled model the variables after the last epoch, so that it can be trained further."""
        self._restore(model, self.rows[-1])

    def restore_best(self, model: keras.Model) -> None:
        """Give a compiled model the variables after the epoch of the lowest validation loss.

        Of equal ones, it is the first.
        """
        self._restore(model, self._best_row())

    def _restore(self, model: keras.Model, row: Mapping) -> None:
        model.optimizer.build(model.trainable_variables)
        with np.load(self._path(row)) as values:
            for variable, name in zip(_variables(model), values, strict=True):
                variable.assign(values[name])

    def _best_row(self) -> dict:
        return min(self.rows, key=lambda row: row["val_loss"])

    def _path(self, row: Mapping) -> Path:
        return self.folder / f"{row['epoch']}.npz"

    def _read(self) -> dict | None:
        path = self.folder / "state.json"
        if not path.exists():
            return None
        state = json.loads(path.read_text(encoding="utf-8"))
        if state["key"] != self.key:
            logger.info("%s is of another training, which starts again", path)
            path.unlink()
            return None
        return state

    def _remove_others(self) -> None:
        """Remove the weights of epochs that are neither the last nor the best."""
        needed = {self._path(self.rows[-1]), self._path(self._best_row())} if self.rows else set()
        for path in self.folder.glob("*.npz"):
            if path not in needed:
                path.unlink()


def _variables(model: keras.Model) -> list:
    return [*model.weights, *model.optimizer.variables]
