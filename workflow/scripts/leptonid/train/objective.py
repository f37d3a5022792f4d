"""Tuning objective: validation AUC."""

from collections.abc import Mapping
from tempfile import TemporaryDirectory

import optuna

from leptonid.internals.keras import forget_networks, keras
from leptonid.metrics.auc import auc, auc_uncertainty
from leptonid.tables.reader import Events
from leptonid.train.epochs import Epochs
from leptonid.train.fitting import fit_network
from leptonid.train.training import predict


def validation_auc(
    trial: optuna.Trial, training: Events, valid: Events, settings: Mapping, precision: str
) -> float:
    """Train the network of a trial; return the weighted AUC on `valid` after the epoch of its lowest loss.

    Parameters
    ----------
    settings
        As for `fit_network`, without the hyperparameters that the trial draws.
    precision
        As for `build_classifier`; the AUC is that of the network in float32.

    Raises
    ------
    optuna.TrialPruned
        If the study prunes the trial.
    DivergenceError
        When the loss becomes NaN or infinite.
    """
    forget_networks()
    with TemporaryDirectory() as folder:
        epochs, settings = Epochs(folder, key=""), {**settings, **trial.params}
        model, _ = fit_network(training, valid, settings, precision, epochs, [_Report(trial)])
    scores = predict(model, valid)
    trial.set_user_attr("auc_uncertainty", auc_uncertainty(valid.y, scores, valid.weight))
    return auc(valid.y, scores, valid.weight)


class _Report(keras.callbacks.Callback):
    """Report the validation loss of every epoch to a trial, and end the training if the study prunes it."""

    def __init__(self, trial: optuna.Trial):
        super().__init__()
        self.trial = trial

    def on_epoch_end(self, epoch: int, logs: Mapping | None = None) -> None:
        # Negative, as the study maximises.
        self.trial.report(-logs["val_loss"], epoch)
        ended = self.model.stop_training or epoch + 1 == self.params["epochs"]
        if not ended and self.trial.should_prune():
            self.trial.set_user_attr("auc", float(logs["val_auc"]))
            raise optuna.TrialPruned
