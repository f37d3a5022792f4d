"""Files of a search with random numbers, evaluated as the workflow does."""

import json
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pyarrow as pa

from leptonid.efp.graphs import Graph, graph_table
from leptonid.evaluate.chosen_observables import correlations_table, observable_histograms
from leptonid.evaluate.frames import write_frame
from leptonid.study.observables import Observable
from leptonid.tables.feather import read_feather, write_feather

GRAPHS = (
    Graph(1, 0, 0, 1, ()),
    Graph(2, 1, 0, 2, ((0, 1),)),
    Graph(2, 3, 0, 2, ((0, 1),) * 3),
    Graph(3, 3, 1, 3, ((0, 1), (0, 2), (1, 2))),
)

# Many passes; the second observable spans many decades, and the third is mostly zero.
OBSERVABLES = (
    *("ecal/2_1_0_k_1_b_0.5", "ecal/2_3_0_k_2_b_2", "hcal/2_1_0_k_2_b_1", "ecal/1_0_0_k_2_b_0.5"),
    *("ecal/3_3_1_k_-1_b_0.25", "hcal/1_0_0_k_0_b_0.5", "hcal/3_3_1_k_1_b_2", "ecal/2_1_0_k_0.5_b_4"),
    *("hcal/2_3_0_k_1_b_1", "ecal/3_3_1_k_0.3_b_0.5"),
)

TABLES = ("passes", "events", "histograms", "correlations")
OTHERS = ("event", "y", "weight", "pt", "eta")

METADATA = {
    **{"search": "hl", "method": "black_box", "black_box": "et_and_ht", "base": ["hl"]},
    **{"auc_black_box": "0.9762", "auc_black_box_uncertainty": "0.0022", "stopped": "", "split": "valid"},
}


def write_search(folder, test, passes, drop=(), **metadata):
    """Write a search with a number of passes over the events of the file `test`, and graphs with drawings.

    All columns of `test` but `OTHERS` are variables of the sample. `metadata` replaces some of `METADATA`;
    `drop` leaves some out.
    """
    folder = Path(folder)
    metadata = {key: text for key, text in {**METADATA, **metadata}.items() if key not in drop}
    base = metadata.get("base", [])
    if "base" in metadata:
        metadata["base"] = json.dumps(base)
    names = OBSERVABLES[:passes]
    sample = read_feather(test)
    events = events_table(names, sample)
    write_feather(passes_table(names, base), folder / "passes.feather", metadata)
    write_feather(events, folder / "events.feather", metadata)
    write_evaluation(folder, names, events.to_pandas(), sample)
    write_feather(graph_table({"ecal": GRAPHS, "hcal": GRAPHS}), folder / "graphs.feather")
    drawings = folder / "efp" / "drawings"
    drawings.mkdir(parents=True)
    for graph in GRAPHS:
        for suffix in (".pdf", ".svg"):
            (drawings / f"{graph}{suffix}").touch()
    return SimpleNamespace(
        **{name: str(folder / f"{name}.feather") for name in (*TABLES, "graphs")},
        drawings=str(drawings),
    )


def write_evaluation(folder, names, events, sample):
    """Write histograms and correlations of the observables; `events` is as of `events_table`."""
    variables = {name: sample[name].to_numpy() for name in sample.column_names if name not in OTHERS}
    write_frame(observable_histograms(events, names), Path(folder) / "histograms.feather")
    write_frame(correlations_table(events, names, variables), Path(folder) / "correlations.feather")


def passes_table(names, base):
    """Return the table of passes; AUC and ADO rise with the pass."""
    rows = []
    for number in range(0 if base else 1, len(names) + 1):
        row = {"pass": number, "ado_all": 0.93 + 0.005 * number, "ado_all_uncertainty": 0.0031}
        row |= {"auc": 0.94 + 0.003 * number, "auc_uncertainty": 0.0029}
        if number:
            calorimeter, observable = names[number - 1].split("/")
            graph = Observable.parse(observable)
            row |= {"calorimeter": calorimeter, "observable": observable, "candidates": 15000, "pairs": 99}
            row |= vars(graph) | {"ado_selection": 0.7, "gain": 0.003, "gain_uncertainty": 0.001}
            row |= {"ado_misordered": 0.7 - 0.01 * number, "ado_misordered_uncertainty": 0.0123}
            row |= {"auc_alone": 0.8877, "auc_alone_uncertainty": 0.0052}
        rows.append(row)
    texts, integers = ("calorimeter", "observable"), ("n", "d", "k", "candidates", "pairs")
    numbers = ("kappa", "beta", "ado_selection", "ado_misordered", "ado_misordered_uncertainty", "auc_alone")
    numbers += ("auc_alone_uncertainty", "ado_all", "ado_all_uncertainty", "auc", "auc_uncertainty")
    numbers += ("gain", "gain_uncertainty")
    fields = [("pass", pa.int64()), *((name, pa.string()) for name in texts)]
    fields += [(name, pa.int64()) for name in integers] + [(name, pa.float64()) for name in numbers]
    missing = dict.fromkeys(numbers, np.nan)
    return pa.Table.from_pylist([missing | row for row in rows], schema=pa.schema(fields))


def events_table(names, events):
    """Return the observables and the numbers of misordered pairs of each event."""
    rng = np.random.default_rng(0)
    y = events["y"].to_numpy()
    columns = {name: events[name] for name in ("event", "y", "weight")}
    for number, name in enumerate(names, 1):
        values = rng.beta(2 + 2 * y, 5 - y)
        if number % 3 == 2:
            values = 10 ** rng.normal(-8 - 2 * y, 1.5)
        if number % 3 in (0, 2):
            values[rng.uniform(size=len(y)) < (0.7 if number % 3 == 0 else 0.02)] = 0
        columns[name] = values
        columns[f"misordered_{number}"] = rng.integers(0, 40, len(y))
    return pa.table(columns)
