"""Random tables for figures: scores of classifiers, searches, maps and histories."""

import json

import numpy as np
import pandas as pd
import pyarrow as pa
from scipy.stats import norm

from layouts import PHOTONS
from leptonid.efp.graphs import Graph, graph_table
from leptonid.evaluate.auc_table import Training, auc_table
from leptonid.evaluate.binned_auc import binned_auc_table
from leptonid.evaluate.binned_points import working_points_table
from leptonid.evaluate.chosen_observables import correlations_table, observable_histograms
from leptonid.evaluate.comparisons import comparison_table
from leptonid.evaluate.frames import with_weighting, write_frame
from leptonid.evaluate.metric_tables import (
    Recalibration,
    calibration_table,
    confusion_table,
    metrics_table,
)
from leptonid.evaluate.overtraining import overtraining_table, score_histograms
from leptonid.evaluate.recalibration import recalibrated
from leptonid.evaluate.roc_points import roc_table
from leptonid.metrics.curves import curves
from leptonid.metrics.scored_events import ScoredEvents, sort_by_auc
from leptonid.metrics.working_points import evaluate
from leptonid.study.observables import Observable
from leptonid.tables.feather import read_feather, write_feather

LABEL = "made-up events (stand-in)"

CLASSES = {"signal": vars(PHOTONS.signal), "background": vars(PHOTONS.background)}
GRID = PHOTONS.grids["barrel"]


def entry(name, title=None, kind="network", features=None, inputs="variables", position=0):
    """Return what figures know about a classifier."""
    return {
        "name": name,
        "title": title or name,
        "kind": kind,
        "features": features or name,
        "inputs": inputs,
        "position": position,
    }


# Best AUC first.
CLASSIFIERS = [
    entry("images", "Barrel image", inputs="images"),
    entry("shape", "3 shapes", position=1),
    entry("shape_trees", "3 shapes, trees", "trees", "shape", position=1),
    entry("width", "costs $5 and $6", position=2),
]
AUCS = {"images": 0.97, "shape": 0.94, "shape_trees": 0.9, "width": 0.78}
SEEDS = {"shape": 2}


def scored(auc, events, seed, trainings=1, weighted=False):
    """Return scores of classes with Gaussian distributions; every hundredth weight is negative."""
    y = np.arange(events) % 2
    noise = np.random.default_rng(seed).normal(size=(trainings, events))
    weight = np.where(np.arange(events) % 100, 1 + np.arange(events) % 3, -1.0) if weighted else None
    return ScoredEvents(y, norm.cdf(np.sqrt(2) * norm.ppf(auc) * (y - 0.5) + noise), weight)


def evaluation(events=400, bootstraps=10, weighted=False):
    """Return the tables of the evaluation by name."""
    test, train = (
        {
            name: scored(auc, events, 10 * seed + number, SEEDS.get(name, 1), weighted)
            for number, (name, auc) in enumerate(AUCS.items())
        }
        for seed in (0, 1)
    )
    test = sort_by_auc(test)
    trainings = {name: [Training("seed", "network", 0.9, 0, False)] * SEEDS.get(name, 1) for name in AUCS}
    trainings["shape"] += [Training("shuffle", "network", auc, 0, False) for auc in (0.95, 0.93)]
    values = {"pt": np.linspace(20, 90, events), "abs_eta": np.linspace(0, 2.5, events) ** 2}
    values["cells"] = np.random.default_rng(0).poisson(12, events)
    evaluations = evaluate(test, 0.5, bootstraps, 0)
    mapped = {name: recalibrated("temperature", train[name], events, "drop") for name, events in test.items()}
    recalibration = Recalibration("temperature", mapped, evaluate(mapped, 0.5, bootstraps, 0))
    first = test["images"]
    tables = {
        "auc": auc_table(test, trainings),
        "roc": roc_table(curves(test, bootstraps, 0), "shape"),
        "metrics": metrics_table(test, evaluations, 0.5, recalibration),
        "calibration": calibration_table(evaluations, recalibration),
        "confusion": confusion_table(evaluations, 0.5),
        "comparisons": comparison_table(test),
    }
    return {
        **{name: with_weighting(table, first.y, first.weight, "drop") for name, table in tables.items()},
        "auc_bins": binned_auc_table(test, values),
        "working_points": pd.concat(
            [working_points_table(name, test[name], train[name], values, values["pt"]) for name in test],
            ignore_index=True,
        ),
        "overtraining": overtraining_table(train, test),
        "score_histograms": score_histograms(train, test),
    }


def histograms(names, bins=5):
    """Return distributions of variables with these names."""
    edges = np.linspace(0, 1, bins + 1)
    shares = {"signal": np.arange(1, bins + 1), "background": np.arange(bins, 0, -1)}
    parts = [
        pd.DataFrame(
            {
                "variable": name,
                "class": kind,
                "low": edges[:-1],
                "high": edges[1:],
                "share": 0.98 * share / share.sum(),
                "outside": 0.02,
                "events": 200,
            }
        )
        for name in names
        for kind, share in shares.items()
    ]
    return pd.concat(parts, ignore_index=True)


def maps(grid=GRID, scale=1.0):
    """Return maps with a known value per cell: saliency counts cells, occlusion has both signs."""
    cells = grid.cell_rows * grid.cell_columns
    row, column = np.indices((grid.cell_rows, grid.cell_columns), dtype=np.int32).reshape(2, -1)
    parts = []
    for y in (1, 0):
        values = scale * (np.arange(cells) + 1.0 + y)
        columns = {"image": grid.name, "y": np.int8(y), "row": row, "column": column}
        parts.append(pd.DataFrame({**columns, "saliency": values, "occlusion": values - values.mean()}))
    return pd.concat(parts, ignore_index=True)


def filters(grid=GRID, count=6):
    """Return filters of 5 x 5 points: the first is 0, the others rise along eta in steps of their number."""
    values = np.arange(count)[:, None] * np.tile(np.arange(5.0), 5)
    columns = {"image": [grid.name] * count, "filter": np.arange(count), "weight": np.arange(count, 0.0, -1)}
    return pa.table({**columns, "values": list(values)})


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
    return str(path)


GRAPHS = (
    Graph(1, 0, 0, 1, ()),
    Graph(2, 1, 0, 2, ((0, 1),)),
    Graph(2, 3, 0, 2, ((0, 1),) * 3),
    Graph(3, 3, 1, 3, ((0, 1), (0, 2), (1, 2))),
)

# The second spans many decades, and the third is mostly zero.
OBSERVABLES = (
    *("barrel/2_1_0_k_1_b_0.5", "barrel/2_3_0_k_2_b_2", "endcap/2_1_0_k_2_b_1", "barrel/1_0_0_k_2_b_0.5"),
    *("barrel/3_3_1_k_-1_b_0.25", "endcap/1_0_0_k_0_b_0.5", "endcap/3_3_1_k_1_b_2", "barrel/2_1_0_k_0.5_b_4"),
    *("endcap/2_3_0_k_1_b_1", "barrel/3_3_1_k_0.3_b_0.5"),
)

TITLES = {
    "base": "3 shapes",
    "pass_0": "Pass 0 is the network shape of the study.",
    "black_box": "Barrel image",
    "calorimeters": {"barrel": "Barrel", "endcap": "Endcap"},
}
METADATA = {
    **{"search": "shape", "method": "black_box", "black_box": "images", "base": ["shape"]},
    **{"auc_black_box": "0.9762", "auc_black_box_uncertainty": "0.0022", "stopped": "", "split": "valid"},
    **{"seeds": "[0, 1]", "bootstraps": "500"},
}


def write_search(folder, passes, drop=(), weight=None, **metadata):
    """Write passes.feather, graphs.feather and drawings of a search with so many passes.

    `weight` are those of the events; `metadata` replaces some of `METADATA`, and `drop` leaves some out.
    Returns their paths.
    """
    metadata = {key: text for key, text in {**METADATA, **metadata}.items() if key not in drop}
    base = metadata.get("base", [])
    if "base" in metadata:
        metadata["base"] = json.dumps(base)
    folder.mkdir(exist_ok=True)
    weight = np.ones(20) if weight is None else weight
    table = with_weighting(
        passes_table(OBSERVABLES[:passes], base), np.arange(len(weight)) % 2, weight, "absolute"
    )
    write_frame(table, folder / "passes.feather", metadata)
    write_feather(graph_table({"barrel": GRAPHS, "endcap": GRAPHS}), folder / "graphs.feather")
    drawings = folder / "efp" / "drawings"
    drawings.mkdir(parents=True, exist_ok=True)
    for graph in GRAPHS:
        for suffix in (".pdf", ".svg"):
            (drawings / f"{graph}{suffix}").touch()
    return str(folder / "passes.feather"), str(folder / "graphs.feather"), str(drawings)


def choose_no_efps(path):
    """Let three passes of a search choose a variable, a scalar and a column of the user; return titles."""
    table = read_feather(path)
    frame = table.to_pandas()
    frame.loc[1:3, "calorimeter"] = [None, "barrel", "mine"]
    frame.loc[1:3, "observable"] = ["pt", "sum_et", "depth"]
    changed = pa.Table.from_pandas(frame, preserve_index=False)
    write_feather(changed.replace_schema_metadata(table.schema.metadata), path)
    return {
        **TITLES,
        "calorimeters": {**TITLES["calorimeters"], "mine": "mine"},
        "observables": {
            "pt": {"title": r"$p_\mathrm{T}$", "unit": "energy"},
            "barrel/sum_et": {"title": "sum of ET", "unit": "energy"},
        },
    }


def passes_table(names, base):
    """Return the table of passes; AUC and ADO rise with the pass."""
    rows = []
    for number in range(0 if base else 1, len(names) + 1):
        row = {"pass": number, "ado_all": 0.93 + 0.005 * number, "ado_all_uncertainty": 0.0031}
        row |= {"auc": 0.94 + 0.003 * number, "auc_uncertainty": 0.0029, "auc_seeds": 0.0007}
        row |= {"suffices": None if number == len(names) else number > 1}
        if number:
            calorimeter, name = names[number - 1].split("/")
            row |= {"calorimeter": calorimeter, "observable": name, **vars(Observable.parse(name))}
            row |= {"best_in": 0.6, "alike_in": 0.87}
            row |= {"candidates": 15000, "pairs": 12345678, "ado_selection": 0.7, "gain": 0.003}
            row |= {"gain_uncertainty": 0.001, "ado_misordered": 0.7 - 0.01 * number}
            row |= {"gap_closed": 0.1 * number, "gap_closed_uncertainty": 0.034}
            row |= {
                "ado_misordered_uncertainty": 0.0123,
                "auc_alone": 0.8877,
                "auc_alone_uncertainty": 0.0052,
            }
        rows.append(row)
    columns = [
        *("pass", "calorimeter", "observable", "n", "d", "k", "kappa", "beta", "candidates", "ado_selection"),
        *("best_in", "alike_in", "pairs", "ado_misordered", "ado_misordered_uncertainty", "auc_alone"),
        *("auc_alone_uncertainty", "ado_all", "ado_all_uncertainty", "auc", "auc_uncertainty", "auc_seeds"),
        *("gain", "gain_uncertainty", "gap_closed", "gap_closed_uncertainty", "suffices"),
    ]
    integers = dict.fromkeys(("pass", "n", "d", "k", "candidates", "pairs"), "Int64")
    texts = dict.fromkeys(("calorimeter", "observable"), "string")
    numbers = {name: float for name in columns[:-1] if name not in {*integers, *texts}}
    types = {**integers, **texts, **numbers, "suffices": "boolean"}
    return pd.DataFrame(rows, columns=columns).astype(types)


def search_events(passes, count=400):
    """Return the chosen observables and the numbers of misordered pairs of each event."""
    rng = np.random.default_rng(0)
    y = np.arange(count) % 2
    columns = {"event": np.arange(count), "y": y, "weight": np.ones(count)}
    for number, name in enumerate(OBSERVABLES[:passes], 1):
        values = rng.beta(2 + 2 * y, 5 - y)
        if number % 3 == 2:
            values = 10 ** rng.normal(-8 - 2 * y, 1.5)
        if number % 3 in (0, 2):
            values[rng.uniform(size=count) < (0.7 if number % 3 == 0 else 0.02)] = 0
        columns[name] = values
        columns[f"misordered_{number}"] = rng.integers(0, 40, count)
    return pd.DataFrame(columns)


def search_tables(passes, variables=("width", "length", "height"), events=None):
    """Return histograms and correlations of the observables of a search."""
    events = search_events(passes) if events is None else events
    names = list(OBSERVABLES[:passes])
    rng = np.random.default_rng(1)
    values = {name: rng.normal(size=len(events)) for name in variables}
    return observable_histograms(events, names), correlations_table(events, names, values)
