"""The program that trains a network with every candidate: what it finds, kills, memory, a stopped search."""

import gc
import json
from types import SimpleNamespace

import numpy as np
import pytest

import train_candidates
from leptonid.errors import InputError
from leptonid.ordering import ado
from leptonid.search import greedy
from leptonid.search.passes import choose
from leptonid.storage import metadata_of, read_feather, write_feather, write_json
from leptonid.train.epochs import Epochs
from leptonid.train.fitting import forget_networks
from leptonid.train.results import read_role

SETTINGS = {
    "method": "greedy", "black_box": "box", "base": ["hl"], "split": "valid", "jobs": 1,
    "plateau": {"gain": 0.0, "passes": 5}, "calorimeters": None, "kappas": None, "betas": None,
    "edges": None, "vertices": None, "chromatic": None,
}  # fmt: skip


class KilledError(BaseException):
    """In place of a kill: nothing catches it."""


@pytest.fixture
def train(tables, tmp_path, monkeypatch):
    """Return what trains the networks of a part of pass 1, and gives its table."""
    # TensorFlow, which other tests have begun to use, does not change its threads any more.
    monkeypatch.setattr(train_candidates, "use_threads", lambda threads: None)

    def run(part=0, more=(), box=tables.box, **settings):
        path = tmp_path / f"candidates/{part}.feather"
        settings = {**SETTINGS, **tables.network, **settings}
        options = [*tables.inputs, *tables.space_files, "--black-box", box, "--part", part, "--output", path]
        train_candidates.main(list(map(str, [*options, "--settings", json.dumps(settings), *more])))
        return read_feather(path)

    return run


@pytest.fixture
def fits(monkeypatch):
    """Take the candidate itself for the scores of its network; return the shapes of what was trained on."""
    shapes = []

    def fit(samples, *others):
        shapes.append(samples["train"].x["flat"].shape)
        return SimpleNamespace(scores={role: sample.x["flat"][:, -1] for role, sample in samples.items()})

    monkeypatch.setattr(greedy, "fit_classifier", fit)
    return shapes


def after(number, function):
    """Return a function that is killed in a later call."""
    calls = iter([True] * number)

    def dies(*arguments, **keywords):
        if next(calls, False):
            return function(*arguments, **keywords)
        raise KilledError

    return dies


def test_the_observable_of_the_black_box_is_found(tables, train, train_state, tmp_path):
    parts = [train(part, jobs=2) for part in (0, 1)]
    paths = sorted((tmp_path / "candidates").iterdir())
    assert [path.name for path in paths] == ["0.feather", "1.feather"]
    rows = [row for part in parts for row in part.to_pylist()]
    assert [(row["calorimeter"], row["observable"]) for row in rows] == tables.space
    ados = {(row["calorimeter"], row["observable"]): row["ado"] for row in rows}
    others = [value for key, value in ados.items() if key != tables.planted]
    assert ados[tables.planted] > 0.9 > 0.7 > max(others)
    choice = choose(1, ["hl"], paths)
    assert choice["inputs"] == ["hl", "/".join(tables.planted)]

    # The network of the pass is the one that the observable was chosen for.
    train_state(tmp_path / "pass1", choice)
    _, y, score = read_role(tmp_path / "pass1/scores.feather", "valid")
    assert ado(read_role(tables.box, "valid")[2], score, y) == choice["ado"]


@pytest.mark.parametrize(("split", "base", "inputs"), [("valid", [], 1), ("train", ["hl"], 8)])
def test_every_candidate_joins_the_base_and_is_compared_on_the_split_that_chooses(
    tables, train, fits, split, base, inputs
):
    _, y, guide = read_role(tables.box, split)
    efps = [path for path in tables.inputs if str(path).endswith(f"_{split}.feather")]
    expected = [
        ado(guide, values, y, flip=False) for path in efps for values in read_feather(path).columns[1:]
    ]
    assert train(split=split, base=base)["ado"].to_pylist() == expected
    assert fits == [(300, inputs)] * 4


def test_a_killed_job_does_the_candidates_it_lacks(train, fits, tmp_path, monkeypatch):
    whole = train()
    with monkeypatch.context() as patch:
        patch.setattr(greedy, "fit_classifier", after(2, greedy.fit_classifier))
        with pytest.raises(KilledError):
            train()
    fits.clear()
    assert train().equals(whole)
    assert len(fits) == 2
    assert [path.name for path in (tmp_path / "candidates").iterdir()] == ["0.feather"]


@pytest.mark.parametrize("change", ["settings", "black box"])
def test_what_was_done_for_another_search_is_done_again(tables, train, fits, tmp_path, monkeypatch, change):
    with monkeypatch.context() as patch:
        patch.setattr(greedy, "fit_classifier", after(2, greedy.fit_classifier))
        with pytest.raises(KilledError):
            train()
    fits.clear()
    if change == "settings":
        train(seed=1)
    else:
        other = read_feather(tables.box)
        place = other.column_names.index("score")
        other = other.set_column(place, "score", [np.square(other["score"].to_numpy())])
        write_feather(other, tmp_path / "other.feather")
        train(box=tmp_path / "other.feather")
    assert len(fits) == 4


def test_a_training_that_was_cut_off_goes_on(train, monkeypatch, caplog):
    whole = train(jobs=4)
    with monkeypatch.context() as patch:
        patch.setattr(Epochs, "keep", after(2, Epochs.keep))
        with pytest.raises(KilledError):
            train(jobs=4)
    with caplog.at_level("INFO"):
        assert train(jobs=4).equals(whole)
    assert "2 epochs were done before" in caplog.messages


def test_a_training_that_diverges_is_told_and_not_the_end(train, caplog):
    table = train(jobs=4, learning_rate=1e38)
    assert np.isnan(table["ado"].to_numpy()).tolist() == [True]
    assert "ecal/2_1_0_k_1_b_1: the training diverged: epoch 1: " in caplog.text


def test_a_search_that_has_stopped_trains_nothing(train, fits, tmp_path):
    choice = tmp_path / "choice.json"
    write_json({"pass": 1, "stopped": "no candidate is left", "inputs": ["hl"]}, choice)
    table = train(more=["--choice", choice])
    assert len(table) == len(fits) == 0
    assert metadata_of(table)["stopped"] == "no candidate is left"


def test_a_black_box_of_other_events_is_refused(tables, train, fits, tmp_path):
    write_feather(read_feather(tables.box).slice(0, 499), tmp_path / "other.feather")
    with pytest.raises(InputError, match=r"other\.feather: its valid events are not those"):
        train(box=tmp_path / "other.feather")
    assert not fits


def test_the_memory_of_earlier_networks_is_let_go(train, monkeypatch):
    from tensorflow.python.framework.func_graph import FuncGraph

    counts = []

    def forget_and_count():
        forget_networks()
        gc.collect()
        counts.append(sum(issubclass(type(item), FuncGraph) for item in gc.get_objects()))

    monkeypatch.setattr(greedy, "forget_networks", forget_and_count)
    train(epochs=1)
    assert len(counts) == 4
    assert counts[3] <= counts[1]
