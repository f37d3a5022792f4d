"""The observables that a search can choose from."""

import numpy as np
import pyarrow as pa
import pytest

from layouts import ELECTRONS
from leptonid.efp.graphs import Graph, graph_table
from leptonid.errors import InputError
from leptonid.search.space import (
    LEAST_RUNS,
    RUN,
    Space,
    blocks_of_values,
    candidates,
    choosing_rows,
    write_candidates,
)
from leptonid.study.features import Column
from leptonid.study.scalars import SCALARS
from leptonid.tables.feather import metadata_of, read_feather, write_feather

DOT = Graph(1, 0, 0, 1, ())
EDGE = Graph(2, 1, 0, 2, ((0, 1),))
DOUBLE = Graph(2, 2, 0, 2, ((0, 1), (0, 1)))
TRIANGLE = Graph(3, 3, 1, 3, ((0, 1), (0, 2), (1, 2)))
UNIQUE = {
    "ecal": [
        "1_0_0_k_2_b_1", "2_1_0_k_1_b_1", "2_1_0_k_1_b_2", "2_1_0_k_2_b_1", "2_2_0_k_1_b_2", "3_3_1_k_1_b_1",
    ],
    "hcal": ["2_1_0_k_1_b_1", "3_3_1_k_1_b_1"],
}  # fmt: skip
DUPLICATES = [
    ("ecal", "1_0_0_k_2_b_2", "1_0_0_k_2_b_1"),
    ("ecal", "2_2_0_k_1_b_1", "2_1_0_k_1_b_2"),
    ("ecal", "1_0_0_k_1_b_1", ""),
]
ALL = {
    "candidates": ["efps"],
    "split": "valid",
    **dict.fromkeys(["calorimeters", "kappas", "betas", "edges", "vertices", "chromatic", "multiplicity"]),
    "layout": ELECTRONS.contents.as_settings(),
}


@pytest.fixture
def tables(tmp_path):
    """The lists of EFPs, and tables of valid events, scalars and the user."""
    paths = [tmp_path / f"{name}.feather" for name in ("unique", "duplicates", "graphs")]
    rows = [(calorimeter, name) for calorimeter, names in UNIQUE.items() for name in names]
    write_feather(
        pa.table(dict(zip(("calorimeter", "observable"), zip(*rows, strict=True), strict=True))), paths[0]
    )
    names = ("calorimeter", "observable", "equals")
    write_feather(pa.table(dict(zip(names, zip(*DUPLICATES, strict=True), strict=True))), paths[1])
    write_feather(graph_table({"ecal": [DOT, EDGE, DOUBLE, TRIANGLE], "hcal": [EDGE, TRIANGLE]}), paths[2])
    flat = {
        "events": ["y", "weight", "R_had", "iso_0.3", "mass", "pt"],
        "scalars": [f"{name}/{scalar}" for name in UNIQUE for scalar in SCALARS],
        "mine": ["mine/b", "mine/a"],
    }
    tables = []
    for name, columns in flat.items():
        tables.append(tmp_path / f"flat_{name}.feather")
        values = {column: 10.0 * place + np.arange(7) for place, column in enumerate(columns)}
        metadata = {"split": "valid", **({"table": name} if name != "events" else {})}
        write_feather(pa.table({"event": np.arange(7), **values}), tables[-1], metadata)
    return Space(*paths, tables)


def names_of(tables, inputs=("hl",), **settings):
    return [str(column) for column in candidates(tables, {**ALL, **settings}, inputs)]


def test_all_unique_observables_are_candidates_in_the_order_of_their_table(tables):
    assert names_of(tables) == [f"{where}/{name}" for where, names in UNIQUE.items() for name in names]


@pytest.mark.parametrize(
    ("settings", "expected"),
    [
        ({"calorimeters": ["hcal"]}, ["hcal/2_1_0_k_1_b_1", "hcal/3_3_1_k_1_b_1"]),
        ({"kappas": [2.0]}, ["ecal/1_0_0_k_2_b_1", "ecal/2_1_0_k_2_b_1"]),
        ({"edges": 0}, ["ecal/1_0_0_k_2_b_1"]),
        ({"vertices": 1}, ["ecal/1_0_0_k_2_b_1"]),
        ({"chromatic": 2, "calorimeters": ["hcal"]}, ["hcal/2_1_0_k_1_b_1"]),
        # The edge with beta 2 is the double edge with beta 1, but has one edge.
        (
            {"multiplicity": 1, "kappas": [1.0], "vertices": 2, "calorimeters": ["ecal"]},
            ["ecal/2_1_0_k_1_b_1", "ecal/2_1_0_k_1_b_2"],
        ),
    ],
)
def test_the_space_is_limited_by_calorimeters_powers_and_sizes(tables, settings, expected):
    assert names_of(tables, **settings) == expected


def test_a_dot_belongs_to_every_beta(tables):
    assert "ecal/1_0_0_k_2_b_1" in names_of(tables, betas=[2])


def test_an_observable_stands_for_its_duplicates_inside_the_space(tables):
    assert "ecal/2_1_0_k_1_b_2" in names_of(tables, betas=[1])
    assert "ecal/2_1_0_k_1_b_2" not in names_of(tables, betas=[1], edges=1)


def test_inputs_of_the_network_are_no_candidates(tables):
    inputs = ["hl", "ecal/2_1_0_k_1_b_1", "3_3_1_k_1_b_1", "efp_hcal"]
    assert names_of(tables, inputs=inputs) == [
        "ecal/1_0_0_k_2_b_1", "ecal/2_1_0_k_1_b_2", "ecal/2_1_0_k_2_b_1", "ecal/2_2_0_k_1_b_2",
    ]  # fmt: skip


SCALAR_NAMES = [f"{name}/{scalar}" for name in UNIQUE for scalar in SCALARS]


@pytest.mark.parametrize(
    ("settings", "inputs", "expected"),
    [
        ({"candidates": ["scalars"]}, ["hl"], SCALAR_NAMES),
        (
            {"candidates": ["scalars"], "calorimeters": ["hcal"]},
            ["hcal/cells"],
            ["hcal/sum_et", "hcal/max_et", "hcal/girth"],
        ),
        # The table has only these: the file lacks eta, and with it what is computed from it.
        ({"candidates": ["variables"]}, [], ["R_had", "iso_0.3", "mass", "pt"]),
        ({"candidates": ["variables"]}, ["hl", "pt"], ["mass"]),
        ({"candidates": ["mine"]}, ["mine/b"], ["mine/a"]),
        (
            {"candidates": ["efps", "variables", "mine"], "edges": 0, "kappas": [2]},
            ["hl", "mass"],
            ["ecal/1_0_0_k_2_b_1", "pt", "mine/b", "mine/a"],
        ),
    ],
)
def test_other_observables_stand_beside_the_efps(tables, settings, inputs, expected):
    layout = {**ELECTRONS.contents.as_settings(), "tables": ["mine"]}
    assert names_of(tables, inputs, **settings, layout=layout) == expected


def test_values_of_all_kinds_are_those_of_their_tables(tables, efps):
    settings = {**ALL, "candidates": ["efps", "scalars", "variables", "mine"], "calorimeters": ["hcal"]}
    settings["layout"] = {**ALL["layout"], "tables": ["mine"]}
    columns = candidates(tables, settings, ["hl"])
    assert len(columns) == 2 + 4 + 2 + 2
    first = [0, 100, 40, 50, 60, 70, 40, 50, 0, 10]
    whole = np.concatenate(list(blocks_of_values(columns, efps, tables.tables, "valid", np.arange(7))))
    np.testing.assert_array_equal(whole, np.add.outer(first, np.arange(7)))
    some = list(blocks_of_values(columns, efps, tables.tables, "valid", np.array([1, 4, 5]), some=True))
    np.testing.assert_array_equal(np.concatenate(some), whole[:, [1, 4, 5]])
    with pytest.raises(InputError, match="its 7 events are not the 6 of the events"):
        list(blocks_of_values(columns[-1:], efps, tables.tables, "valid", np.arange(6)))
    with pytest.raises(InputError, match="no table of split valid has the column mine/c"):
        list(blocks_of_values([Column("mine", "c")], efps, tables.tables, "valid", np.arange(7)))


@pytest.fixture
def efps(tmp_path):
    """EFP tables of 7 events: every observable has a value of its own."""
    paths = []
    for calorimeter, names in UNIQUE.items():
        columns = {name: 100.0 * index + np.arange(7) for index, name in enumerate(names)}
        path = tmp_path / f"{calorimeter}.feather"
        write_feather(
            pa.table({"event": np.arange(7), **columns}), path, {"calorimeter": calorimeter, "split": "valid"}
        )
        paths.append(path)
    return paths


def test_values_come_in_the_order_of_the_candidates_whatever_the_blocks(tables, efps, monkeypatch):
    columns = candidates(tables, ALL, [])
    whole = np.concatenate(list(blocks_of_values(columns, efps, tables.tables, "valid", np.arange(7))))
    assert whole[:, 0].tolist() == [0, 100, 200, 300, 400, 500, 0, 100]
    monkeypatch.setattr("leptonid.tables.efps.COLUMNS_AT_ONCE", 4)
    blocks = list(blocks_of_values(columns, efps, tables.tables, "valid", np.arange(7)))
    assert [len(block) for block in blocks] == [4, 2, 2]
    np.testing.assert_array_equal(np.concatenate(blocks), whole)


def test_values_of_other_events_are_refused(tables, efps):
    with pytest.raises(InputError, match="its 7 events are not the 6 of the events"):
        list(blocks_of_values(candidates(tables, ALL, []), efps, [], "valid", np.arange(6)))


def test_ados_below_one_half_are_reversed(tables, tmp_path):
    columns = candidates(tables, ALL, [])[:3]
    write_candidates(tmp_path / "candidates.feather", columns, [0.75, 0.25, np.nan])
    table = read_feather(tmp_path / "candidates.feather")
    assert table["ado"].to_pylist()[:2] == [0.75, 0.75]
    assert np.isnan(table["ado"].to_pylist()[2])
    assert table["reversed"].to_pylist() == [False, True, False]
    assert "stopped" not in metadata_of(table)


@pytest.mark.parametrize(
    ("count", "most"), [(6, 10), (10, 10), (1000, 64), (100_000, 50_000), (49_999, 40_000)]
)
def test_events_from_everywhere_in_a_split_choose(count, most):
    rows = choosing_rows(count, most)
    assert len(rows) == count if count <= most else 0.9 * most < len(rows) <= most
    assert (np.diff(rows) > 0).all()
    assert rows[0] == 0
    assert rows[-1] == count - 1
    # A file with one class after the other has both among them.
    assert abs((rows < count / 2).mean() - 0.5) < 0.05
    runs = 1 + (np.diff(rows) > 1).sum()
    assert runs == 1 if count <= most else LEAST_RUNS <= runs <= most / min(RUN, most // LEAST_RUNS)
