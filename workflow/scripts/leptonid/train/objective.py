"""What a search for a network makes large: the AUC on the validation events."""

from collections.abc import Mapping
from tempfile import TemporaryDirectory

import keras
import optuna

from leptonid.train.epochs import Epochs
from leptonid.train.fitting import fit_network, forget_networks
from leptonid.train.inputs import Sample
from leptonid.train.metrics import auc, auc_uncertainty
from leptonid.train.training import predict


def validation_auc(
    trial: optuna.Trial, training: Sample, valid: Sample, settings: Mapping, precision: str
) -> float:
    """Train the network of a trial; return the AUC on `valid` after the epoch of the lowest loss there.

    Parameters
    ----------
    settings
        As for `train`, but for the learning rate, and `image_scaling`, `initialisation`.
    precision
        As for `build_classifier`; the AUC is that of the network in float32.

    Raises
    ------
    optuna.TrialPruned
        If the study gives the trial up.
    DivergenceError
        When the loss is not finite.
    """
    forget_networks()
    with TemporaryDirectory() as folder:
        epochs, settings = Epochs(folder, key=""), {**settings, **trial.params}
        model, _ = fit_network(training, valid, settings, precision, epochs, [_Report(trial)])
    scores = predict(model, valid)
    trial.set_user_attr("auc_uncertainty", auc_uncertainty(valid.y, scores))
    return auc(valid.y, scores)


class _Report(keras.callbacks.Callback):
    """Tell a trial the validation loss of every epoch, and end it where the study gives it up."""

    def __init__(self, trial: optuna.Trial):
        super().__init__()
        self.trial = trial

    def on_epoch_end(self, epoch: int, logs: Mapping | None = None) -> None:
        # Negative, as the study makes its values large.
        self.trial.report(-logs["val_loss"], epoch)
        ended = self.model.stop_training or epoch + 1 == self.params["epochs"]
        if not ended and self.trial.should_prune():
            self.trial.set_user_attr("auc", float(logs["val_auc"]))
            raise optuna.TrialPruned
