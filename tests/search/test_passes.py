"""What a pass chooses."""

import json

import numpy as np
import pytest

from leptonid.errors import InputError
from leptonid.search.passes import choose, inputs_before
from leptonid.search.space import write_candidates
from leptonid.study.features import Column

NOTHING = "no candidate has an ADO: no pair is ordered differently, or no network could be trained"
COLUMNS = [Column("ecal", f"2_{d}_0_k_1_b_1") for d in (1, 2, 3)]


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


def test_a_variable_of_the_events_is_chosen_by_its_name(tmp_path):
    columns = [COLUMNS[0], Column("events", "pt"), Column("mine", "depth"), Column("ecal", "sum_et")]
    for place, name in enumerate([str(COLUMNS[0]), "pt", "mine/depth", "ecal/sum_et"]):
        write_candidates(tmp_path / "0.feather", columns, [0.8 if place == row else 0.6 for row in range(4)])
        choice = choose(1, ["hl"], [tmp_path / "0.feather"])
        assert choice["inputs"] == ["hl", name]
        assert json.loads(json.dumps(choice)) == choice
    assert choose(1, [], [tmp_path / "0.feather"])["runners_up"][1]["calorimeter"] is None


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
