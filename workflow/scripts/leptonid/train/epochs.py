"""Epochs of a training, kept on disk as they end, so that a killed job resumes after its last epoch."""

import json
import logging
from collections.abc import Mapping
from pathlib import Path

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
    """The history of a training, and its model after the last and after the best epoch.

    They are in `folder`: `state.json` and `{epoch}.keras`, optimizer included. A state with another `key`,
    see `training_key`, is discarded. The model is written before the state that names it, so that the models
    of a state exist whenever the job is killed.
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
        with atomic_write(self._path(row)) as temporary:
            model.save(temporary)
        self.rows.append(dict(row))
        self.stopped = stopped
        write_json({"key": self.key, "stopped": stopped, "history": self.rows}, self.folder / "state.json")
        self._remove_others()

    def last(self) -> keras.Model:
        """Return the model after the last epoch, ready to be trained further."""
        return keras.models.load_model(self._path(self.rows[-1]), safe_mode=True)

    def best(self) -> keras.Model:
        """Return the model after the epoch of the lowest validation loss, the first of equal ones."""
        return keras.models.load_model(self._path(self._best_row()), safe_mode=True)

    def _best_row(self) -> dict:
        return min(self.rows, key=lambda row: row["val_loss"])

    def _path(self, row: Mapping) -> Path:
        return self.folder / f"{row['epoch']}.keras"

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
        """Remove models that are neither the last nor the best."""
        needed = {self._path(self.rows[-1]), self._path(self._best_row())} if self.rows else set()
        for path in self.folder.glob("*.keras"):
            if path not in needed:
                path.unlink()
