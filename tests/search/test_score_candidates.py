"""Candidates are compared with the black box on misordered pairs, with the weights of the events."""

import json

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from leptonid.metrics.ordering import ado
from leptonid.tables.feather import read_feather, write_feather
from search import score_candidates

SPACE = ("calorimeters", "kappas", "betas", "edges", "vertices", "chromatic", "multiplicity")


@pytest.mark.parametrize("weighted", [False, True])
def test_the_ados_are_those_of_the_misordered_pairs(tables, tmp_path, weighted):
    rng = np.random.default_rng(0)
    box = read_feather(tables.box)
    weight = rng.exponential(size=len(box)) if weighted else np.ones(len(box))
    box = box.set_column(box.schema.get_field_index("weight"), "weight", pa.array(weight))
    network = box.set_column(
        box.schema.get_field_index("score"), "score", pa.array(rng.uniform(size=len(box)))
    )
    for name, table in (("box", box), ("network", network)):
        write_feather(table, tmp_path / f"{name}.feather")
    (tmp_path / "metrics.json").write_text(json.dumps({"auc": {"valid": 0.5}}))
    settings = {"method": "black_box", "black_box": "cnn", "base": ["hl"], "split": "valid", "events": 10**6}
    settings |= {"plateau": {"gain": 0, "passes": 3}, "layout": tables.layout, **dict.fromkeys(SPACE)}
    # Without R_had, the variables of the layout are candidates.
    settings |= {"candidates": ["efps", "variables"], "base": ["R_had"]}
    events = tables.inputs[1 : tables.inputs.index("--efps")]
    efps = tables.inputs[tables.inputs.index("--efps") + 1 : tables.inputs.index("--unique")]
    options = ["--events", *events, "--efps", *efps, "--unique", tables.inputs[-1], *tables.space_files]
    options += ["--black-box", tmp_path / "box.feather", "--network", tmp_path / "network.feather"]
    options += ["--metrics", tmp_path / "metrics.json", "--output", tmp_path / "candidates.feather"]
    score_candidates.main([*map(str, options), "--settings", json.dumps(settings)])

    valid, before = (table.to_pandas().query("role == 'valid'").reset_index() for table in (box, network))
    found = pd.read_feather(tmp_path / "candidates.feather")
    assert len(found) == len(tables.space) + 6
    assert found["calorimeter"].isna().sum() == 6
    for row in found.itertuples():
        name = "valid.feather" if pd.isna(row.calorimeter) else f"{row.calorimeter}_valid.feather"
        (path,) = (file for file in [*events, *efps] if file.name == name)
        values = pd.read_feather(path)[row.observable].to_numpy()
        expected = ado(valid["score"], values, valid["y"], before["score"], weight=valid["weight"])
        assert row.ado == pytest.approx(expected)
