"""Baseline classifiers of flat variables: gradient-boosted trees and logistic regression."""

import logging
import warnings
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from zipfile import BadZipFile

import numpy as np
import skops.io
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.exceptions import ConvergenceWarning
from sklearn.linear_model import LogisticRegression
from skops.io.exceptions import UntrustedTypesFoundException

from leptonid.errors import InputError
from leptonid.internals.sklearn import TREE_TYPE, is_sound_tree, remove_trees_after, trees_of
from leptonid.tables.files import atomic_write
from leptonid.tables.reader import Events
from leptonid.tables.slices import slices
from leptonid.train.scaling import standardisation
from leptonid.train.weights import with_training_weights

logger = logging.getLogger(__name__)

ESTIMATORS = {"trees": HistGradientBoostingClassifier, "logistic": LogisticRegression}

# Bins per variable: scikit-learn's maximum, but fewer for many variables, as time and memory of trees grow
# with the bins of all variables together.
MOST_BINS, LEAST_BINS, ALL_BINS = 255, 32, 2**19

COLUMNS_AT_ONCE, ROWS_AT_ONCE = 256, 2048

# Values that a baseline is fitted to, at most: scikit-learn holds them in memory. These are 33 million events
# of eight variables, or 18,000 of all observables of the papers.
MOST_VALUES = 2**28


@dataclass(frozen=True)
class Baseline:
    """A fitted classifier of F flat variables.

    Parameters
    ----------
    model : `trees` or `logistic`.
    names : shape (F,), of the variables.
    preparation : for `trees`, upper edges of all bins but the last, shape (F, B - 1); for `logistic`,
        scale and offset, shape (F, 2).
    estimator : of scikit-learn; its inputs are bin numbers, or standardised variables.
    """

    model: str
    names: np.ndarray
    preparation: np.ndarray
    estimator: HistGradientBoostingClassifier | LogisticRegression

    def predict(self, events: Events) -> np.ndarray:
        """Return the score of every event, (N,) float64 in [0, 1], 1 = signal.

        Raises
        ------
        InputError
            If the number of flat variables is not that of the training, or a value is not finite.
        """
        check_finite(events, self.names)
        values, prepare = events.flat, {"trees": binned, "logistic": _standardised}[self.model]
        scores = np.empty(len(values))
        for rows in slices(len(values), ROWS_AT_ONCE):
            scores[rows] = self.estimator.predict_proba(prepare(values[rows], self.preparation))[:, 1]
        return scores


def fit_baseline(
    events: Mapping[str, Events], names: Sequence[str], settings: Mapping
) -> tuple[Baseline, dict]:
    """Fit a classifier to the training events.

    Of events with more than `MOST_VALUES` values, so many as have these are drawn at random. Events of weight
    0 are left out; the other weights are scaled to a mean of 1. Trees are added until the validation loss has
    not fallen for `patience` trees, and those after the lowest loss are removed. Logistic
    regression minimises the sum of the events' weighted cross-entropies plus `penalty` / 2 times the sum of
    squares of the coefficients of the standardised variables.

    Parameters
    ----------
    events
        `train` and `valid`.
    names : shape (F,), of the variables.
    settings
        `model`, `seed`, `weights` and `negative_weights` (as for `with_training_weights`); for `trees`
        `iterations`, `learning_rate`, `leaves`, `patience`; for `logistic` `penalty`, `iterations`.

    Returns
    -------
    The classifier, and facts of the fit: `parameters`, `epochs` (trees, or iterations), `best_epoch`, and
    `converged` (whether it ended before the limit of `iterations`).

    Raises
    ------
    InputError
        If a variable is not finite, or a class has no events.
    """
    train, valid = (_used_events(events[role], names, settings) for role in ("train", "valid"))
    fit = {"trees": _fit_trees, "logistic": _fit_logistic}[settings["model"]]
    preparation, estimator, facts = fit(train, valid, settings)
    return Baseline(settings["model"], np.array(names), preparation, estimator), facts


def check_finite(events: Events, names: Sequence[str]) -> None:
    """Check that all variables are finite: trees would take NaN for a missing value.

    Raises
    ------
    InputError
        Naming the first value that is not; or the number of variables, if it is not that of the names.
    """
    values = events.flat
    if values.shape[1] != len(names):
        raise InputError(f"the classifier needs {len(names)} flat variables, found {values.shape[1]}")
    for rows in slices(len(values), ROWS_AT_ONCE):
        broken = ~np.isfinite(values[rows])
        if broken.any():
            row, column = np.argwhere(broken)[0] + [rows.start, 0]
            raise InputError(
                f"{names[column]}: event {events.event[row]} of the {events.split[row]} split has the value "
                f"{values[row, column]}; leave out the variable or the event"
            )


def bin_edges(values: np.ndarray, bins: int) -> np.ndarray:
    """Return the edges of equally populated bins of (N, F) values, shape (F, bins - 1).

    They lie halfway between a value and the next larger one: EFPs that are computed together with others can
    differ in their last bit, and no event's bin must depend on that.
    """
    last = (len(values) * np.arange(1, bins)) // bins - 1
    edges = np.empty((values.shape[1], bins - 1))
    for columns in slices(values.shape[1], COLUMNS_AT_ONCE):
        block = np.sort(values[:, columns].T)
        for index, variable in enumerate(block, columns.start):
            below = variable[np.maximum(last, 0)]
            above = variable[np.minimum(np.searchsorted(variable, below, "right"), len(variable) - 1)]
            edges[index] = below / 2 + above / 2
    return edges


def binned(values: np.ndarray, edges: np.ndarray) -> np.ndarray:
    """Return the bin numbers of (N, F) values, uint8; an edge belongs to its lower bin.

    scikit-learn's own binning takes a quarter of an hour for 15,000 variables of weighted events.
    """
    numbers = np.empty(values.shape, np.uint8, order="F")
    for columns in slices(values.shape[1], COLUMNS_AT_ONCE):
        block = np.ascontiguousarray(values[:, columns].T)
        for index, variable in enumerate(block, columns.start):
            numbers[:, index] = np.searchsorted(edges[index], variable)
    return numbers


def save_baseline(baseline: Baseline, path: str | Path) -> None:
    """Write a classifier as .skops, which unlike a pickle can be loaded without running code of the file."""
    with atomic_write(path) as temporary:
        skops.io.dump(vars(baseline), temporary)


def load_baseline(path: str | Path) -> Baseline:
    """Load a classifier of `save_baseline`, written with the same version of scikit-learn.

    Raises
    ------
    InputError
        If the file is missing or damaged, or is anything else.
    """
    try:
        content = skops.io.load(path, trusted=[TREE_TYPE])
    except FileNotFoundError as error:
        raise InputError(f"{path}: no such file") from error
    except UntrustedTypesFoundException as error:
        reason = str(error).partition("\n")[0]
        raise InputError(f"{path}: refused, as no trained baseline contains this: {reason}") from error
    except (BadZipFile, OSError, LookupError, ValueError, TypeError, AttributeError, ImportError) as error:
        raise InputError(f"{path}: cannot be read as a baseline ({error!r}); train again") from error
    try:
        baseline = Baseline(**content)
        sound = _is_sound(baseline)
    except (LookupError, ValueError, TypeError, AttributeError):
        sound = False
    if not sound:
        raise InputError(f"{path}: not a trained baseline, or damaged; train again")
    return baseline


def _used_events(events: Events, names: Sequence[str], settings: Mapping) -> Events:
    """Return the events with a weight above 0, their weights scaled to a mean of 1.

    Events with more than `MOST_VALUES` values are a random sample.
    """
    check_finite(events, names)
    most = max(1, MOST_VALUES // len(names))
    if len(events) > most:
        logger.info("fitting %d of %d events, drawn at random: those fit into memory", most, len(events))
        events = events.sample(most, np.random.default_rng(settings["seed"]))
    events = with_training_weights(events, settings["weights"], settings["negative_weights"])
    used = events.weight > 0
    # A copy can be gigabytes.
    return events if used.all() else with_training_weights(events.take(used), settings["weights"])


def _fit_trees(
    train: Events, valid: Events, settings: Mapping
) -> tuple[np.ndarray, HistGradientBoostingClassifier, dict]:
    values = train.flat
    bins = int(np.clip(ALL_BINS // values.shape[1], LEAST_BINS, MOST_BINS))
    edges = bin_edges(values, bins)
    estimator = HistGradientBoostingClassifier(
        max_iter=settings["iterations"],
        learning_rate=settings["learning_rate"],
        max_leaf_nodes=settings["leaves"],
        max_bins=bins,
        early_stopping=True,
        n_iter_no_change=settings["patience"],
        random_state=settings["seed"],
    )
    estimator.fit(
        binned(values, edges),
        train.y,
        train.weight,
        X_val=binned(valid.flat, edges),
        y_val=valid.y,
        sample_weight_val=valid.weight,
    )
    # The first loss is that without trees.
    losses = -estimator.validation_score_[1:]
    best = int(np.argmin(losses)) + 1
    remove_trees_after(estimator, best)
    facts = {
        "parameters": sum(len(tree.nodes) for tree in trees_of(estimator)),
        "epochs": len(losses),
        "best_epoch": best,
        "converged": len(losses) < settings["iterations"],
    }
    return edges, estimator, facts


def _fit_logistic(
    train: Events, valid: Events, settings: Mapping
) -> tuple[np.ndarray, LogisticRegression, dict]:
    values = train.flat
    scaling = np.column_stack(standardisation(values, train.weight))
    # float32 takes half the time and memory.
    standardised = np.empty(values.shape, np.float32)
    for rows in slices(len(values), ROWS_AT_ONCE):
        standardised[rows] = _standardised(values[rows], scaling)
    estimator = LogisticRegression(C=1 / settings["penalty"], max_iter=settings["iterations"])
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        estimator.fit(standardised, train.y, train.weight)
    converged = not any(warning.category is ConvergenceWarning for warning in caught)
    iterations = int(estimator.n_iter_[0])
    for warning in caught:
        if warning.category is not ConvergenceWarning:
            logger.warning("%s", warning.message)
    if not converged:
        logger.warning("not converged after %d iterations", iterations)
    facts = {
        "parameters": values.shape[1] + 1,
        "epochs": iterations,
        "best_epoch": iterations,
        "converged": converged,
    }
    return scaling, estimator, facts


def _standardised(values: np.ndarray, scaling: np.ndarray) -> np.ndarray:
    scale, offset = scaling.T
    return values * scale + offset


def _is_sound(baseline: Baseline) -> bool:
    """Return whether the parts of a loaded classifier fit together, and its trees are sound."""
    features = len(baseline.names)
    if type(baseline.estimator) is not ESTIMATORS[baseline.model]:
        return False
    if baseline.model == "logistic":
        return baseline.preparation.shape == (features, 2)
    return len(baseline.preparation) == features and all(
        is_sound_tree(tree, features) for tree in trees_of(baseline.estimator)
    )
