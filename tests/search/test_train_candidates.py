"""The program that trains a network with every candidate: results, kills, memory, stopped searches."""

import json
from types import SimpleNamespace

import numpy as np
import pytest

from leptonid.errors import InputError
from leptonid.metrics.ordering import ado
from leptonid.search import greedy
from leptonid.search.passes import choose
from leptonid.tables.feather import metadata_of, read_feather, write_feather
from leptonid.tables.files import write_json
from leptonid.tables.scores import read_scores_of_role
from leptonid.train.epochs import Epochs
from search import train_candidates

SETTINGS = {
    "candidates": ["efps"], "method": "greedy", "black_box": "box", "base": ["hl"], "split": "valid",
    "jobs": 1,
    "plateau": {"gain": 0.0, "passes": 5}, "calorimeters": None, "kappas": None, "betas": None,
    "edges": None, "vertices": None, "chromatic": None, "multiplicity": None,
}  # fmt: skip


class KilledError(BaseException):
    """Stands for a kill: nothing catches it."""


@pytest.fixture
def train(tables, tmp_path, monkeypatch):
    """Return a function that trains the networks of a part of pass 1 and reads their table."""
    # TensorFlow cannot change its threads after other tests have used it.
    monkeypatch.setattr(train_candidates, "use_threads", lambda threads: None)

    def run(part=0, more=(), box=tables.box, **settings):
        path = tmp_path / f"candidates/{part}.feather"
        settings = {**SETTINGS, "layout": tables.layout, **tables.network, **settings}
        options = [*tables.inputs, *tables.space_files, "--black-box", box, "--part", part, "--output", path]
        train_candidates.main(list(map(str, [*options, "--settings", json.dumps(settings), *more])))
        return read_feather(path)

    return run


@pytest.fixture
def fits(monkeypatch):
    """Take the candidate as the score of its network; return the shapes of the training inputs."""
    shapes = []

    def fit(events, *others):
        shapes.append(events["train"].flat.shape)
        return SimpleNamespace(scores={role: some.flat[:, -1] for role, some in events.items()})

    monkeypatch.setattr(greedy, "fit_classifier", fit)
    monkeypatch.setattr(greedy, "forget_networks", lambda: None)
    return shapes


def killed_after(number, function):
    """Return a function that is killed after a number of calls."""
    calls = iter([True] * number)

    def dies(*arguments, **keywords):
        if next(calls, False):
            return function(*arguments, **keywords)
        raise KilledError

    return dies


@pytest.mark.slow
def test_the_observable_of_the_black_box_has_the_largest_ado(tables, train, train_state, tmp_path):
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

    # The network of the pass is the one that the observable was chosen for, after another in it.
    train_state(tmp_path / "pass1", choice)
    _, y, weight, score = read_scores_of_role(tmp_path / "pass1/scores.feather", "valid")
    assert ado(read_scores_of_role(tables.box, "valid").score, score, y, weight=weight) == choice["ado"]


@pytest.mark.parametrize(("split", "base", "inputs"), [("valid", [], 1), ("train", ["hl"], 8)])
def test_every_candidate_joins_the_base_and_is_compared_on_the_split_that_chooses(
    tables, train, fits, split, base, inputs
):
    _, y, weight, guide = read_scores_of_role(tables.box, split)
    efps = [path for path in tables.inputs if str(path).endswith(f"_{split}.feather")]
    expected = [
        ado(guide, values, y, flip=False, weight=weight)
        for path in efps
        for values in read_feather(path).columns[1:]
    ]
    assert train(split=split, base=base)["ado"].to_pylist() == expected
    assert fits == [(300, inputs)] * 4


def test_a_killed_job_does_the_candidates_it_lacks(train, fits, tmp_path, monkeypatch):
    whole = train()
    with monkeypatch.context() as patch:
        patch.setattr(greedy, "fit_classifier", killed_after(2, greedy.fit_classifier))
        with pytest.raises(KilledError):
            train()
    fits.clear()
    assert train().equals(whole)
    assert len(fits) == 2
    assert [path.name for path in (tmp_path / "candidates").iterdir()] == ["0.feather"]


@pytest.mark.parametrize("change", ["settings", "black box"])
def test_finished_candidates_of_another_search_are_discarded(
    tables, train, fits, tmp_path, monkeypatch, change
):
    with monkeypatch.context() as patch:
        patch.setattr(greedy, "fit_classifier", killed_after(2, greedy.fit_classifier))
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


def test_an_interrupted_training_resumes(train, monkeypatch, caplog):
    whole = train(jobs=4)
    with monkeypatch.context() as patch:
        patch.setattr(Epochs, "keep", killed_after(2, Epochs.keep))
        with pytest.raises(KilledError):
            train(jobs=4)
    with caplog.at_level("INFO"):
        assert train(jobs=4).equals(whole)
    assert "resuming after 2 epochs" in caplog.messages


def test_a_diverging_training_is_logged_and_the_others_continue(train, caplog):
    table = train(jobs=4, learning_rate=1e38)
    assert np.isnan(table["ado"].to_numpy()).tolist() == [True]
    assert "ecal/3_2_0_k_1_b_1: the training diverged: epoch 1: " in caplog.text


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


def test_earlier_networks_are_forgotten_before_every_training(train, fits, monkeypatch):
    order = []
    fit = greedy.fit_classifier
    monkeypatch.setattr(greedy, "forget_networks", lambda: order.append("forget"))
    monkeypatch.setattr(greedy, "fit_classifier", lambda *options: order.append("fit") or fit(*options))
    train()
    assert order == ["forget", "fit"] * 4
