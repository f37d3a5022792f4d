"""Permutation importance: of used and unused inputs, of groups, and its uncertainty."""

import json
import subprocess
import sys
from pathlib import Path

import keras
import numpy as np
import pandas as pd
import pytest

from leptonid.train.importance import MOST_SINGLE, groups_of, permutation_importance
from leptonid.train.inputs import Column
from leptonid.train.metrics import auc

PROGRAMS = Path(__file__).parents[2] / "workflow/scripts"
SINGLE = {"used": ("flat", [0]), "unused": ("flat", [1])}


def events(count=500, seed=0):
    rng = np.random.default_rng(seed)
    y = np.arange(count) % 2
    return {"flat": rng.normal(size=(count, 3)) + 1.5 * y[:, None]}, y


def first(x):
    return x["flat"][:, 0]


def test_a_used_variable_matters_and_an_unused_one_not_at_all():
    x, y = events()
    before = x["flat"].copy()
    used, unused = permutation_importance(first, x, y, SINGLE, seed=0).itertuples(index=False)
    assert used.auc == auc(y, x["flat"][:, 0])
    assert used.drop == pytest.approx(used.auc - 0.5, abs=0.03)
    assert used.spread > 0
    assert (unused.drop, unused.spread) == (0, 0)
    assert unused.uncertainty == pytest.approx(0, abs=1e-9)
    assert (x["flat"] == before).all()


def test_a_variable_that_misleads_has_a_negative_drop():
    x, y = events()
    (row,) = permutation_importance(lambda x: -first(x), x, y, {"used": ("flat", [0])}, 0).itertuples()
    assert row.drop < -0.2


def test_the_columns_of_a_group_are_permuted_in_the_same_order():
    """The score looks at the difference of two equal columns, which permuting both leaves at 0."""
    x, y = events()
    x["flat"][:, 1] = x["flat"][:, 0]

    def score(x):
        return x["flat"][:, 2] + 100 * (x["flat"][:, 0] - x["flat"][:, 1])

    groups = {"both": ("flat", [0, 1]), "one": ("flat", [0])}
    both, one = permutation_importance(score, x, y, groups, seed=0).itertuples(index=False)
    assert (both.drop, both.columns) == (0, 2)
    assert one.drop > 0.2


def test_an_image_is_permuted_as_a_whole():
    x, y = events()
    x["et"] = np.repeat(first(x), 4).reshape(-1, 2, 2, 1)
    groups = {**groups_of(["et"], []), **SINGLE}

    def score(x):
        # The pixels of an image are equal, before and after.
        return x["et"].sum(axis=(1, 2, 3)) + 100 * np.ptp(x["et"], axis=(1, 2, 3))

    image, *flat = permutation_importance(score, x, y, groups, seed=0).itertuples()
    assert image.drop == pytest.approx(image.auc - 0.5, abs=0.03)
    assert [row.drop for row in flat] == [0, 0]


def test_equal_seeds_give_equal_results_whatever_other_groups_there_are():
    x, y = events()
    full = permutation_importance(first, x, y, SINGLE, seed=1)
    alone = permutation_importance(first, x, y, {"used": SINGLE["used"]}, seed=1)
    pd.testing.assert_frame_equal(full[:1], alone)
    other = permutation_importance(first, x, y, {"used": SINGLE["used"]}, seed=2)
    assert other["drop"][0] != alone["drop"][0]


def test_the_uncertainty_is_the_scatter_between_samples_of_events():
    """One column of two is permuted, so that the AUCs before and after are correlated."""
    tables = [
        permutation_importance(
            lambda x: x["flat"].sum(axis=1), *events(300, seed), {"used": ("flat", [0])}, seed
        )
        for seed in range(200)
    ]
    rows = pd.concat(tables)
    assert rows["drop"].std() == pytest.approx(rows["uncertainty"].mean(), rel=0.2)


def efps(count):
    return [Column("ecal", f"{n}_1_0_k_{kappa}_b_0.5") for n in range(count // 2) for kappa in (1, 2)]


def test_few_variables_are_permuted_singly():
    columns = [Column("events", "R_had"), *efps(4)]
    assert groups_of(["et", "ht"], columns) == {
        "et": ("et", [0]),
        "ht": ("ht", [0]),
        "R_had": ("flat", [0]),
        "ecal/0_1_0_k_1_b_0.5": ("flat", [1]),
        "ecal/0_1_0_k_2_b_0.5": ("flat", [2]),
        "ecal/1_1_0_k_1_b_0.5": ("flat", [3]),
        "ecal/1_1_0_k_2_b_0.5": ("flat", [4]),
    }


def test_of_many_variables_efps_go_by_calorimeter_and_powers():
    columns = [Column("events", "mass"), *efps(MOST_SINGLE), Column("hcal", "2_1_0_k_1_b_0.5")]
    groups = groups_of([], columns)
    assert {name: len(places) for name, (_, places) in groups.items()} == {
        "mass": 1,
        "ecal/k_1_b_0.5": MOST_SINGLE / 2,
        "ecal/k_2_b_0.5": MOST_SINGLE / 2,
        "hcal/k_1_b_0.5": 1,
    }
    assert sorted(place for _, places in groups.values() for place in places) == list(range(len(columns)))


def test_the_program_finds_the_one_variable_that_the_network_uses(events_file, tmp_path):
    subprocess.run(
        [
            *(sys.executable, PROGRAMS / "split_events.py", "--events", events_file),
            *("--split", "test", "--output", tmp_path / "test.feather"),
        ],
        check=True,
    )
    flat = keras.Input((8,), name="flat", dtype="float64")
    score = keras.layers.Dense(1, activation="sigmoid", name="score")
    model = keras.Model({"flat": flat}, score(flat))
    # Only the mass, smaller for signal.
    score.set_weights([np.array([[0.0]] * 7 + [[-1.0]]), np.zeros(1)])
    model.save(tmp_path / "model.keras")
    subprocess.run(
        [
            *(sys.executable, PROGRAMS / "permute_inputs.py", "--model", tmp_path / "model.keras"),
            *("--events", tmp_path / "test.feather", "--importance", tmp_path / "importance.csv"),
            *("--settings", json.dumps({"inputs": ["hl", "mass"], "seed": 0})),
        ],
        check=True,
    )
    table = pd.read_csv(tmp_path / "importance.csv", index_col="variable")
    assert len(table) == 8
    assert table["drop"].idxmax() == "mass"
    assert (table["drop"].drop("mass") == 0).all()
