"""What a search for a network makes large: the AUC on the validation events."""

import logging
from collections.abc import Mapping
from tempfile import TemporaryDirectory

import keras
import optuna

from leptonid.train.epochs import Epochs
from leptonid.train.inputs import Sample
from leptonid.train.metrics import auc, auc_uncertainty
from leptonid.train.networks import build_classifier
from leptonid.train.training import make_reproducible, predict, train

# It warns of every new network that its functions are traced again.
logging.getLogger("tensorflow").setLevel(logging.ERROR)


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
    _forget_networks()

    def network(precision: str) -> keras.Model:
        scaling, initialisation = settings["image_scaling"], settings["initialisation"]
        return build_classifier(training.x, training.weight, trial.params, scaling, initialisation, precision)

    make_reproducible(settings["seed"])
    model = network(precision)
    with TemporaryDirectory() as folder:
        epochs = Epochs(folder, key="")
        trained, _ = train(model, training, valid, {**settings, **trial.params}, epochs, [_Report(trial)])
    final = network("float32")
    final.set_weights(trained.get_weights())
    scores = predict(final, valid)
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


def _forget_networks() -> None:
    """Free the memory of earlier networks.

    For each of them TensorFlow registers the gradient of a sum over devices, which it never takes off again
    and which holds on to the graph and to all weights.
    """
    if keras.backend.backend() == "tensorflow":
        from tensorflow.python.framework import ops

        registered = ops.gradient_registry._registry
        for name in [name for name in registered if name.startswith("CustomGradient-")]:
            del registered[name]
    keras.utils.clear_session()
