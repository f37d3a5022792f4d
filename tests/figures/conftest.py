"""Synthetic files in the workflow's layouts: events, cells, scores and histories.

The fixture `write` makes them: `write.scores("a.feather", auc=0.9)` writes into the test's own folder and
returns the path.
"""

from functools import partial
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from scipy.stats import norm

from leptonid.calorimeter import GRIDS
from leptonid.storage import HL, SPLITS, write_feather, write_json

LABEL = "lepton-id simulation (stand-in)"


def classes(count, seed=0):
    """Return event numbers and classes of `count` events, in mixed order."""
    y = np.random.default_rng(seed).permutation(np.arange(count) % 2).astype(np.int8)
    return 1000 + np.arange(count), y


def write_events(path, count=400, label=LABEL, drop=(), **columns):
    """Write a split's events; `columns` replaces some and `drop` leaves some out."""
    event, y = classes(count)
    rng = np.random.default_rng(1)
    made = {
        "event": event,
        "y": y,
        "weight": np.ones(count),
        "R_had": np.where(y, rng.exponential(0.02, count), rng.exponential(0.4, count)),
        "w_eta2": rng.normal(0.010 + 0.003 * (1 - y), 0.001 + 0.001 * (1 - y), count),
        "R_phi": rng.beta(40 - 25 * (1 - y), 2, count),
        "R_eta": rng.beta(50 - 30 * (1 - y), 2, count),
        "sigma_eta_eta": rng.normal(1.1 - 0.1 * (1 - y), 0.15, count),
        "iso_0.3": 12 + rng.exponential(8 + 6 * (1 - y), count),
        "iso_0.4": 12 + rng.exponential(9 + 9 * (1 - y), count),
        "mass": rng.gamma(2 + 3 * (1 - y), 1.5, count),
        **columns,
    }
    assert set(HL) < set(made)
    table = pa.table({name: values for name, values in made.items() if name not in drop})
    write_feather(table, path, {"label": label, "energy_unit": "GeV"} if label else {"energy_unit": "GeV"})
    return path


def shower(y, grid, rng):
    """Return the cells and ET of one candidate: a narrow core, wider and with more hadrons for background."""
    cells = 4 if y else 25
    width = 0.01 if y else 0.09
    if grid.name == "hcal" and y:
        cells = rng.integers(0, 3)
    eta, phi = rng.normal(0, width, (2, cells))
    column = np.clip(np.round(eta / grid.step_eta + (grid.size - 1) / 2), 0, grid.size - 1)
    row = np.clip(np.round((grid.size - 1) / 2 - phi / grid.step_phi), 0, grid.size - 1)
    cell, where = np.unique((row * grid.size + column).astype(np.int64), return_inverse=True)
    return cell, np.bincount(where, rng.exponential(20 / (cells + 1), cells), len(cell))


def write_cells(path, calorimeter="ecal", count=400, order=None, cells=None, metadata=None):
    """Write the cells of a split; `order` shuffles rows, `cells` replaces the contents."""
    event, y = classes(count)
    rng = np.random.default_rng(2)
    cells = cells or [shower(each, GRIDS[calorimeter], rng) for each in y]
    order = np.arange(len(cells)) if order is None else order
    table = pa.table(
        {
            "event": event[order],
            "cell": pa.array([cells[i][0] for i in order], pa.list_(pa.int32())),
            "et": pa.array([cells[i][1] for i in order], pa.list_(pa.float32())),
        }
    )
    write_feather(table, path, metadata)
    return path


def write_scores(path, auc=0.9, count=400, seed=0, **columns):
    """Write scores of Gaussian classes with a given expected AUC; each split has `count` events."""
    event, y = classes(count)
    rng = np.random.default_rng(seed)
    separation = np.sqrt(2) * norm.ppf(auc)
    made = {
        "event": np.tile(event, len(SPLITS)),
        "split": pa.array(np.repeat(SPLITS, count)).dictionary_encode(),
        "y": np.tile(y, len(SPLITS)),
        "score": norm.cdf(rng.normal(separation * np.tile(y, len(SPLITS)))),
        "role": np.repeat(SPLITS, count),
        **columns,
    }
    write_feather(pa.table({name: values for name, values in made.items() if values is not None}), path)
    return path


def write_metrics(path, auc=0.9, **items):
    """Write what a training leaves of itself, as far as the figures read it."""
    aucs = dict.fromkeys(SPLITS, auc)
    write_json({"model": "network", "restarts": 0, "dead": False, "auc": aucs, **items}, path)
    return path


def write_history(path, epochs=30, floor=0.2, seed=0):
    """Write a history whose validation loss falls to a minimum and rises again."""
    rng = np.random.default_rng(seed)
    epoch = np.arange(1, epochs + 1)
    loss = floor + 0.4 * np.exp(-epoch / 6)
    val_loss = loss + 0.01 + 0.004 * np.maximum(epoch - 0.7 * epochs, 0) + rng.normal(0, 0.003, epochs)
    columns = {
        "epoch": epoch,
        "loss": loss,
        "auc": 1 - loss / 3,
        "val_loss": val_loss,
        "val_auc": 1 - val_loss / 3,
    }
    pd.DataFrame({**columns, "learning_rate": 0.001}).to_csv(path, index=False)
    return path


@pytest.fixture
def write(tmp_path):
    """Writers of synthetic files, each taking a name in the test's folder and options."""
    writers = {
        "events": write_events,
        "cells": write_cells,
        "scores": write_scores,
        "metrics": write_metrics,
        "history": write_history,
    }

    def in_folder(writer, name, *args, **options):
        return writer(str(tmp_path / name), *args, **options)

    return SimpleNamespace(**{name: partial(in_folder, writer) for name, writer in writers.items()})


@pytest.fixture
def label():
    return LABEL
