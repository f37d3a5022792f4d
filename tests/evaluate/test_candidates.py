"""Tables of the candidates of searches, against SciPy's correlations and scikit-learn's AUCs."""

import json

import numpy as np
import pyarrow as pa
import pytest
from scipy.stats import spearmanr
from sklearn.metrics import roc_auc_score

from evaluate import tabulate_candidates
from leptonid.efp.graphs import Graph, graph_table
from leptonid.errors import InputError
from leptonid.evaluate.candidates import aucs_and_correlations, candidates_table, read_candidates
from leptonid.search.space import write_candidates
from leptonid.study.features import EVENTS, Column
from leptonid.tables.feather import read_feather, read_metadata, write_feather
from leptonid.tables.files import write_json

DOT, EDGE = Graph(1, 0, 0, 1, ()), Graph(2, 1, 0, 2, ((0, 1),))
GRAPHS = {str(graph): graph for graph in (DOT, EDGE)}
COLUMNS = [
    Column("barrel", "1_0_0_k_2_b_0.5"),
    Column("barrel", "2_1_0_k_1_b_0.5"),
    Column("barrel", "cells"),
    Column(EVENTS, "width"),
]


def columns_with_ties(count=300):
    rng = np.random.default_rng(0)
    y = rng.permutation(np.arange(count) % 2)
    return y, rng.integers(0, 9, (5, count)) + rng.normal(0.5 * y, 0.1, (5, 1, count))[:, 0].round(1)


def test_aucs_and_correlations_are_those_of_scikit_learn_and_scipy():
    y, values = columns_with_ties()
    aucs, correlations = aucs_and_correlations([values[:2], values[2:]], y, np.ones(len(y)), values[3:])
    expected = [roc_auc_score(y, column) for column in values]
    np.testing.assert_allclose(aucs, np.maximum(expected, 1 - np.array(expected)), atol=1e-12)
    np.testing.assert_allclose(correlations, spearmanr(values, axis=1).statistic[:, 3:], atol=1e-12)


def test_weights_count_as_so_many_events():
    y, values = columns_with_ties()
    weight = np.random.default_rng(1).integers(0, 4, len(y))
    aucs, correlations = aucs_and_correlations([values], y, 3.0 * weight, values[:2])
    expected = np.array([roc_auc_score(y, column, sample_weight=weight) for column in values])
    np.testing.assert_allclose(aucs, np.maximum(expected, 1 - expected), atol=1e-12)
    repeated = spearmanr(np.repeat(values, weight, axis=1), axis=1).statistic
    np.testing.assert_allclose(correlations, repeated[:, :2], atol=1e-12)


def test_a_constant_observable_has_no_correlation():
    y, values = columns_with_ties()
    values[1] = 3
    aucs, correlations = aucs_and_correlations([values], y, np.full(len(y), 0.7), values[:2])
    assert aucs[1] == pytest.approx(0.5)
    assert np.isnan(correlations[1]).all()
    assert np.isnan(correlations[:, 1]).all()
    assert correlations[0, 0] == pytest.approx(1)


def test_there_may_be_nothing_to_compare_with():
    y, values = columns_with_ties()
    aucs, correlations = aucs_and_correlations([values], y, np.ones(len(y)), np.zeros((0, len(y))))
    assert (len(aucs), correlations.shape) == (5, (5, 0))


def write_pass(folder, number, parts, chosen=None):
    """Write candidates with their ADOs, by part, and the choice; return the paths."""
    paths = [folder / f"pass{number}_{part}.feather" for part in range(len(parts))]
    for path, ados in zip(paths, parts, strict=True):
        write_candidates(path, list(ados), np.array(list(ados.values())))
    choice = folder / f"choice{number}.json"
    stopped = None if chosen else "nothing gained"
    write_json({"stopped": stopped, "inputs": ["hl", str(chosen)] if chosen else ["hl"]}, choice)
    return paths, choice


@pytest.fixture
def passes(tmp_path):
    """Three passes of a search, in two parts each; the last has stopped."""
    first = [dict.fromkeys(COLUMNS[:2], 0.7), {COLUMNS[2]: 0.6, COLUMNS[3]: 0.2}]
    second = [{COLUMNS[0]: np.nan, COLUMNS[1]: 0.55}, {COLUMNS[2]: 0.5}]
    written = [
        write_pass(tmp_path, 1, first, COLUMNS[3]),
        write_pass(tmp_path, 2, second, COLUMNS[1]),
        write_pass(tmp_path, 3, [{}, {}]),
    ]
    return tuple(zip(*written, strict=True))


def test_candidates_are_those_of_all_passes_that_chose(passes):
    candidates = read_candidates(*passes)
    assert candidates.columns == COLUMNS
    assert candidates.chosen == [COLUMNS[3], COLUMNS[1]]
    expected = [[0.7, 0.7, 0.6, 0.8], [np.nan, 0.55, 0.5, np.nan]]
    np.testing.assert_allclose(candidates.ados, expected)


def test_the_table_says_what_the_observables_are(passes):
    candidates = read_candidates(*passes)
    table = candidates_table(candidates, np.arange(4) / 10, np.arange(8).reshape(4, 2), GRAPHS)
    assert table["calorimeter"].fillna("-").tolist() == ["barrel", "barrel", "barrel", "-"]
    sizes = table[["n", "d", "k", "chromatic", "kappa", "beta"]]
    assert sizes[:2].to_numpy(float).tolist() == [[1, 0, 0, 1, 2, 0.5], [2, 1, 0, 2, 1, 0.5]]
    assert sizes[2:].isna().all(axis=None)
    assert table["correlation_2"].tolist() == [1, 3, 5, 7]
    with pytest.raises(InputError, match=r"lacks that of 2_1_0_k_1_b_0\.5"):
        candidates_table(candidates, np.zeros(4), np.zeros((4, 2)), {"1_0_0": DOT})


def test_a_search_that_chose_nothing_has_an_empty_table(tmp_path):
    paths, choice = write_pass(tmp_path, 1, [{}])
    candidates = read_candidates([paths], [choice])
    table = candidates_table(candidates, np.zeros(0), np.zeros((0, 0)), {})
    assert (len(table), candidates.ados.shape) == (0, (0, 0))


def test_the_program_writes_a_table_per_search(passes, tmp_path):
    """The second search chooses from fewer candidates, with fewer events of the same split."""
    count = 80
    rng = np.random.default_rng(0)
    y = rng.permutation(np.arange(count) % 2).astype(np.int8)
    values = {column: rng.normal(y) for column in COLUMNS}
    own = {"event": np.arange(count), "y": y, "weight": np.ones(count)}
    tables = {
        "events": ({**own, "width": values[COLUMNS[3]]}, {}),
        "scalars": ({"event": own["event"], "barrel/cells": values[COLUMNS[2]]}, {"table": "scalars"}),
        "efps": (
            {"event": own["event"], **{column.name: values[column] for column in COLUMNS[:2]}},
            {"calorimeter": "barrel"},
        ),
    }
    for name, (table, metadata) in tables.items():
        write_feather(pa.table(table), tmp_path / f"{name}.feather", {"split": "valid", **metadata})
    write_feather(graph_table({"barrel": [DOT, EDGE]}), tmp_path / "graphs.feather")
    (tmp_path / "other").mkdir()
    other = write_pass(tmp_path / "other", 1, [dict.fromkeys(COLUMNS[1:3], 0.6)], COLUMNS[1])
    shared = {"method": "black_box", "black_box": "tower", "split": "valid"}
    searches = [
        {"search": "a", **shared, "events": 100, "passes": 3, "parts": 2},
        {"search": "b", **shared, "events": 40, "passes": 1, "parts": 1},
    ]
    parts = [path for paths in (*passes[0], other[0]) for path in paths]
    arguments = ["--settings", json.dumps({"searches": searches})]
    for option, paths in {
        "candidates": parts,
        "choices": [*passes[1], other[1]],
        "graphs": [tmp_path / "graphs.feather"],
        "events": [tmp_path / "events.feather", tmp_path / "scalars.feather"],
        "efps": [tmp_path / "efps.feather"],
        "output": [tmp_path / "a.feather", tmp_path / "b.feather"],
    }.items():
        arguments += [f"--{option}", *map(str, paths)]
    tabulate_candidates.main(arguments)

    first, second = (read_feather(tmp_path / f"{name}.feather").to_pandas() for name in "ab")
    aucs = [roc_auc_score(y, values[column]) for column in COLUMNS]
    np.testing.assert_allclose(first["auc_alone"], np.maximum(aucs, 1 - np.array(aucs)))
    expected = [spearmanr(values[column], values[COLUMNS[1]]).statistic for column in COLUMNS]
    np.testing.assert_allclose(first["correlation_2"], expected, atol=1e-12)
    assert second["observable"].tolist() == ["2_1_0_k_1_b_0.5", "cells"]
    assert second["correlation_1"][0] == pytest.approx(1)
    assert second["auc_alone"][0] != first["auc_alone"][1]
    assert list(second.filter(like="ado")) == ["ado_1"]
    assert json.loads(read_metadata(tmp_path / "a.feather")["chosen"]) == ["width", "barrel/2_1_0_k_1_b_0.5"]
