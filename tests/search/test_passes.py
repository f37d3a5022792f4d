"""When a search stops, and what it chooses."""

import json

import numpy as np
import pytest

from leptonid.errors import InputError
from leptonid.search.passes import choose, inputs_before, reason_to_stop, stop_reason
from leptonid.search.space import write_candidates
from leptonid.study.features import Column

PLATEAU = {"gain": 0.01, "passes": 2}
NOTHING = "no candidate has an ADO: no pair is ordered differently, or no network could be trained"
COLUMNS = [Column("ecal", f"2_{d}_0_k_1_b_1") for d in (1, 2, 3)]


@pytest.mark.parametrize(
    ("aucs", "stops"),
    [
        ([], None),
        ([0.80], None),
        ([0.80, 0.80], None),
        ([0.80, 0.80, 0.80], "plateau"),
        ([0.80, 0.80, 0.82], None),
        ([0.80, 0.82, 0.81], None),
        ([0.80, 0.82, 0.81, 0.82], "plateau"),
        ([0.80, 0.82, 0.829, 0.831], None),
        ([0.80, 0.90], "not below that of cnn"),
        ([0.90, 0.80], None),
    ],
)
def test_a_search_stops_at_a_plateau_or_at_the_goal(aucs, stops):
    reason = stop_reason(aucs, 0.9, "cnn", PLATEAU)
    assert reason is None if stops is None else stops in reason


def test_a_search_that_has_stopped_does_not_continue():
    assert stop_reason([0.8, 0.85], 0.9, "cnn", PLATEAU, {"stopped": "because"}) == "because"


def test_the_goal_is_compared_with_the_auc_on_the_events_that_choose(tmp_path):
    (tmp_path / "metrics.json").write_text(json.dumps({"auc": {"valid": 0.8, "test": 0.1}}))
    settings = {"black_box": "cnn", "split": "valid", "plateau": PLATEAU}
    for goal, stops in ((0.75, True), (1, False)):
        reason = reason_to_stop(settings, goal, None, [tmp_path / "metrics.json"])
        assert (reason is not None) == stops


def parts(tmp_path, *ados, stopped=None):
    paths = []
    for number, values in enumerate(ados):
        paths.append(tmp_path / f"{number}.feather")
        write_candidates(paths[-1], COLUMNS[: len(values)], values, stopped)
    return paths


def test_the_largest_ado_is_chosen_and_runners_up_are_kept(tmp_path):
    choice = choose(2, ["hl"], parts(tmp_path, [0.6, np.nan], [0.55, 0.2, 0.7]))
    assert choice["inputs"] == ["hl", "ecal/2_2_0_k_1_b_1"]
    assert (choice["pass"], choice["ado"], choice["reversed"]) == (2, 0.8, True)
    assert [other["ado"] for other in choice["runners_up"]] == [0.7, 0.6, 0.55]
    assert choice["candidates"] == 5
    json.dumps(choice)


def test_the_first_of_equals_is_chosen(tmp_path):
    assert choose(1, [], parts(tmp_path, [0.6, 0.4, 0.6]))["observable"] == COLUMNS[0].name


@pytest.mark.parametrize(
    ("ados", "stopped", "reason"),
    [
        ([[]], "plateau: no gain", "plateau: no gain"),
        ([[]], None, "no candidate is left"),
        ([[np.nan, np.nan]], None, NOTHING),
    ],
)
def test_where_nothing_is_chosen_the_inputs_stay(tmp_path, ados, stopped, reason):
    choice = choose(3, ["hl"], parts(tmp_path, *ados, stopped=stopped))
    assert choice == {"pass": 3, "stopped": reason, "inputs": ["hl"]}


def test_a_pass_begins_with_the_inputs_of_the_previous_one(tmp_path):
    assert inputs_before({"base": ["hl"]}, None) == ["hl"]
    (tmp_path / "choice.json").write_text(json.dumps({"inputs": ["hl", "x"]}))
    assert inputs_before({"base": ["hl"]}, tmp_path / "choice.json") == ["hl", "x"]


def test_a_damaged_choice_is_named(tmp_path):
    (tmp_path / "choice.json").write_text('{"inputs": [')
    with pytest.raises(InputError, match=r"choice.json: cannot be read as a choice"):
        inputs_before({"base": ["hl"]}, tmp_path / "choice.json")
